"""Numbers of parameters, trials and the like, as people type them."""

import re
from decimal import Decimal
from typing import Any

import typer

from search.limits import MOST

_COUNT = re.compile(
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?:\.\d+)?)(?:(?P<power>e\+?\d{1,2})|(?P<unit>[km]))?",
    re.ASCII | re.IGNORECASE,
)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_LONGEST = 40  # characters


def parse_count(text: str | int) -> int:
    """Returns the whole number that `8000`, `8_000`, `8,000`, `8k`, `0.5M` or `1e4` stands for; raises ValueError."""
    if isinstance(text, int):  # a default
        return text
    match = _COUNT.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match:
        digits = match["number"].replace(",", "").replace("_", "")
        value = Decimal(digits + (match["power"] or "")) * _UNITS[(match["unit"] or "").lower()]
        if value == value.to_integral_value():
            return int(value)
    raise ValueError(f"must be a whole number such as 8000, 8_000, 8,000, 8k or 0.5M, not {text!r}")


def count_option(*names: str, help: str, least: int | None = None, most: int = MOST) -> Any:
    """Returns the option of a whole number from `least` to `most`, which typer's range would say in the help in a
    quarter of its width."""

    def check(value: int | None) -> int | None:
        if value is not None and value > most:
            raise typer.BadParameter(f"must be at most {most:,}, not {_shown(value)}")
        if value is not None and least is not None and value < least:
            raise typer.BadParameter(f"must be at least {least:,}, not {_shown(value)}")
        return value

    return typer.Option(*names, help=help, metavar="N", parser=parse_count, callback=check)


def _shown(value: int) -> str:
    return f"{value:,}" if abs(value) < 10**15 else f"a number of {len(str(abs(value)))} digits"

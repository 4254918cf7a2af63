"""Numbers of parameters, trials and the like, as people type them."""

import re
from decimal import Decimal
from typing import Any

import typer

from search.limits import MOST, budgets_of

_COUNT = re.compile(
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?:\.\d+)?)(?:(?P<power>e\+?\d{1,2})|(?P<unit>[km]))?",
    re.ASCII | re.IGNORECASE,
)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_LONGEST = 40  # characters
_MOST_BUDGETS = 20


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


def budgets_option(*, help: str) -> Any:
    """Returns the option of one budget, or of several with commas between."""

    def check(value: int | tuple[int, ...] | None) -> int | tuple[int, ...] | None:
        for one in () if value is None else budgets_of(value):
            if one > MOST:
                raise typer.BadParameter(f"must be at most {MOST:,}, not {_shown(one)}")
        return value

    return typer.Option(help=help, metavar="N[,N]", parser=parse_budgets, callback=check)


def parse_budgets(text: str | int) -> int | tuple[int, ...]:
    """Returns the number that `8000`, `8,000` or `8k` stands for, or those of `2000,4000`, `2k,4k` or `2,000, 4,000`.

    Commas between digits in threes are within a number, as in 8,000; with blanks they are always between numbers.
    """
    try:
        return parse_count(text)
    except ValueError:
        parts = re.split(r",\s+" if re.search(r",\s", str(text)) else ",", str(text))
        if len(parts) == 1:
            raise
        try:
            if len(parts) > _MOST_BUDGETS or any(re.match(r"\s*0\d", part) for part in parts):  # 2,000,4,000
                raise ValueError
            return tuple(parse_count(part) for part in parts)
        except ValueError:
            raise ValueError(
                f"must be a whole number such as 8000, 8,000 or 8k, or several with commas between, as 2k,4k,8k, "
                f"not {text!r}"
            ) from None


def _shown(value: int) -> str:
    return f"{value:,}" if abs(value) < 10**15 else f"a number of {len(str(abs(value)))} digits"

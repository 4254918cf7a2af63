"""Options of numbers of parameters, trials and the like, as people type them."""

from typing import Any

import typer

from search.limits import MOST, budgets_of, parse_budgets, parse_count


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


def _shown(value: int) -> str:
    return f"{value:,}" if abs(value) < 10**15 else f"a number of {len(str(abs(value)))} digits"

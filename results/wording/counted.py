"""How many of something there are, in words that agree."""

from collections.abc import Sequence


def counted(count: int, noun: str, plural: str = "") -> str:
    """Returns `1 worker`, `2 workers`, `1,500 epochs`; plural: of nouns that do not end in an s then."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def last_epochs(count: int) -> str:
    """Returns `the last epoch`, or `the last 5 epochs`."""
    return "the last epoch" if count == 1 else f"the last {counted(count, 'epoch')}"


def within(budgets: Sequence[int]) -> str:
    """Returns `8,000 parameters`, `2,000 or 4,000 parameters`, `2,000, 4,000 or 8,000 parameters`."""
    *first, last = budgets
    most = f"{', '.join(f'{one:,}' for one in first)} or " if first else ""
    return most + counted(last, "parameter")

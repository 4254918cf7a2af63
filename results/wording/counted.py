"""How many of something there are, in words that agree."""


def counted(count: int, noun: str, plural: str = "") -> str:
    """Returns `1 worker`, `2 workers`, `1,500 epochs`; plural: of nouns that do not end in an s then."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def last_epochs(count: int) -> str:
    """Returns `the last epoch`, or `the last 5 epochs`."""
    return "the last epoch" if count == 1 else f"the last {counted(count, 'epoch')}"

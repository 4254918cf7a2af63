"""A network's layers as rows of text, for tables of any kind."""

from space.architecture import Architecture

COLUMNS = ("layer", "shape", "parameters", "multiply-adds", "receptive field")


def rows(architecture: Architecture) -> list[tuple[str, str, str, str, str]]:
    """Returns a row of `COLUMNS` a layer; cells are empty where it has no parameters or multiply-adds of its own."""
    return [
        (
            cost.token,
            "x".join(map(str, cost.shape)),
            f"{cost.parameters:,}" if cost.parameters else "",
            f"{cost.macs:,}" if cost.macs else "",
            str(cost.receptive_field),
        )
        for cost in architecture.costs
    ]


def totals(architecture: Architecture) -> tuple[str, str, str, str, str]:
    """Returns the row of sums that stands below the others."""
    return (
        "in all",
        "",
        f"{architecture.parameters:,}",
        f"{architecture.macs:,}",
        str(architecture.receptive_field),
    )


def as_markdown(architecture: Architecture, *, named: bool = False) -> str:
    """Writes the table in Markdown, with what is in all below.

    Args:
        named: Whether the names that the exported module has stand in front.
    """
    rules = [":--", *["--:"] * (len(COLUMNS) - 1)]
    lines = [COLUMNS, rules]
    lines += [(f"`{token}`", *rest) for token, *rest in rows(architecture)]
    lines.append([f"**{cell}**" if cell else "" for cell in totals(architecture)])
    firsts = ("name", ":--", *architecture.names, "") if named else ()
    cells = [(first, *line) for first, line in zip(firsts, lines, strict=True)] if named else lines
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)

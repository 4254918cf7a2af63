"""Figures in words, for every place that tells people of them."""


def printable(text: str) -> str:
    """Returns the text with what would command a terminal written out, as \\x1b."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def duration(seconds: float | None) -> str:
    """Returns a time as people say it; a dash for None."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def file_size(size: int) -> str:
    """Returns the size of files in the decimal units that disks are sold in."""
    for unit, factor in (("B", 1), ("kB", 10**3), ("MB", 10**6)):
        if size < 999.5 * factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size / 10**9:,.3g} GB" if size < 999.5e9 else f"{size / 10**9:,.0f} GB"

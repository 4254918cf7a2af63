"""Numbers of rows and of columns, which are one number where both are the same."""

from space.invalid import InvalidDesign

Shape = tuple[int, int, int]
"""Channels, height, width of one image's activation; of a row of numbers how many these are, 1 and 1."""

Side = int | tuple[int, int]
"""Of rows and columns alike, or of rows and of columns where they differ."""

LARGEST_SIDE = 1 << 17
"""The rows or columns that a map has at most; far above what any memory has room for."""


def pair(side: Side) -> tuple[int, int]:
    """Returns the number of rows and that of columns."""
    return side if isinstance(side, tuple) else (side, side)


def single(side: Side) -> Side:
    """Returns one number where both are the same."""
    return side[0] if isinstance(side, tuple) and side[0] == side[1] else side


def written(side: Side) -> str:
    """Writes a side as `3`, or as `3x1` where rows and columns differ."""
    return "x".join(map(str, side)) if isinstance(side, tuple) else str(side)


def slide(shape: Shape, *, kernel: Side, stride: Side, padding: Side, dilation: Side = 1) -> tuple[int, int]:
    """Returns how many rows and columns a window makes of a map, as torch's arithmetic has it.

    Raises:
        InvalidDesign: The window is larger than the padded map, or the map grows beyond all memory.
    """
    (down, across), (_, height, width) = pair(kernel), shape
    if dilation != 1:
        apart = pair(dilation)
        down, across = apart[0] * (down - 1) + 1, apart[1] * (across - 1) + 1
    if padding:
        edges = pair(padding)
        height, width = height + 2 * edges[0], width + 2 * edges[1]
    if down > height or across > width:
        spread = f" of dilation {written(dilation)}" if dilation != 1 else ""
        padded = f" padded by {written(padding)}" if padding else ""
        raise InvalidDesign(f"kernel {written(kernel)}{spread} does not fit a {shape[1]}x{shape[2]} map{padded}")
    if height > LARGEST_SIDE or width > LARGEST_SIDE:
        raise InvalidDesign(f"a map has at most {LARGEST_SIDE:,} rows and columns, not {max(height, width):,}")
    if stride == 1:
        return height - down + 1, width - across + 1
    steps = pair(stride)
    return (height - down) // steps[0] + 1, (width - across) // steps[1] + 1

"""The program as the user called it: `thimble`, the console script, or `python -m search`."""

import os
import sys

SCRIPT = "thimble"
WRITTEN = "python -m search"
"""What every message, every example and every stored command has, until it is shown."""


def program() -> str:
    """Returns the words that the program was called with."""
    name = os.path.basename(sys.argv[0] if sys.argv else "")
    return SCRIPT if name.removesuffix(".exe") == SCRIPT else WRITTEN


def as_called(text: str) -> str:
    """Returns the text with the command lines in it as the user types them."""
    return text.replace(WRITTEN, program())

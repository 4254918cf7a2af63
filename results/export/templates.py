"""Templates of exported text, and user-written text that may stand in it."""

import functools
from textwrap import wrap

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

_WIDTH = 96  # letters of a line


@functools.cache
def template(name: str) -> Template:
    """Loads a template of this package, for text that is not HTML."""
    return Environment(
        loader=PackageLoader("results.export", "."),
        autoescape=False,  # what comes from users passes `plain`, or in Markdown the card's `_shown`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template(name)


def plain(text: str) -> str:
    """Returns text that cannot end the docstring it stands in."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return printable.replace("\\", "/").replace('"', "'")


def wrapped(text: str) -> list[str]:
    """Breaks plain text into lines between words; one empty line where there is no word."""
    words = " ".join(plain(text).split())
    return wrap(words, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]

"""Where tables and lines are drawn: on the terminal in its width, or whole into a pipe."""

from rich.console import Console
from rich.text import Text


def make_console() -> Console:
    """Returns a console of the terminal's width; one as wide as it needs when piped, so that no column is cut."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=2_000)


def print_text(console: Console, text: str | Text) -> None:
    """Prints a line, broken between words on a terminal, as it is when piped."""
    console.print(text, markup=False, soft_wrap=not console.is_terminal)

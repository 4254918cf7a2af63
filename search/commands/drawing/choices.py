"""A search space: a row for each choice, and how much of it a budget allows."""

from rich.table import Table
from rich.text import Text

from results.wording.limits import limits_in_words
from results.wording.percent import percent
from search.commands.drawing.console import make_console, print_text
from space.choices.survey import Survey


def print_survey(survey: Survey) -> None:
    """Prints its choices, then its shares in a sentence."""
    console = make_console()
    table = Table(box=None, pad_edge=False)
    table.add_column("choice")
    table.add_column("values")
    for name, choice in survey.choices.items():
        table.add_row(name, Text(str(choice)))
    console.print(table)
    print_text(
        console,
        f"\nOf {survey.proposals:,} random proposals {percent(survey.shares['inside'])} fit "
        f"{limits_in_words(survey.budget.limits())} with --sampling inside, {percent(survey.shares['plain'])} "
        f"with --sampling plain.",
    )

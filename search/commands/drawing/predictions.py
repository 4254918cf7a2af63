"""What a network sees in pictures: a line each."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from results.wording.percent import percent
from search.commands.drawing.console import make_console
from search.outputs.predict import Prediction
from search.wording import printable


def print_predictions(predictions: Sequence[Prediction]) -> None:
    """Prints file, class and share of each picture, in their order."""
    console = make_console()
    table = Table(box=None, pad_edge=False)
    table.add_column("picture", overflow="fold")
    table.add_column("class", overflow="fold")
    table.add_column("share", justify="right", no_wrap=True)
    for one in predictions:
        table.add_row(Text(printable(str(one.file))), Text(printable(one.answer)), percent(one.share))
    console.print(table)

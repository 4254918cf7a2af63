"""The command `delete`: removes studies for good."""

import sys
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from results.findings.records import Verdict
from results.wording.counted import counted
from search.commands.app import RUNS, command
from search.commands.columns import tell
from search.errors import UserError
from search.study.folder import existing
from search.wording import file_size

if TYPE_CHECKING:
    from search.study.deleting import Doomed


@command(
    short_help="Delete studies with all that is in their folders.",
    epilog="Example: python -m search delete digits-2000",
)
def delete(
    names: Annotated[
        list[str],
        typer.Argument(help="Names of studies.", metavar="NAME", autocompletion=lambda: existing(RUNS)),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> int:
    """Delete studies for good: settings, trials, weights and checkpoints, those on a database server too.

    What would go is shown first. Confirmations and ladders, which belong to designs, stay.
    """
    from search.study.deleting import doomed

    every = [doomed(name, RUNS) for name in dict.fromkeys(map(_without_folder, names))]
    if not yes and not sys.stdin.isatty():
        raise UserError(
            "without a terminal nobody can be asked, and nothing was deleted; `yes` deletes without asking"
        )
    if not yes:
        tell("\n".join(map(_sentence, every)), beside=True)
        if not _agreed(len(every)):
            tell("nothing was deleted", beside=True)
            return 1
    for one in every:
        one.delete()
        tell(f"deleted {_sentence(one)}")
    return 0


def _without_folder(name: str) -> str:
    """Returns the name where a shell has completed it to runs/NAME/."""
    return name.removeprefix(f"{RUNS}/").removesuffix("/")


def _agreed(studies: int) -> bool:
    """Asks beside standard output; anything but yes is no."""
    print(
        f"delete {'it' if studies == 1 else f'these {studies}'} for good? [y/N] ", end="", file=sys.stderr, flush=True
    )
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _sentence(doomed: "Doomed") -> str:
    """Says what goes."""
    study = doomed.summary
    if study.trials is None:
        trials = "its trials cannot be read"
    else:
        counts, verdicts = study.trials.counts, get_args(Verdict)
        ways = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in verdicts if verdict in counts)
        trials = counted(sum(counts.values()), "trial") + (f": {ways}" if ways else "")
    where = f", also in {study.storage}, for every machine" if doomed.on_server else ""
    return f"{study.name}: {file_size(study.size)} in {RUNS / study.name}, {trials}{where}"

"""The command `delete`: removes studies for good."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from results.findings.records import Verdict
from results.wording.counted import counted
from search.commands.app import RUNS, command
from search.commands.columns import tell
from search.errors import UserError
from search.study.folder import existing
from search.study.trial_names import without_folder
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

    every = [doomed(name, RUNS) for name in dict.fromkeys(without_folder(name, RUNS) for name in names)]
    begun: list[Doomed] = []
    try:
        return _delete(every, begun, yes=yes)
    except KeyboardInterrupt:
        tell(_interrupted(every, begun), beside=True)
        raise


def _delete(every: "list[Doomed]", begun: "list[Doomed]", *, yes: bool) -> int:
    """Deletes the studies, unless somebody is asked and does not agree; returns the exit code. begun: it adds those
    to it whose deletion it begins."""
    if not yes and (sys.stdin is None or not sys.stdin.isatty()):  # None where it was closed from the start
        raise UserError(
            "without a terminal nobody can be asked, and nothing was deleted; `yes` deletes without asking"
        )
    if not yes:
        tell("\n".join(map(_sentence, every)), beside=True)
        if not _agreed(len(every)):
            tell("nothing was deleted", beside=True)
            return 1
    for one in every:
        begun.append(one)
        one.delete()
        tell(f"deleted {_sentence(one)}")
    return 0


def _interrupted(every: "list[Doomed]", begun: "list[Doomed]") -> str:
    """Says what was deleted before somebody broke it off, and what remains."""
    if not begun:
        return "interrupted: nothing was deleted"
    at_work = [one.folder.name for one in begun if one.folder.path.exists()]
    gone = [one.folder.name for one in begun if one.folder.name not in at_work]
    rest = [one.folder.name for one in every[len(begun) :]]
    words = {"deleted": gone, "begun to be deleted": at_work, "not deleted": rest}
    said = "; ".join(f"{how}: {', '.join(names)}" for how, names in words.items() if names)
    left = shlex.join(at_work + rest)
    return f"interrupted; {said}" + (f"; what remains goes with `python -m search delete {left}`" if left else "")


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

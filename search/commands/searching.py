"""What the commands `run` and `worker` have in common: a search that is shown, and what is said at its end."""

import contextlib
import json
import sys

from results.findings.records import TrialRecord
from results.wording.percent import percent
from search.commands.app import RUNS
from search.commands.signals import asked_by_signals, exit_code
from search.commands.views import as_object, make_view, printer, tally
from search.errors import StorageAway, UserError
from search.loop.run import Outcome, run_search
from search.loop.status import reaches_target
from search.outputs.dashboard import DashboardProcess
from search.settings import Settings
from search.study.folder import StudyFolder
from search.wording import duration, in_finals


def search(
    settings: Settings, *, again: str, longer: str | None = None, as_json: bool, dashboard: int | None = None
) -> int:
    """Searches, says what was found, and returns the exit code.

    Args:
        again: The command line that goes on.
        longer: The one that goes on beyond the study's total, where there is one.
        dashboard: The port that the search is shown on meanwhile.

    Raises:
        UserError: The study cannot be begun or gone on with, no design may be trained, or the port is taken.
        BadDevice: The device is not there, or lacks the precision.
    """
    with (
        DashboardProcess(dashboard) if dashboard else contextlib.nullcontext() as beside,
        asked_by_signals() as stop,
        contextlib.closing(make_view(as_json=as_json)) as view,
    ):

        def show(folder: StudyFolder) -> None:
            if beside:
                beside.start(folder)
                view.noted(f"dashboard on {beside.address}")

        outcome = run_search(
            settings, RUNS, command=again, view=view, stop=stop, say=printer(as_json=as_json), on_begun=show
        )
    if outcome is None:
        print(f"go on with:    {again}", file=sys.stderr)
        return exit_code(stop)
    _conclude(settings, outcome, stopped=stop.requested, again=again, longer=longer, as_json=as_json)
    if isinstance(outcome.trouble, UserError):
        raise outcome.trouble
    if outcome.trouble:
        print(f"error: {_trouble(outcome.trouble, settings)}; then go on with: {again}", file=sys.stderr)
    return exit_code(stop) or (1 if outcome.trouble else 0)


def _trouble(trouble: Exception, settings: Settings) -> str:
    if not isinstance(trouble, StorageAway):
        return f"the study cannot be written: {trouble}; make room or mend it"
    folder = StudyFolder(settings.study, RUNS, storage=settings.storage)
    return f"the database {folder.place} cannot be used ({trouble}); what it did not take is in {folder.path}"


def _conclude(
    settings: Settings, outcome: Outcome, *, stopped: bool, again: str, longer: str | None, as_json: bool
) -> None:
    say, status, best = sys.stderr if as_json else sys.stdout, outcome.status, outcome.best
    if as_json:
        counts = {verdict: status.counts[verdict] for verdict in ("trained", "pruned", "rejected", "failed")}
        found = as_object(best) if best else None
        print(json.dumps({"study": settings.study, **counts, "best": found}), flush=True)
    print(f"\n{tally(status)} in {duration(status.elapsed)}", file=say)
    if best:
        print(_winner(best, settings), file=say)
    if status.done < settings.trials or stopped:
        print(f"go on with:    {again}", file=say)
    elif longer:
        print(f"search longer: {longer}", file=say)
    say.flush()


def _winner(best: TrialRecord, settings: Settings) -> str:
    reached = "" if reaches_target(best, last_epochs=settings.last_epochs, target=settings.target) else "not "
    return (
        f"best: trial {best.trial}, held-out accuracy {percent(best.score)} (mean of the last "
        f"{settings.last_epochs} epochs; {percent(settings.target)} {reached}held in each), {in_finals(best)}"
        f"{best.parameters:,} parameters, receptive field {best.receptive_field}\n"
        f"  {best.notation}\n  {best.recipe.describe() if best.recipe else ''}\n"
        f"take it away:  python -m search export best --study {settings.study} -o net.py "
        f"--weights net.safetensors"
    )

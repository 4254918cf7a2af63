"""What the commands `run` and `worker` have in common: a search that is shown, and what is said at its end."""

import contextlib
import json
from collections.abc import Callable, Sequence

from results.findings.estimate import Estimate, estimate_of
from results.findings.records import TrialRecord
from search.commands.app import RUNS, fields
from search.commands.columns import tell
from search.commands.options import in_options
from search.commands.selections import selection_fields, winner_lines
from search.commands.signals import asked_by_signals, exit_code
from search.commands.streams import lost
from search.commands.views import as_object, make_view, tally
from search.errors import StorageAway, UserError
from search.limits import MOST
from search.loop.loggers.logger import Logger
from search.loop.run import Outcome, run_search
from search.outputs.dashboard import DashboardProcess
from search.replication.estimate import least_optimistic
from search.settings import Settings
from search.study.folder import StudyFolder
from search.study.ledger import DatabaseTaken
from search.wording import duration
from train.fast.uncompiled import CannotCompile


def search(
    settings: Settings,
    *,
    command: str,
    again: str,
    longer: Callable[..., str] | None = None,
    as_json: bool,
    dashboard: int | None = None,
    loggers: Sequence[Logger] = (),
) -> int:
    """Searches, says what was found, and returns the exit code.

    Args:
        command: The command line that goes on from nothing but itself; it is written down with the study.
        again: The one that goes on once the study has begun.
        longer: Returns the one that goes on with options of its own, where there is one.
        dashboard: The port that the search is shown on meanwhile.
        loggers: Write it into other tools' logs.

    Raises:
        UserError: The study cannot be begun or gone on with, no design may be trained, or the port is taken.
        BadDevice: The device is not there, or lacks the precision.
    """
    with asked_by_signals() as stop:
        with (
            DashboardProcess(dashboard) if dashboard else contextlib.nullcontext() as beside,
            contextlib.closing(make_view(as_json=as_json)) as view,
        ):

            def show(folder: StudyFolder) -> None:
                if beside:
                    beside.start(folder)
                    view.noted(f"dashboard on {beside.address}")
                for logger in loggers:
                    logger.noted = view.noted
                    view.noted(f"log for {logger.title}: {logger.look(folder)}")

            outcome = run_search(
                settings, RUNS, command=command, view=view, stop=stop, say=view.noted, on_begun=show,
                callbacks=loggers,
            )  # fmt: skip
        if outcome is None:
            tell(f"go on with:    {again}", beside=True)
            return exit_code(stop)
        _conclude(settings, outcome, stopped=stop.requested, again=again, longer=longer, as_json=as_json)
        if isinstance(outcome.trouble, UserError | CannotCompile):
            raise outcome.trouble
        if outcome.trouble:
            taken = isinstance(outcome.trouble, DatabaseTaken)  # there may be no study of the name any more
            line = command if taken else again
            tell(f"error: {_trouble(outcome.trouble, settings)}; then go on with: {line}", beside=True)
        nothing = "" if stop.requested else outcome.nothing
        if nothing and not outcome.trouble:
            tell(f"error: {nothing}", beside=True)
        return exit_code(stop) or (1 if outcome.trouble or nothing else 0)


def _trouble(trouble: Exception, settings: Settings) -> str:
    if isinstance(trouble, DatabaseTaken):
        return str(trouble)
    if not isinstance(trouble, StorageAway):
        return f"the study cannot be written: {trouble}; make room or mend it"
    folder = StudyFolder(settings.study, RUNS, storage=settings.storage)
    return f"the database {folder.place} cannot be used ({trouble}); what it did not take is in {folder.path}"


def _conclude(
    settings: Settings,
    outcome: Outcome,
    *,
    stopped: bool,
    again: str,
    longer: Callable[..., str] | None,
    as_json: bool,
) -> None:
    beside, status, selection = as_json or lost(), outcome.status, outcome.selection
    estimate = _estimate(selection.winner, settings) if selection else None
    shortage = in_options(outcome.shortage, fields()) if longer else ""  # finals are not for those that join a search
    if as_json:
        counts = {verdict: status.counts[verdict] for verdict in ("trained", "pruned", "rejected", "failed")}
        found = None
        if selection and estimate:
            found = as_object(selection.winner) | selection_fields(selection, estimate)
        said = {"study": settings.study, **counts, "best": found, "finals_note": shortage}
        said |= {"ended_early": _ended_early(outcome, settings)}
        print(json.dumps(said), flush=True)
    within = "; this run took" if outcome.earlier else " in"
    tell(f"\n{tally(status)}{within} {duration(status.elapsed)}", beside=beside)
    ended = _ended_early(outcome, settings)
    for line in filter(None, (ended, shortage)):
        tell(line, beside=beside)
    if selection and estimate:
        tell("\n".join(winner_lines(selection, estimate, settings)), beside=beside)
    if outcome.searched_out and not stopped:
        return
    if outcome.in_vain and settings.patience and not stopped:  # the same would end at once
        if longer:
            tell(f"search longer: {longer(patience=min(MOST, 2 * settings.patience))}", beside=beside)
    elif status.done < settings.trials or stopped:
        tell(f"go on with:    {again}", beside=beside)
    elif longer:
        total = min(MOST, 2 * max(settings.trials, status.done))
        tell(f"search longer: {longer(trials=total)}", beside=beside)


def _ended_early(outcome: Outcome, settings: Settings) -> str:
    """Says that `patience`, or that there was no other design, has ended the search; empty where neither has."""
    if outcome.searched_out:
        other = "" if settings.sampler == "random" else ", unless --sampler random finds one"
        return f"ended early: what is proposed has been tried already; the space seems to have no other design{other}"
    if not outcome.in_vain:
        return ""
    last = "training" if outcome.in_vain == 1 else f"{outcome.in_vain:,} whole trainings"
    return f"ended early by --patience: the last {last} brought nothing beyond noise"


def _estimate(best: TrialRecord, settings: Settings) -> Estimate:
    """What the best trial reaches; where a stored confirmation cannot be read, without it."""
    try:
        return least_optimistic(best, StudyFolder(settings.study, RUNS, storage=settings.storage))
    except (StorageAway, UserError) as error:
        tell(f"note: {in_options(str(error), fields())}", beside=True)
        return estimate_of(best)

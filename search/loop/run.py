"""One search from its first trial to its last: from valid settings to what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from results.findings.records import TrialRecord
from results.findings.selection import Selection, select
from results.wording.counted import counted
from search.errors import Claimed, StorageAway, UserError
from search.loop.announcement import announcement
from search.loop.callbacks import Callback, WithCallbacks
from search.loop.status import Status, View
from search.proposals.warm_starts import check_warm_starts
from search.replication.teacher import with_teacher
from search.settings import Settings
from search.study.beginning import beginning
from search.study.begun import begin, check_identity
from search.study.folder import StudyFolder
from search.study.ledger import DatabaseTaken
from search.study.restoring import lacking, put_back
from search.study.room import check_room
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.choices.search_space import base_of
from train.device import CPU_ENGINE, Precision, choose
from train.fast.uncompiled import CannotCompile

if TYPE_CHECKING:
    from search.loop.coordinator import Coordinator
    from search.study.store import Store
    from search.workers.executor import Executor

_PATIENCE = 600.0  # seconds that a search waits for a database that is away


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a search came to.

    Attributes:
        status: When it ended.
        selection: The best of all trials of the study; None where none was trained.
        shortage: Why finals were skipped or short, in a line; empty where they were neither.
        in_vain: How many whole trainings in a row brought nothing beyond noise, where `patience` ended the search
            before its total; else 0.
        searched_out: Whether it ended before its total because the space seems to have no design that was not tried.
        failure: Why the last trial that failed did; empty where none did.
        trouble: What ended it before its time: UserError where no proposal may be trained, StorageAway, CannotWrite,
            CannotCompile; None where nothing did.
        earlier: How many of the trials had ended before this run.
    """

    status: Status
    selection: Selection | None
    shortage: str
    failure: str
    trouble: Exception | None
    in_vain: int = 0
    earlier: int = 0
    searched_out: bool = False

    @property
    def nothing(self) -> str:
        """Why a search that was not stopped found nothing, in a line; empty where it found something, or has not
        tried anything yet."""
        if self.selection or not self.failure:
            return ""
        reason, failed = " ".join(self.failure.split()), self.status.counts["failed"]
        if failed < self.status.done:
            return f"no trial was trained to its end, {failed:,} failed, the last: {reason}"
        return f"the trial failed: {reason}" if failed == 1 else f"all {failed:,} trials failed, the last: {reason}"


def run_search(
    settings: Settings,
    runs: Path,
    *,
    command: str,
    view: View,
    stop: Stop,
    say: Callable[[str], None],
    on_begun: Callable[[StudyFolder], None] = lambda _: None,
    callbacks: Sequence[Callback] = (),
) -> Outcome | None:
    """Begins the study or goes on with it; returns None where somebody asked to stop before the first trial.

    Args:
        runs: The folder that has a folder for each study.
        command: Goes on with the study; it is written down with it.
        view: Shows the search; it is closed when the finals are over.
        say: Called with lines on what comes before the first trial and after the last.
        on_begun: Called when the study is in its database.
        callbacks: Are told of the search while it runs.

    Raises:
        UserError: The study cannot be begun or gone on with.
        BadDevice: The device is not there, or lacks the precision.
        CannotCompile: The compiled engine cannot be stored.
    """
    folder = StudyFolder(settings.study, runs, storage=settings.storage)
    check_room(folder)
    check_identity(folder, settings.identity)
    lacking(folder, whole=False)  # raises where a database is lost for good
    say(announcement(settings, goes_on=folder.storage is not None or folder.settings_file.exists()))
    device, precision = _device(settings)  # loads torch
    with folder.locked():
        check_identity(folder, settings.identity)  # another run may have begun the study since
        settings = _going_on(settings, folder, device, say)
        put_back(folder, settings)
        _reach(folder)
        begin(folder, beginning(settings, command=command))
        place = Workplace(source=settings.source, seed=settings.seed, device=device, precision=precision)
        return _Search(settings, folder, place, stop, say).run(WithCallbacks(view, callbacks), on_begun)


class _Search:
    """What the steps of one search share."""

    def __init__(
        self, settings: Settings, folder: StudyFolder, place: Workplace, stop: Stop, say: Callable[[str], None]
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.place = place  # of the trials
        self.here = replace(place, device="cpu") if settings.ray else place  # the cluster may have GPUs, we none
        self.stop = stop
        self.say = say

    def run(self, view: WithCallbacks, on_begun: Callable[[StudyFolder], None]) -> Outcome | None:
        from search.study.store import Store

        if base_of(self.settings.space) == "taught":
            augment, runs = self.settings.augmentations, self.folder.runs
            taught = with_teacher(self.here, runs, augment=augment, stop=self.stop, say=self.say)
            if taught is None:
                return None
            self.place = replace(self.place, teacher=taught.teacher)
        store = None
        try:
            store = Store(self.folder, self.settings, self._patience(view))
            view.noted(self._heading(max(0, self.settings.trials - store.tally.done)))
            on_begun(self.folder)
            view.begun(self.settings, self.folder)
            self.folder.drop_checkpoints(but=store.unfinished)
            if earlier := store.tally.done:
                view.noted(f"going on after {counted(earlier, 'trial')}")
            coordinator = self._coordinator(store, view)
            outcome = self._conclude(store, coordinator, view, trouble=_until_its_end(coordinator))
            return replace(outcome, earlier=earlier)
        finally:
            try:
                view.close()
            finally:
                if store:
                    store.close()

    def _conclude(
        self, store: "Store", coordinator: "Coordinator", view: View, *, trouble: Exception | None
    ) -> Outcome:
        """Holds the finals, unless there was trouble before; returns what the search came to."""
        shortage, records = "", [] if isinstance(trouble, DatabaseTaken) else store.tally.leading
        if trouble:
            self.folder.drop_remains()
        if trouble is None:
            try:
                records = store.records
                shortage = self._finals(store, records, coordinator, view)
                records = store.records
                store.ledger.check()
            except (StorageAway, UserError, CannotCompile, DatabaseTaken) as error:
                trouble = error
        failed = [record for record in records if record.verdict == "failed"]
        short = store.tally.done < self.settings.trials
        return Outcome(
            status=coordinator.status(),
            selection=select(records),
            shortage=shortage,
            failure=failed[-1].reason if failed else "",
            trouble=trouble,
            in_vain=store.in_vain if store.exhausted and short else 0,
            searched_out=coordinator.searched_out and short,
        )

    def _patience(self, view: View):
        from search.study.patience import Patience

        return Patience(_PATIENCE, noted=view.noted, give_up=lambda: self.stop.requested)

    def _heading(self, left: int) -> str:
        settings = self.settings
        workers = settings.workers and min(settings.workers, left or settings.workers)
        where = counted(workers, "worker") if workers else "all workers"
        where += " of a Ray cluster" if settings.ray else ""
        return f"training on {where}, {self.place.device}, {self.place.precision}"

    def _coordinator(self, store: "Store", view: View) -> "Coordinator":
        from search.loop.coordinator import Coordinator
        from search.loop.costs import costs_of
        from search.loop.preview import preview

        done = store.tally.done
        costs = costs_of(self.settings, self.place, done=done, say=view.noted)
        if line := preview(self.settings, costs, done=done):
            view.noted(line)
        executor = self._executor(left=max(0, self.settings.trials - done))
        return Coordinator(
            self.settings, folder=self.folder, store=store, executor=executor, view=view, stop=self.stop, costs=costs
        )

    def _executor(self, *, left: int) -> "Executor":
        settings = self.settings
        if settings.ray and left:
            from search.workers.ray_cluster import RayExecutor

            workers = settings.workers and min(settings.workers, left)
            return RayExecutor(workers, self.place, address=settings.ray.address, gpus_per_trial=settings.ray.gpus)
        from search.workers.processes import ProcessExecutor

        return ProcessExecutor(min(settings.workers or 1, left), self.place)

    def _finals(self, store: "Store", records: list[TrialRecord], coordinator: "Coordinator", view: View) -> str:
        """Holds the finals; returns why they were skipped or short, as `Outcome` has it."""
        from search.loop.finals import finalists, rounds_of, run_finals, shortage, together

        selection = select(records)
        short = shortage(records, self.settings) if selection else ""
        number = sum(rounds_of(finalists(records, self.settings)))
        if selection and selection.winner.finals and not (number or coordinator.outlook.epochs_trained):
            return ""  # they were held by an earlier run, and there is nothing new to hold some for
        if number and self.stop.requested:
            return "the finals are still to come"
        if number:
            self.say(f"the best designs once more: {counted(number, 'training')} (`finals` 0 leaves them out)")
            scores = run_finals(
                records,
                self.settings,
                self.folder,
                self.here,
                stop=self.stop,
                say=self.say,
                watch=lambda progress: view.update(coordinator.outlook.in_finals(progress)),
            )
            if scores is None:
                return "the finals are not over"
            before = store.study.user_attrs.get("finals", {})
            store.store_finals(together(before, scores, records, self.settings))
        return short


def _going_on(settings: Settings, folder: StudyFolder, device: str, say: Callable[[str], None]) -> Settings:
    """Returns the settings with what a study keeps that has begun, having said in what it does not go on as before;
    raises UserError where it cannot be gone on with."""
    from search.study.joining import begun_as

    begun = begun_as(folder, settings.identity)
    if device == "cpu" and begun.engine not in (None, CPU_ENGINE):
        say(
            f"study {folder.name} was begun with the CPU's engine {begun.engine} and goes on with engine "
            f"{CPU_ENGINE}: the same training rounds otherwise, and does not repeat a score from before"
        )
    if begun.new:
        check_warm_starts(settings)
    if begun.warm_start in (None, settings.warm_start):
        return settings
    say(
        f"study {folder.name} keeps `warm_start` {begun.warm_start}: known designs are queued when a study is begun, "
        f"and {settings.warm_start} would be for a new one"
    )
    return replace(settings, warm_start=begun.warm_start)


def _reach(folder: StudyFolder) -> None:
    """Raises UserError where the database cannot be opened, before anything of the study is written down."""
    from search.study.databases import open_storage

    open_storage(folder).close()


def _device(settings: Settings) -> tuple[Literal["cpu", "cuda"], Precision]:
    if settings.ray is None:
        return choose(settings.device, settings.precision)
    # The nodes have it or not; this machine need not.
    auto = "cuda" if settings.ray.gpus else "cpu"
    return auto if settings.device == "auto" else settings.device, settings.identity["precision"]


def _until_its_end(coordinator: "Coordinator") -> Exception | None:
    """Searches; returns what ended it before its time."""
    from search.loop.coordinator import CannotWrite, NothingFits

    try:
        coordinator.run()
        coordinator.store.ledger.check()
    except (NothingFits, StorageAway, CannotWrite, CannotCompile, Claimed, DatabaseTaken) as error:
        return error
    return None

"""`Search`: a search of the best network under a budget, from Python."""

import functools
import threading
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from results.findings.confirmation import Confirmation
from results.findings.ladder import Ladder
from results.findings.records import TrialRecord
from search.api.arguments import callbacks_of, checked
from search.api.calls import load_heavy, public
from search.api.data import images_of, preparation_of
from search.api.places import RUNS, kept, place_of
from search.api.settings import as_begun, check_settings, filled, name_of_study, settings_of_search
from search.api.shown import study_html
from search.api.study import Study
from search.errors import UserError
from search.loop.callbacks import Callback
from search.settings import ExecutorName, PrunerName, SamplerName, Settings
from search.study.begun import command_of
from search.study.finding import keep_password
from search.study.folder import StudyFolder
from search.workers.stopping import Stop
from space.choices.augment_sets import Augment
from space.choices.choices import Sampling
from space.choices.search_space import SpaceName
from train.data.dataset import Dataset
from train.device import DeviceName, PrecisionName

if TYPE_CHECKING:
    from search.api.data import Data
    from search.api.designs import TorchModule
    from search.loop.run import Outcome
    from search.outputs.export import Export


class Search:
    """A search of the most accurate network under a budget; `run` begins it, or goes on with what is in its folder.

    Of a study that has begun, `target`, `sampler`, `pruner`, `warm_start`, `patience` and `cost_aware` are what they
    are there, where they are not given.

    Args:
        budget: Most parameters that a network may have, a number or a text such as "8k", "8,000" or "1.5M"; or
            several, whose best networks are searched together.
        data: The images: a name such as "mnist" ("auto": MNIST, or else digits that come with packages), a path to a
            folder of pictures or of idx files, or to an .npz, .csv or .parquet file, "module:function", what
            `thimble.data` returned, arrays (x, y) or (x_train, y_train, x_test, y_test), or a torch data set.
        folder: Where the study is kept; runs/DATA-BUDGET where none is given.
        data_dir: The folder in which names are looked for; $THIMBLE_DATA, or ./data, where none is given.
        image_size: Height and width to which all images are resized, in pixels.
        gray, rgb: Whether all images are made grey, or three colours.
        limit_images: Most images to train on, and to test with.
        hold_out: Share of the training images that is held out, in (0, 1); those given for it, or a sixth, otherwise.
        epochs: Length of a trial's training.
        last_epochs: How many last epochs count, whose mean is the score; the last third, 5 at most, if not given.
        target: The accuracy asked for, a share in [0, 1]; 0.994 if not given.
        minimize_parameters: Whether the smallest network that holds the target is sought.
        workers: Processes that train, or "auto" for one a core, as far as memory allows.
        storage: URL of a PostgreSQL database that several machines share. Its password is written down nowhere; other
            processes that load the study have it from $THIMBLE_STORAGE.
        seed: Of the split, the sampler and each training.
        sampler: How Optuna proposes; "tpe" if not given.
        pruner: Which trials end early; by "screening" if not given.
        space: The search space: "core", "wide" or "taught", or a TOML file of your own.
        sampling: "inside": widths are made to fit the budget; "plain": drawn, and rejected if over.
        warm_start: Designs to try first: "zoo", as if none are given, "ladders" or "none", or a network of your own,
            as a notation or as `count` takes a torch module.
        augment: The set of augmentations; the one that suits the images if not given.
        patience: After how many whole trainings in a row that brought nothing beyond noise a run ends, with its
            finals; never if not given.
        finals: How many of the best are trained again at the end, with fresh seeds; 0 for none.
        cost_aware: Whether of several proposals the one with the most expected gain an hour is trained; not with
            `deterministic`.
        deterministic: Whether the history is the same for any number of workers, also after resumes.
        device, precision: What trains, and by which arithmetic.
        executor: "local": processes on this machine; "ray": a Ray cluster.
        ray_address: HOST:PORT of the cluster, or "auto".
        gpus_per_trial: GPUs that a trial takes of its node; may be a share.
        max_macs: Most multiply-adds for one image; a number or a text, as `budget`.
        max_activation_bytes: Peak activation memory for one image, in bytes, likewise.

    Attributes:
        folder: Where the study is kept, whatever the current folder becomes.
        settings: What is asked for, checked.

    Raises:
        ValueError: An argument cannot be, or the images cannot be had; one line that says what to do.
    """

    folder: Path
    settings: Settings

    @public
    def __init__(
        self,
        budget: int | str | Sequence[int | str],
        data: "Data" = "auto",
        *,
        folder: str | PathLike[str] | None = None,
        data_dir: str | PathLike[str] | None = None,
        image_size: int | None = None,
        gray: bool = False,
        rgb: bool = False,
        limit_images: int | None = None,
        hold_out: float | None = None,
        epochs: int = 15,
        last_epochs: int | None = None,
        target: float | None = None,
        minimize_parameters: bool = False,
        workers: int | Literal["auto"] = "auto",
        storage: str | None = None,
        seed: int = 0,
        sampler: SamplerName | None = None,
        pruner: PrunerName | None = None,
        space: "SpaceName | str | PathLike[str]" = "wide",
        sampling: Sampling = "inside",
        warm_start: "str | TorchModule | None" = None,
        augment: Augment | None = None,
        patience: int | None = None,
        finals: int = 8,
        cost_aware: bool | None = None,
        deterministic: bool = False,
        device: DeviceName = "auto",
        precision: PrecisionName = "auto",
        executor: ExecutorName = "local",
        ray_address: str | None = None,
        gpus_per_trial: float | None = None,
        max_macs: int | str | None = None,
        max_activation_bytes: int | str | None = None,
    ) -> None:
        self._arguments = {name: value for name, value in locals().items() if name != "self"}
        given = self._arguments | {"dataset": data, "trials": 1, "timeout": None, "study": None}
        runs = Path(RUNS)
        if folder is not None:
            runs, given["study"] = place_of(folder)
        self._prepare(given, runs)

    def __reduce__(self) -> tuple[Callable[[], "Search"], tuple[()]]:
        return functools.partial(Search, **self._arguments | {"folder": str(self.folder)}), ()

    def _prepare(self, given: dict[str, Any], runs: Path) -> None:
        asked = checked(filled(given))
        preparation = preparation_of(
            asked["image_size"], gray=asked["gray"], rgb=asked["rgb"],
            limit_images=asked["limit_images"], hold_out=asked["hold_out"],
        )  # fmt: skip
        check_settings(asked)
        source = images_of(asked["data"], asked["data_dir"], preparation, runs)
        self._given, self._runs = given, kept(runs)
        self.settings = self._settings_now(name_of_study(asked, source), source)
        if self.settings.storage:
            keep_password(self.settings.storage)  # which is in no file, for what is asked of the study later
        self._given |= {"space": self.settings.space}  # as its file is now
        if given["warm_start"] is not None:
            self._given |= {"warm_start": self.settings.warm_start}
        self.folder = self._runs / self.settings.study
        self._running = threading.Lock()
        self._stop = Stop()

    def _settings_now(self, study: str, source: Dataset, **asked: Any) -> Settings:
        """Returns what is asked for now: what was not given is as the study has it at this moment."""
        given = checked(filled(self._given | asked, StudyFolder(study, self._runs)))
        return as_begun(settings_of_search(given, source), given, self._runs)

    @public
    def run(
        self,
        trials: int = 50,
        *,
        timeout: float | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool = True,
    ) -> "Study":
        """Searches until the study has so many trials in total, and returns the study; goes on with what is there.

        Args:
            trials: The study's total; rejected proposals do not count.
            timeout: Seconds after which this run ends, finals included; those that a teacher takes do not count.
            callbacks: Are told of each epoch and each trial, in this thread. What one raises ends the search.
            progress: Whether a bar shows how far it is, drawn in a notebook, of text on standard error elsewhere.

        Raises:
            ValueError: The study cannot be begun or gone on with, or no design may be trained.
            RuntimeError: The study's database or folder can no longer be used, or no trial could be trained.
            KeyboardInterrupt: Ctrl-C; what has ended is kept, and `run` goes on.
        """
        if not self._running.acquire(blocking=False):
            raise UserError("this search is running; wait for it, or end it with `stop`")
        try:
            self._stop = Stop()
            outcome = self._search(trials, timeout, callbacks, progress)
        finally:
            self._running.release()
        if outcome:
            _raise_trouble(outcome, stopped=self._stop.requested)
        return self.study

    def _search(
        self, trials: int, timeout: float | None, callbacks: Sequence[Callback], progress: bool
    ) -> "Outcome | None":
        from search.api.quiet import QuietView, Theirs
        from search.loop.progress import ProgressView
        from search.loop.run import run_search

        told, known = callbacks_of(callbacks), self.settings
        settings = self.settings = self._settings_now(known.study, known.source, trials=trials, timeout=timeout)
        load_heavy()
        quiet = QuietView()
        view = ProgressView(quiet.noted) if progress else quiet
        return run_search(
            settings,
            self._runs,
            command=command_of(settings.to_json(), settings.storage),
            view=view,
            stop=self._stop,
            say=quiet.noted,
            callbacks=[Theirs(told)],
        )

    def __repr__(self) -> str:
        return f"thimble.Search(budget={self._arguments['budget']!r}, folder={str(self.folder)!r})"

    def _repr_html_(self) -> str | None:
        """Returns what a notebook shows of the study; None before it has begun."""
        return study_html(StudyFolder(self.settings.study, self._runs, storage=self.settings.storage))

    def stop(self) -> None:
        """Asks a run that is under way to end, from a callback or another thread; it returns within seconds. The
        epochs under way are broken off, and trained again when `run` goes on. Without a run it does nothing."""
        self._stop.signal = 0

    @property
    def study(self) -> "Study":
        """The study as it stands; raises ValueError where it has not begun."""
        return Study(self.folder)

    @property
    def best(self) -> TrialRecord:
        """The best trial; raises ValueError where none has been trained."""
        return self.study.best

    def confirm(self, design: str | int = "best", **options: Any) -> Confirmation:
        """Trains a design over several seeds, as `Study.confirm` does."""
        return self.study.confirm(design, **options)

    def explain(self, design: str | int = "best", **options: Any) -> Ladder:
        """Trains a design's ladder, as `Study.explain` does."""
        return self.study.explain(design, **options)

    def export(self, output: str | PathLike[str] = "net.py", **options: Any) -> "Export":
        """Writes a network as files, as `Study.export` does."""
        return self.study.export(output, **options)

    def report(self, output: str | PathLike[str] = "report.html", *, force: bool = False) -> Path:
        """Writes the study's page, as `Study.report` does."""
        return self.study.report(output, force=force)


def _raise_trouble(outcome: "Outcome", *, stopped: bool) -> None:
    """Raises what ended a search before its time, or that all of its trials failed."""
    if outcome.trouble:
        raise outcome.trouble
    if outcome.nothing and not stopped:
        raise RuntimeError(outcome.nothing)

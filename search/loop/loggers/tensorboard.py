"""`TensorBoard`: a search as files of events that TensorBoard shows."""

import shlex
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from search.loop.loggers.logger import Logger, Value
from search.study.folder import StudyFolder

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoard(Logger):
    """A callback that keeps a run of TensorBoard for each trial, with its scalars and hyperparameters.

    Args:
        folder: The runs are in a folder of it that is called as the study is, or, where that has the runs of another
            study of this name, as the study and a key; in `tensorboard` in the study's own where none is given.

    Raises:
        UserError: TensorBoard is not installed.
    """

    title: ClassVar[str] = "TensorBoard"
    package: ClassVar[str] = "tensorboard"
    extra: ClassVar[str] = "tensorboard"

    def __init__(self, folder: str | PathLike[str] | None = None) -> None:
        super().__init__()
        self._folder = None if folder is None else Path(folder)
        self._root: Path | None = None
        self._writers: dict[int, SummaryWriter] = {}

    def look(self, folder: StudyFolder) -> str:
        """Returns the command that serves the study's runs on this machine."""
        return f"tensorboard --logdir {shlex.quote(str(self._place(folder)))}"

    def open(self, folder: StudyFolder) -> None:
        """Makes the folder of the runs."""
        import torch.utils.tensorboard  # noqa: F401 - what is missing is missed before the first trial

        self._root = self._place(folder)
        self._root.mkdir(parents=True, exist_ok=True)
        if self._folder is not None and not self._is_of_this_study(self._root):
            self._root = self._root.with_name(f"{folder.name}-{self._study}")
            self._root.mkdir(exist_ok=True)

    def begin(self, trial: int, network: Mapping[str, Value]) -> None:
        """Opens a file of events beside those that the run has."""
        from torch.utils.tensorboard import SummaryWriter

        assert self._root, "a log is opened before it is written to"
        place = self._root / f"trial-{trial:05d}"
        place.mkdir(exist_ok=True)  # and not what it stands in, which somebody may have moved away
        new = not any(place.iterdir())
        writer = self._writers[trial] = SummaryWriter(str(place))
        if new:
            writer.add_text("network", "\n".join(f"- {name}: `{value}`" for name, value in network.items()))

    def write(self, trial: int, values: Mapping[str, float], epoch: int) -> None:
        """Writes scalars, and has them on the disk."""
        writer = self._writers[trial]
        for name, value in values.items():
            writer.add_scalar(name, value, epoch)
        writer.flush()

    def end(self, trial: int, facts: Mapping[str, Value], outcome: Mapping[str, Value]) -> None:
        """Writes the hyperparameters with the score, by which TensorBoard compares runs."""
        from torch.utils.tensorboard.summary import hparams

        figures = {name: value for name, value in outcome.items() if isinstance(value, float)}
        words = {name: value for name, value in outcome.items() if name not in figures}
        writer = self._writers.pop(trial)
        # Not `add_hparams`, which makes a run of its own beside this one.
        for summary in hparams(dict(facts) | words, figures):
            writer.file_writer.add_summary(summary)  # type: ignore[union-attr]
        for name, value in figures.items():
            writer.add_scalar(name, value, 0)
        writer.close()

    def close(self) -> None:
        """Closes the files of runs that have not ended."""
        while self._writers:
            self._writers.popitem()[1].close()

    def _is_of_this_study(self, root: Path) -> bool:
        """Returns whether the runs of no other study are in there, having written down that those of this one are."""
        mark = root / "study"
        if not mark.exists():
            mark.write_text(self._study)
        return mark.read_text() == self._study

    def _place(self, folder: StudyFolder) -> Path:
        return folder.path / "tensorboard" if self._folder is None else self._folder / folder.name

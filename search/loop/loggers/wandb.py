"""`WandB`: a search as runs of Weights & Biases, kept on this machine until somebody uploads them."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from search.loop.loggers.logger import Logger, Value, as_before
from search.study.folder import StudyFolder

if TYPE_CHECKING:
    import wandb


class WandB(Logger):
    """A callback that keeps a run of Weights & Biases for each trial, offline, in `wandb` in the study's folder.

    The study is the runs' group. A trial that goes on after an interruption has a second folder of the same run;
    `wandb sync` puts them together. $WANDB_DIR names another place than the study's folder.

    Args:
        project: The runs' project.

    Raises:
        UserError: The package wandb is not installed.
    """

    title: ClassVar[str] = "Weights & Biases"
    package: ClassVar[str] = "wandb"
    extra: ClassVar[str] = "wandb"

    def __init__(self, project: str = "thimble") -> None:
        super().__init__()
        self._project = project
        self._group = ""
        self._place: Path | None = None
        self._runs: dict[int, wandb.Run] = {}

    def look(self, folder: StudyFolder) -> str:
        """Returns the command that uploads the runs."""
        return f"wandb sync {shlex.quote(str(_place(folder) / 'wandb'))}/offline-run-*"

    def open(self, folder: StudyFolder) -> None:
        """Makes the folder of the runs."""
        with as_before(**_ENVIRONMENT):
            import wandb  # noqa: F401 - what is missing is missed before the first trial
        self._group, self._place = folder.name, _place(folder)
        (self._place / "wandb").mkdir(parents=True, exist_ok=True)

    def begin(self, trial: int, network: Mapping[str, Value]) -> None:
        """Opens the run, or another part of it."""
        import wandb

        assert self._place, "a log is opened before it is written to"
        if not (self._place / "wandb").is_dir():  # wandb would make it anew, or keep the run among temporary files
            raise FileNotFoundError(f"{self._place / 'wandb'} is gone")
        with as_before(**_ENVIRONMENT):  # each run would have hooks of its own around those of the run before
            run = self._runs[trial] = wandb.init(
                mode="offline",
                project=self._project,
                group=self._group,
                name=f"trial {trial}",
                id=self.key(trial),
                resume="allow",
                reinit="create_new",  # trials train side by side
                dir=str(self._place),
                config=dict(network),
                settings=_SETTINGS,
            )
        for epoch, metrics in _AXES.items():
            run.define_metric(epoch, hidden=True)
            for metric in metrics:
                run.define_metric(metric, step_metric=epoch)

    def write(self, trial: int, values: Mapping[str, float], epoch: int) -> None:
        """Writes a row of history, its epoch beside it, by which each chart is drawn."""
        screening = all(name.startswith("screening/") for name in values)
        self._runs[trial].log(dict(values) | {"screening/epoch" if screening else "epoch": epoch})

    def end(self, trial: int, facts: Mapping[str, Value], outcome: Mapping[str, Value]) -> None:
        """Writes the config and the summary, and ends the run."""
        run = self._runs.pop(trial)
        run.config.update(dict(facts), allow_val_change=True)
        run.summary.update(dict(outcome))
        run.finish(exit_code=1 if outcome["verdict"] == "failed" else 0)

    def close(self) -> None:
        """Ends the parts of runs that have not ended."""
        while self._runs:
            self._runs.popitem()[1].finish()


def _place(folder: StudyFolder) -> Path:
    return Path(os.environ.get("WANDB_DIR") or folder.path)


_AXES = {
    "epoch": ("held_out/*", "training/*", "learning_rate", "seconds"),
    "screening/epoch": ("screening/*",),
}  # what is drawn over which
_ENVIRONMENT = {"WANDB_MODE": "offline", "WANDB_ERROR_REPORTING": "false"}  # or it tells its makers how it is used
_SETTINGS = {
    "silent": True,
    "console": "off",  # what the search prints is its own
    "disable_git": True,
    "disable_code": True,
    "x_disable_stats": True,  # of the machine, measured by a thread a run
}

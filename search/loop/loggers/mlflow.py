"""`MLflow`: a search as an experiment of MLflow."""

import contextlib
import logging
import os
import shlex
import sqlite3
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from search.loop.loggers.logger import Logger, Value, as_before, without_secrets
from search.study.folder import StudyFolder
from train.importing import without_deprecations

if TYPE_CHECKING:
    from mlflow import MlflowClient

_TAG = "thimble.trial"
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # or it tells its makers that it is used
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # of seven, during which no trial goes on
}


class MLflow(Logger):
    """A callback that keeps a run of MLflow for each trial, in an experiment that is called as the study is.

    Args:
        tracking_uri: Where MLflow keeps its runs: $MLFLOW_TRACKING_URI, or else the file mlflow.db in the study's
            folder, where none is given.

    Raises:
        UserError: MLflow is not installed.
    """

    title: ClassVar[str] = "MLflow"
    package: ClassVar[str] = "mlflow"
    extra: ClassVar[str] = "mlflow"

    def __init__(self, tracking_uri: str | None = None) -> None:
        super().__init__()
        self._uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
        self._client: MlflowClient | None = None
        self._experiment = ""
        self._runs: dict[int, str] = {}

    def look(self, folder: StudyFolder) -> str:
        """Returns the command that serves the runs on this machine; it is in MLflow's whole package."""
        if self._uri and self._uri.startswith("http"):
            return without_secrets(self._uri)
        return f"mlflow ui --backend-store-uri {shlex.quote(without_secrets(self._place(folder)))}"

    def open(self, folder: StudyFolder) -> None:
        """Opens the database, which is made where there is none, and the experiment."""
        _check_file(self._place(folder))
        with _quietly():
            from mlflow import MlflowClient

            self._client = client = MlflowClient(tracking_uri=self._place(folder))
            found = client.get_experiment_by_name(folder.name)
            if found is None:
                artifacts = None if self._uri else (folder.path.absolute() / "mlflow-artifacts").as_uri()
                self._experiment = client.create_experiment(folder.name, artifact_location=artifacts)
            else:
                self._experiment = found.experiment_id

    def begin(self, trial: int, network: Mapping[str, Value]) -> None:
        """Opens the run that has the trial's key as its tag, or a new one."""
        with _quietly():
            client = self._connected
            found = client.search_runs([self._experiment], f"tags.`{_TAG}` = '{self.key(trial)}'")
            if found:
                self._runs[trial] = found[0].info.run_id
                client.update_run(self._runs[trial], status="RUNNING")
                return
            run = client.create_run(self._experiment, run_name=f"trial {trial}", tags={_TAG: self.key(trial)})
            self._runs[trial] = run.info.run_id
            self._log(trial, parameters=network)

    def write(self, trial: int, values: Mapping[str, float], epoch: int) -> None:
        """Writes metrics, the epoch being their step."""
        with _quietly():
            self._log(trial, metrics=values, epoch=epoch)

    def end(self, trial: int, facts: Mapping[str, Value], outcome: Mapping[str, Value]) -> None:
        """Writes the parameters, the score as a metric, and what is words as tags."""
        figures = {name: value for name, value in outcome.items() if isinstance(value, float)}
        words = {name: str(value) for name, value in outcome.items() if name not in figures}
        with _quietly():
            self._log(trial, parameters=facts, metrics=figures, tags=words)
            failed = outcome["verdict"] == "failed"
            self._connected.set_terminated(self._runs.pop(trial), status="FAILED" if failed else "FINISHED")

    def close(self) -> None:
        """Marks the runs of trials that have not ended as killed, until they go on."""
        with _quietly():
            while self._runs:
                self._connected.set_terminated(self._runs.popitem()[1], status="KILLED")

    @property
    def _connected(self) -> "MlflowClient":
        assert self._client is not None, "a log is opened before it is written to"
        return self._client

    def _log(
        self,
        trial: int,
        *,
        parameters: Mapping[str, Value] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        epoch: int = 0,
    ) -> None:
        from mlflow.entities import Metric, Param, RunTag

        now = int(1000 * time.time())
        self._connected.log_batch(
            self._runs[trial],
            metrics=[Metric(name, value, now, epoch) for name, value in (metrics or {}).items()],
            params=[Param(name, str(value)) for name, value in (parameters or {}).items()],
            tags=[RunTag(name, value) for name, value in (tags or {}).items()],
        )

    def _place(self, folder: StudyFolder) -> str:
        return self._uri or f"sqlite:///{folder.path / 'mlflow.db'}"


def _check_file(place: str) -> None:
    """Raises OSError where the file of a database cannot be written, which MLflow would try for minutes."""
    file = place.removeprefix("sqlite:///")
    if file == place or not file or file == ":memory:" or "?" in file:
        return
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=5)) as connection:
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise OSError(f"{file}: {error}") from None


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Has MLflow say nothing beside the search's own display, nor warn of what it uses that is deprecated, and know
    `_DEFAULTS`."""
    talkative = logging.getLogger("mlflow.store.db.utils")
    level = talkative.level
    talkative.setLevel(logging.WARNING)
    try:
        with as_before(**_DEFAULTS), without_deprecations():
            yield
    finally:
        talkative.setLevel(level)

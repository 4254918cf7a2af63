"""A small finished study on digits, made once by the real command."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.search.searches import outcomes, search

SMALL = ("run", "--budget", "2000", "--dataset", "digits", "--epochs", "2", "--workers", "2", "--json")


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder of all processes of the tests."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def studied(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """The folder in which a study of five trials was run, and what the run printed. It is run once for all
    processes of the tests, of which each has a copy: files of a database come and go while another reads it."""
    made, own = shared_folder(tmp_path_factory) / "studied", tmp_path_factory.mktemp("studied")
    printed = made.with_suffix(".json")
    with FileLock(made.with_suffix(".lock")):
        if not printed.exists():
            made.mkdir()
            command = [sys.executable, "-m", "search", *SMALL, "--trials", "5"]
            done = subprocess.run(
                command, cwd=made, env={**os.environ, "THIMBLE_DATA": ""}, capture_output=True, text=True,
                timeout=200, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            printed.write_text(json.dumps(vars(done)))
    shutil.copytree(made, own, dirs_exist_ok=True)
    return own, subprocess.CompletedProcess(**json.loads(printed.read_text()))


@pytest.fixture(autouse=True, scope="session")
def history_of_tables_read_once() -> Iterator[None]:
    """Optuna imports thirty files, which are the same for every database, up to three times as it opens one."""
    from optuna.storages._rdb.storage import _VersionManager

    read, kept = _VersionManager._create_alembic_script, []

    def once(manager):
        if not kept:
            kept.append(read(manager))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_VersionManager, "_create_alembic_script", once)
        yield


@pytest.fixture
def compared_here(monkeypatch):
    """Exported files are imported in this process: tests of their own see what a clean one finds."""
    import numpy as np
    import torch

    def verify(module_file, weights_file, *, images, logits, parameters, tolerance):
        net = runpy.run_path(str(module_file), run_name="net")["load"](str(weights_file))
        assert sum(weights.numel() for weights in net.parameters()) == parameters
        with torch.inference_mode():
            difference = float(np.abs(net(torch.from_numpy(images)).numpy() - logits).max())
        assert difference <= tolerance
        return difference

    monkeypatch.setattr("results.export.verify.verify", verify)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Callable[..., dict[int, list]]:
    """What becomes of so many trials of so many epochs in a search that is left alone, a trial's number first.

    They depend on nothing but seed and number, so that one search has the answers for every test of every process: it
    goes on where a test asks for more trials.
    """
    base = shared_folder(tmp_path_factory)

    def quiet(*, trials: int, epochs: int) -> dict[int, list]:
        folder = base / f"undisturbed-{epochs}"
        with FileLock(folder.with_suffix(".lock")):
            found = outcomes(folder) if folder.exists() else {}
            if len(found) < trials:
                search(folder, "--trials", str(trials), "--epochs", str(epochs), seconds=3600)
                found = outcomes(folder)
        return {number: found[number] for number in range(trials)}

    return quiet

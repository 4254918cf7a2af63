"""A network's module, exported in a process of its own."""

import contextlib
import multiprocessing
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.outputs.module_process import ExportFailed, module_from_process
from search.study.designs import NamedDesign, find_trial
from tests.search.searches import wait_until


@pytest.fixture
def trial(studied, tmp_path):
    """The best trial of a study in a place of its own."""
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    found = find_trial("best", None, tmp_path / "runs")
    return NamedDesign("best", found.record.design, found.record, found.folder)


def test_what_hinders_the_export_comes_back_as_a_line(trial):
    trial.weights.write_bytes(trial.weights.read_bytes()[:100])
    with pytest.raises(ExportFailed, match=r"^error: .*safetensors is damaged .*; put a copy of it back, or train"):
        module_from_process(trial)


def test_a_process_that_dies_is_named_by_its_code(trial):
    def killed():
        """Kills the process as soon as there is one."""
        with contextlib.suppress(StopIteration):
            return next(child for child in multiprocessing.active_children() if child.name == "thimble-export").kill()
        return False

    with ThreadPoolExecutor(1) as pool:
        exporting = pool.submit(module_from_process, trial)
        wait_until(lambda: killed() is None, seconds=20)
        with pytest.raises(ExportFailed, match="ended with code -9"):
            exporting.result()

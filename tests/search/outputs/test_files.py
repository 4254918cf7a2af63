"""Files that people name: where they may be written."""

import os
from pathlib import Path

import pytest

from search.outputs.files import WriteRefused, write_text

OWN = (
    "study.db", "study.db-wal", "settings.json", "lock", "told/trial-00000.json", "weights/trial-00000.safetensors",
    "checkpoints/trial-00001/result.json", "finals/0f/seed-1.json", "weights/trial-00009.safetensors",
)  # fmt: skip


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "runs" / "s"
    for name in OWN[:-1]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("kept", ["study.db", "told"])
def test_no_file_of_a_study_is_written_over(study, name, kept, tmp_path, monkeypatch):
    """With leave, by any way to it, and also where the study's database is lost or on a server."""
    if kept == "told":
        (study / "study.db").unlink()
    before = {file: file.read_text() for file in study.rglob("*") if file.is_file()}
    (tmp_path / "link").symlink_to(study)
    monkeypatch.chdir(study)
    for path in (study / name, tmp_path / "link" / name, Path(name)):
        with pytest.raises(WriteRefused, match=r"is of the study in .*/runs/s, which is lost without it"):
            write_text("a report", path, force=True)
    assert {file: file.read_text() for file in study.rglob("*") if file.is_file()} == before


def test_a_report_may_lie_beside_them(study, tmp_path):
    (tmp_path / "weights").mkdir()
    for path in (study / "report.html", tmp_path / "settings.json", tmp_path / "weights" / "net.pt"):
        write_text("first", path, force=False)
        write_text("a report", path, force=True)
        assert path.read_text() == "a report"


def test_a_pipe_or_a_device_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(WriteRefused, match="is a device or a pipe; name a file"):
            write_text("a report", path, force=True)
        assert not path.is_file()

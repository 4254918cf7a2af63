"""MNIST is downloaded whole or not at all, in time or not at all, by a process of ours."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from train.data.bad_data import BadData
from train.data.dataset import UNREACHED, open_dataset
from train.data.forms.named import find_here

ROOT = Path(__file__).parents[3]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses every connection."""
    _set_proxies(monkeypatch, http="http://127.0.0.1:9", https="http://127.0.0.1:9")


def _set_proxies(monkeypatch: pytest.MonkeyPatch, *, http: str, https: str) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("http_proxy", http), ("https_proxy", https)):
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.upper(), value)


@pytest.mark.slow
def test_the_download_is_ours_whatever_lies_beside_it(tmp_path: Path) -> None:
    """With a user's own `train.py` in the current folder, a `train/` in PYTHONPATH, and Python told to leave the
    current folder out. The proxy refuses: then the child has got as far as torchvision."""
    (tmp_path / "train.py").write_text("raise SystemExit(1)  # the user's own\n")
    (tmp_path / "other" / "train" / "data").mkdir(parents=True)
    (tmp_path / "other" / "train" / "__init__.py").write_text("raise SystemExit(1)  # the user's own\n")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from train.data.dataset import open_dataset\n"
        "print(open_dataset('auto', Path('data'), download_seconds=60).notes[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ
        | dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
        | {"no_proxy": "", "NO_PROXY": "", "PYTHONSAFEPATH": "1"}
        | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(tmp_path / "other")])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Connection refused" in done.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_without_network_auto_means_digits_with_a_note(tmp_path: Path) -> None:
    opened = open_dataset("auto", tmp_path / "new" / "data", download_seconds=60)
    assert opened.name in ("digits", "mnist5k")
    assert "Connection refused" in opened.notes[0]
    assert "figures are not MNIST's" in opened.notes[0]
    assert "\n" not in opened.notes[0]
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_without_network_mnist_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"could not be downloaded .*put its four files"):
        open_dataset("mnist", tmp_path, download_seconds=60)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_download_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a proxy that never answers. A child that had no time to get there proves nothing and is given more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        _set_proxies(monkeypatch, http=proxy, https=proxy)
        silent.settimeout(0.1)
        for seconds in (4, 8, 16, 32, 64):
            opened = open_dataset("auto", tmp_path / "data", download_seconds=seconds)
            assert f"not complete within {seconds} s" in opened.notes[0]
            assert not (tmp_path / "data").exists()
            with contextlib.suppress(TimeoutError):
                connection, _ = silent.accept()
                break
        else:
            pytest.fail("no child asked for anything")
        with connection:
            connection.settimeout(10)
            assert connection.recv(4) == b"CONN"  # of CONNECT; then the end, as the child is dead
            while connection.recv(4096):
                pass


@pytest.mark.parametrize("another_was_first", [False, True])
def test_a_download_appears_whole(
    idx_folder: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, another_was_first: bool
) -> None:
    """The child is played by a copy, since torchvision accepts files of MNIST's checksums only."""
    files, target = idx_folder(), tmp_path / "data" / "MNIST" / "raw"
    target.mkdir(parents=True)

    def child(command: list[str], **_: object) -> subprocess.CompletedProcess:
        shutil.copytree(files, Path(command[-1]) / "MNIST" / "raw")
        assert find_here("mnist", tmp_path / "data") is None
        if another_was_first:
            shutil.copytree(files, target, dirs_exist_ok=True)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", child)
    opened = open_dataset("mnist", tmp_path / "data")
    assert opened.root == tmp_path / "data"
    assert len(opened.training()) == 12
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["MNIST"]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that a download was tried to, each of which failed at once."""
    tried = []

    def fail(name: str, data_dir: Path, _seconds: float) -> str:
        assert name == "mnist"
        tried.append(data_dir)
        return "Connection refused"

    monkeypatch.setattr("train.data.forms.named.download", fail)
    return tried


def test_a_download_that_failed_is_not_tried_again_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: list[Path]
) -> None:
    memory, said, now = tmp_path / "runs" / UNREACHED, [], [1_000_000.0]
    monkeypatch.setattr("train.data.unreached.time.time", lambda: now[0])

    def ask(data_dir: Path = tmp_path / "data") -> str:
        return open_dataset("auto", data_dir, memory=memory, say=said.append).notes[0]

    assert "(Connection refused)" in ask()
    assert len(refused) == 1
    assert said == [f"MNIST is not in {tmp_path / 'data'}: downloading it, for at most 15 s"]
    now[0] += 23 * 3600
    assert re.search(r"\(Connection refused, on 1970-01-1\d \d\d:\d\d; `dataset` mnist tries again\)", ask())
    assert len(refused) == 1
    ask(tmp_path / "other")
    assert len(refused) == 2, "another folder is another question"
    ask()
    now[0] += 25 * 3600
    ask()
    assert len(refused) == 4
    memory.write_text("damaged")
    ask()
    assert len(refused) == 5


def test_mnist_by_name_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, refused: list[Path]
) -> None:
    """By the commands, in a folder where `auto` has just found none."""
    from search.commands.main import run_app

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_DATA", raising=False)
    for tries in (1, 1, 1):
        assert run_app(["train", "c10", "--epochs", "0"]) == 2  # refused before anything is trained
        assert run_app(["bench", "c10k28", "--images", "1"]) == 2
        assert len(refused) == tries
    assert "on 20" in (said := capsys.readouterr().err)
    assert "--dataset mnist tries again" in said
    assert run_app(["bench", "c10k28", "--images", "1", "--dataset", "mnist"]) == 2
    assert len(refused) == 2

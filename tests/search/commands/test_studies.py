"""The commands `list` and `delete` on studies of every kind."""

import io
import itertools
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from search.commands.drawing.studies import print_studies
from search.commands.main import run_app
from search.study.beginning import beginning
from search.study.begun import begin
from search.study.deleting import Doomed
from search.study.folder import StudyFolder
from search.study.locks import alone
from search.study.store import Store
from search.study.summaries import summaries
from tests.search.study.test_store import settings

NAME = "digits-2000"


@pytest.fixture
def here(studied, tmp_path, monkeypatch):
    """A folder with the study of five trials and four copies: renamed, without settings, damaged, and emptied of all
    but weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    for name in (NAME, "my copy", "cut", "damaged", "bare"):
        shutil.copytree(studied[0] / "runs" / NAME, tmp_path / "runs" / name)
    for file in ("settings.json", "told/settings.json"):
        Path("runs/cut", file).unlink()
    Path("runs/damaged/study.db").write_bytes(b"nonsense" * 1000)
    for path in Path("runs/bare").iterdir():
        if path.name != "weights":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return tmp_path


def said(capsys, *words, code=0):
    assert run_app(list(words)) == code
    return capsys.readouterr()


def listed(capsys):
    return {row["study"]: row for row in map(json.loads, said(capsys, "list", "--json").out.splitlines())}


def files():
    """What is in the folder, but for the database's own bookkeeping."""
    every = (path for path in Path("runs").rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in every if not path.name.endswith(("-shm", "-wal"))}


def test_each_study_is_a_row_that_says_what_other_commands_say(here, capsys):
    before = files()
    rows = listed(capsys)
    assert files().keys() == before.keys()
    assert rows.keys() == {NAME, "my copy", "cut", "damaged"}
    best = json.loads(said(capsys, "best", "--study", NAME, "--json").out)
    for name in (NAME, "my copy", "cut"):
        row = rows[name]
        assert (row["dataset"], row["budget"], row["total"]) == ("digits", 2000, 5), name
        assert sum(row["trials"].values()) == 5
        expected = {name: best[name] for name in ("trial", "parameters")}
        expected |= {name: best["estimate"][name] for name in ("accuracy", "of")}
        assert (row["best"], row["running"], row["problem"]) == (expected, False, None)
    size = sum(path.stat().st_size for path in Path("runs", NAME).rglob("*") if path.is_file())
    assert rows[NAME]["bytes"] == pytest.approx(size, rel=0.2)
    assert rows["damaged"]["trials"] is None
    assert (rows["damaged"]["dataset"], rows["damaged"]["budget"]) == ("digits", 2000)
    assert "runs/damaged/study.db is not a study's database" in rows["damaged"]["problem"]


def test_a_table_of_studies_for_people(here, capsys):
    out = said(capsys, "list").out
    head, *rows = out.splitlines()
    assert head.split() == ["study", "data", "budget", "trials", "best", "size", "searched"]
    assert len([row for row in rows if row.startswith((NAME, "my copy", "cut"))]) == 3
    assert "unreadable" in out
    assert out.count("held-out") == 3
    assert rows[-1].startswith("damaged: ")
    place = rows.index(next(row for row in rows if row.startswith(NAME)))
    assert re.search(r"5 of 5: .* [\d.]+ % held-out ", rows[place])
    assert re.fullmatch(r" +[\d,]+ parameters +", rows[place + 1])


def test_a_study_that_went_on_with_fewer_trials_has_no_more_than_all_of_them(here, capsys):
    print_studies([replace(one, total=2) for one in summaries(Path("runs")) if one.name == NAME])
    assert "5 of 5: " in capsys.readouterr().out


def test_a_study_that_is_being_searched_is_said_so_and_not_deleted(here, capsys):
    with alone(Path("runs", NAME), "taken", "wait"):
        assert listed(capsys)[NAME]["running"] is True
        assert " now" in said(capsys, "list").out
        for words in (("delete", NAME, "--yes"), ("delete", "cut", NAME, "-y")):
            assert f"study {NAME} is being searched" in said(capsys, *words, code=2).err
    assert Path("runs", NAME, "study.db").exists()
    assert Path("runs", "cut").exists()


def test_a_trial_that_nobody_trains_any_more_waits(tmp_path, monkeypatch, capsys):
    """A search was killed in its first trial; another keeps the study meanwhile, and then is gone, too."""
    monkeypatch.chdir(tmp_path)
    chosen, folder = settings(study="killed"), StudyFolder("killed", Path("runs"))
    with folder.locked():
        begin(folder, beginning(chosen, command="python -m search run"))
        store = Store(folder, chosen)
        with store.exclusive():
            store.ask()
        store.close()
        assert listed(capsys)["killed"]["trials"] == {"running": 1}
        assert json.loads(said(capsys, "table", "--json").out)["verdict"] == "running"
    assert listed(capsys)["killed"]["trials"] == {"waiting": 1}
    assert json.loads(said(capsys, "table", "--json").out)["verdict"] == "waiting"
    assert "running" not in said(capsys, "list").out
    assert said(capsys, "delete", "killed", "-y").out.endswith(", 1 trial: 1 waiting\n")


def test_where_there_is_nothing_a_line_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert said(capsys, "list").out == "no study in runs/ yet; begin one: python -m search run --budget 8000\n"
    assert said(capsys, "list", "--json").out == ""


def test_a_listing_loads_neither_torch_nor_optuna(here):
    import subprocess
    import sys

    code = (
        "import sys; from search.commands.main import run_app; assert run_app(['list']) == 0\n"
        "print([name for name in ('torch', 'optuna', 'sqlalchemy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("name", [NAME, "my copy", "cut", "damaged", "bare", "runs/my copy/"])
def test_what_goes_is_shown_and_asked(here, monkeypatch, capsys, name):
    folder = Path("runs", Path(name).name)
    for answer, code in (("n\n", 1), ("", 1), ("y\n", 0)):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        shown = said(capsys, "delete", name, code=code)
        assert f"kB in {folder}, " in shown.err
        assert folder.exists() == (code == 1)
    assert shown.out.startswith(f"deleted {folder.name}: ")
    assert len(list(Path("runs").iterdir())) == 4


def test_several_go_at_once_and_without_a_question(here, capsys):
    out = said(capsys, "delete", "cut", "damaged", "cut", "--yes").out.splitlines()
    assert [line.partition(":")[0] for line in out] == ["deleted cut", "deleted damaged"]
    assert "5 trials: " in out[0]
    assert {path.name for path in Path("runs").iterdir()} == {NAME, "my copy", "bare"}


def test_a_study_that_was_deleted_in_part_is_listed_and_deleted_once_more(here, monkeypatch, capsys):
    """Wherever it is broken off before the last of what is in its folder has gone."""
    part, allowed = Path("runs/part"), iter("")

    def until_broken_off(really):
        def remove(path, *args, **rest):
            if Path("runs/part") in Path(path).parents and next(allowed, None) is None:
                raise KeyboardInterrupt
            return really(path, *args, **rest)

        return remove

    for removals in itertools.count():
        shutil.copytree(Path("runs", NAME), part)
        allowed = iter(range(removals))
        with monkeypatch.context() as broken:
            broken.setattr(Path, "unlink", until_broken_off(Path.unlink))
            broken.setattr("search.study.deleting.shutil.rmtree", until_broken_off(shutil.rmtree))
            assert run_app(["delete", "part", "--yes"]) in (0, 130)
        if not part.exists():
            break
        assert "interrupted; begun to be deleted: part; what remains" in capsys.readouterr().err
        assert "part" in listed(capsys), f"not listed after {removals} removals"
        assert said(capsys, "delete", "part", "--yes").out.startswith("deleted part: ")
        assert not part.exists()
    assert removals > 10


def test_after_ctrl_c_a_line_says_what_was_deleted(here, monkeypatch, capsys):
    really = Doomed.delete

    def interrupted(one):
        if one.folder.name == "cut":
            raise KeyboardInterrupt
        really(one)

    monkeypatch.setattr(Doomed, "delete", interrupted)
    shown = said(capsys, "delete", "my copy", "cut", NAME, "--yes", code=130)
    assert shown.out.startswith("deleted my copy: ")
    assert shown.err == (
        f"interrupted; deleted: my copy; begun to be deleted: cut; not deleted: {NAME}; what remains goes with "
        f"`python -m search delete cut {NAME}`\n"
    )


def test_with_standard_input_closed_nobody_is_asked(here, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)  # as Python has it then
    assert "without a terminal nobody can be asked" in said(capsys, "delete", NAME, code=2).err
    assert Path("runs", NAME).exists()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ((NAME,), ["without a terminal", "nothing was deleted", "--yes"]),
        (("digits-200", "--yes"), ["no study 'digits-200'", f"the nearest is {NAME}"]),
        ((NAME, "nothing", "--yes"), ["no study 'nothing'"]),
        (("..", "--yes"), ["no study"]),
        (("runs/..", "--yes"), ["no study"]),
        (("", "--yes"), ["no study"]),
        ((".", "--yes"), ["no study"]),
        (("elsewhere", "--yes"), ["no study 'elsewhere'"]),
        (("link", "--yes"), ["runs/link is a link"]),
        ((), ["delete needs NAME"]),
    ],
)
def test_what_is_not_deleted(here, monkeypatch, capsys, words, parts):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    Path("runs/elsewhere").mkdir()
    Path("runs/elsewhere/mine.txt").write_text("mine")
    Path("runs/link").symlink_to(Path("runs/cut").absolute())
    before = files()
    shown = said(capsys, "delete", *words, code=2)
    (line,) = shown.err.splitlines()
    assert shown.out == ""
    for part in parts:
        assert part in line
    assert files() == before

"""Hints, usage and lines that go on, in the form that the user called."""

import sys

import pytest

from search.__main__ import find_ours_first
from search.commands.main import run_app
from search.commands.program import as_called, program


@pytest.mark.parametrize(
    ("called", "form"),
    [
        ("/usr/bin/thimble", "thimble"),
        ("C:/Scripts/thimble.exe", "thimble"),
        ("/somewhere/search/__main__.py", "python -m search"),
        ("/usr/bin/pytest", "python -m search"),
    ],
)
def test_the_program_is_called_as_it_was(monkeypatch, called, form):
    monkeypatch.setattr("sys.argv", [called, "best"])
    assert program() == form
    assert as_called("go on: `python -m search run`") == f"go on: `{form} run`"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--help"], 0),
        (["run", "--help"], 0),
        (["export", "-h"], 0),
        ([], 2),
        (["run"], 2),
        (["best"], 2),
        (["list"], 0),
        (["rum"], 2),
        (["run", "--budget"], 2),
        (["best", "--study", "s"], 2),
        (["count", "best"], 2),
    ],
)
def test_the_console_script_speaks_of_itself(monkeypatch, tmp_path, capsys, words, code):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["/usr/bin/thimble", *words])
    assert run_app(words) == code
    said = " ".join("".join(capsys.readouterr()).split())
    assert "thimble" in said
    assert "python -m search" not in said


def test_completion_is_of_the_console_script(monkeypatch, tmp_path, capsys):
    assert run_app(["--install-completion"]) == 2
    assert "thimble --install-completion" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["/usr/bin/thimble", "--install-completion"])
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere" / "file"))
    monkeypatch.setattr("typer._completion_shared._get_shell_name", lambda: "bash")
    (tmp_path / "nowhere").write_text("no folder")
    assert run_app(["--install-completion"]) == 2
    assert "completion cannot be installed" in capsys.readouterr().err
    (tmp_path / "nowhere").unlink()
    with pytest.raises(SystemExit) as end:
        run_app(["--install-completion"])
    assert end.value.code == 0
    script = tmp_path / "nowhere" / "file" / ".bash_completions" / "thimble.sh"
    assert "complete -o default -F _thimble_completion thimble" in script.read_text()


def test_a_folder_that_has_been_removed_is_one_line(monkeypatch, tmp_path, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    find_ours_first()
    for words in (["list"], ["run", "--budget", "2000"], ["export", "zoo/2000", "-o", "net.py"]):
        assert run_app(words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: the current folder has been removed; change to one that is there")

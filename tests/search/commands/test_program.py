"""Hints, usage and lines that go on, in the form that the user called."""

import pytest

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

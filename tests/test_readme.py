"""The README's sentences that can be checked, and its test command."""

import inspect
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_continuous_integration_runs_the_readmes_test_command(tmp_path):
    """The line of .ci/run that reads the command, run by itself, yields the README's command word for word."""
    block = re.search(r"<!-- test command -->\n```sh\n(.+)\n```\n<!-- end -->", README)
    assert block is not None
    assert block[1].endswith("-m pytest")
    script = (ROOT / ".ci" / "run").read_text()
    (reads,) = re.findall(r"^command=.+$", script, re.MULTILINE)
    assert script.index(reads) < script.index('-c "$command"')
    (tmp_path / "README.md").write_text(README)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{reads}\nprintf '%s' \"$command\""],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == block[1]


def test_every_command_is_in_the_readme():
    from search.commands.main import app

    for command in app.registered_commands:
        assert re.search(rf"`?{command.callback.__name__}[ `]", README), command.callback.__name__


def test_every_option_in_the_readme_exists():
    from search.commands.main import app

    known = {"--help", "--version"}
    for command in app.registered_commands:
        known |= set(re.findall(r"--[a-z][a-z-]+", inspect.getsource(command.callback)))
        known |= {f"--{name.replace('_', '-')}" for name in inspect.signature(command.callback).parameters}
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert used
    assert used <= known


def test_every_design_in_the_readme_exists():
    from space.architecture import Architecture
    from space.known.references import find

    for name in re.findall(r"ladder-\d/\w+", README):
        find(name)
    written = re.findall(r"`((?:c\d\S*) [^`]+)`", README)
    assert written
    for notation in written:
        Architecture.parse(notation)

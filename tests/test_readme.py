"""The README's tree and its test command."""

import inspect
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PACKAGES = ("space", "train", "search", "results")


def test_the_tree_lists_every_file_and_every_file_is_there():
    tree = README.split("## Where things are")[1]
    listed, folder = set(), ""
    for line in tree.splitlines():
        if match := re.match(r"(\w+)/ ", line):
            folder = match[1]
        elif match := re.match(r"  ([\w.]+) ", line):
            listed.add(f"{folder}/{match[1]}")
    there = {
        f"{package}/{path.name}"
        for package in PACKAGES
        for path in (ROOT / package).iterdir()
        if path.suffix in (".py", ".j2") and path.name != "__init__.py"
    }
    assert {name for name in listed if name.split("/")[0] in PACKAGES} == there


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
    from search.cli import app

    for command in app.registered_commands:
        assert re.search(rf"`?{command.callback.__name__}[ `]", README), command.callback.__name__


def test_every_option_in_the_readme_exists():
    from search.cli import app

    known = {"--help", "--version"}
    for command in app.registered_commands:
        known |= set(re.findall(r"--[a-z][a-z-]+", inspect.getsource(command.callback)))
        known |= {f"--{name.replace('_', '-')}" for name in inspect.signature(command.callback).parameters}
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert used
    assert used <= known


def test_every_design_in_the_readme_exists():
    from space.architecture import Architecture
    from space.references import find

    for name in re.findall(r"ladder-\d/\w+", README):
        find(name)
    written = re.findall(r"`((?:c\d\S*) [^`]+)`", README)
    assert written
    for notation in written:
        Architecture.parse(notation)

"""The README's tree and its test command."""

import re
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


def test_continuous_integration_runs_the_readmes_test_command():
    block = re.search(r"<!-- test command -->\n```sh\n(.+)\n```\n<!-- end -->", README)
    assert block is not None
    assert block[1].endswith("-m pytest")
    assert "<!-- test command -->" in (ROOT / ".ci" / "run").read_text()


def test_every_command_is_in_the_readme():
    from search.cli import app

    for command in app.registered_commands:
        assert re.search(rf"`?{command.callback.__name__}[ `]", README), command.callback.__name__

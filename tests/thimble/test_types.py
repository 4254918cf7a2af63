"""`import thimble` is typed whole, as a type checker in a user's project sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import ROOT

pytestmark = pytest.mark.slow


def report(folder, *options):
    """Returns what pyright says of the package, from an empty folder. An editable install is no folder on the path:
    the repository is put there."""
    scripts = Path(sys.executable).parent
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    command = [scripts / "pyright", "--verifytypes", "thimble", *options, "--outputjson"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["typeCompleteness"]


def test_the_package_is_typed_whole(tmp_path):
    """Beside what torch, numpy and the standard library's own stubs leave open, which no package can."""
    assert report(tmp_path, "--ignoreexternal")["completenessScore"] == 1


def test_no_type_of_ours_is_missing(tmp_path):
    """In all that is reached from the names of `thimble`. What is partially unknown is so by torch's and numpy's."""
    said = report(tmp_path)
    names = {symbol["name"] for symbol in said["symbols"] if symbol["isExported"]}
    assert {"thimble.Search", "thimble.count"} <= names
    missing = [
        f"{symbol['name']}: {diagnostic['message']}"
        for symbol in said["symbols"]
        for diagnostic in symbol["diagnostics"]
        if Path(diagnostic.get("file", "/")).is_relative_to(ROOT)
        and ".venv" not in diagnostic["file"]
        and "partially unknown" not in diagnostic["message"]
    ]
    assert missing == []


def test_the_version_is_a_text(tmp_path):
    (tmp_path / "mine.py").write_text("import thimble\n\nreveal_type(thimble.__version__)\n")
    (tmp_path / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]})
    )
    command = [Path(sys.executable).parent / "pyright", "--outputjson"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = [one["message"] for one in json.loads(done.stdout)["generalDiagnostics"]]
    assert said == ['Type of "thimble.__version__" is "str"']

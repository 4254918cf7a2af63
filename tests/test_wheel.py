"""What a user installs: the wheel has every file of the product and no other. Continuous integration tries it."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.source import PACKAGES, ROOT


def tracked():
    """Returns the files of the repository; skips the test where there is none."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not in a git repository")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def build(kind, tree, out):
    """Builds the wheel or the sdist of a tree; returns its file."""
    script = f"from setuptools import build_meta; print(build_meta.build_{kind}({os.fspath(out)!r}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=tree, capture_output=True, text=True, check=True)
    return out / done.stdout.splitlines()[-1]


def built(tree, out):
    """Returns the names of the files in the wheel that is built of a tree, its metadata aside."""
    with zipfile.ZipFile(build("wheel", tree, out)) as wheel:
        return {name for name in wheel.namelist() if not name.split("/")[0].endswith(".dist-info")}


def copy(names, tree):
    """Makes a tree of these files of the repository."""
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)


def of_the_product(names):
    return {name for name in names if name.split("/")[0] in PACKAGES}


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_product_and_no_other(tmp_path):
    """Packages of other people's that begin as ours do, stay out."""
    names = tracked()
    copy(names, tmp_path / "tree")
    for foreign in ("search_engine", "training", "spaceship", "resultset"):
        (tmp_path / "tree" / foreign).mkdir()
        (tmp_path / "tree" / foreign / "__init__.py").touch()
    assert built(tmp_path / "tree", tmp_path) == of_the_product(names)


@pytest.mark.slow
def test_the_sdist_makes_the_same_wheel(tmp_path):
    names = tracked()
    copy(names, tmp_path / "tree")
    sdist = build("sdist", tmp_path / "tree", tmp_path)
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    (tree,) = (tmp_path / "unpacked").iterdir()
    assert built(tree, tmp_path) == of_the_product(names)


@pytest.mark.slow
def test_a_file_that_does_not_come_along_is_seen(tmp_path):
    names = [name for name in tracked() if name != "space/known/__init__.py"]
    copy(names, tmp_path / "tree")
    missing = of_the_product(names) - built(tmp_path / "tree", tmp_path)
    assert "space/known/references.json" in missing


def test_every_package_says_that_it_is_typed():
    assert all((ROOT / package / "py.typed").is_file() for package in PACKAGES)

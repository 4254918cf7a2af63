"""Who may import whom: read from the source, and seen in clean interpreters."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"space", "train", "search", "results"}
ALLOWED = {
    "space": {"space"},
    "train": {"space", "train", "torch", "torchvision", "numpy", "sklearn", "safetensors"},
    "results": {"space", "results", "pandas", "plotly", "jinja2", "numpy"},
    "search": OURS | {"optuna", "optuna_dashboard", "fvcore", "typer", "rich", "sqlalchemy", "torch"},
}


def imported(file):
    """Top-level packages that a file imports, wherever in it, with the line."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0], node.lineno


def trespasses(root):
    """Imports of a package that its table does not allow."""
    return [
        f"{package}/{file.name}:{line} imports {name}"
        for package, allowed in ALLOWED.items()
        for file in sorted((root / package).glob("*.py"))
        for name, line in imported(file)
        if name not in allowed and name not in sys.stdlib_module_names
    ]


def test_no_package_imports_what_it_may_not():
    assert trespasses(ROOT) == []


def test_the_check_can_fail(tmp_path):
    for package in ALLOWED:
        (tmp_path / package).mkdir()
    (tmp_path / "space" / "bad.py").write_text("def late():\n    import torch\n")
    (tmp_path / "train" / "bad.py").write_text("from search.cli import app\nimport optuna.trial\n")
    assert trespasses(tmp_path) == [
        "space/bad.py:2 imports torch",
        "train/bad.py:1 imports search",
        "train/bad.py:2 imports optuna",
    ]


def loaded(code, *names):
    """Which of `names` a clean interpreter has loaded after `code`."""
    script = f"import sys\n{code}\nprint([n for n in {names!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return ast.literal_eval(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("package", "never"),
    [
        ("space", ("torch", "optuna", "fvcore", "numpy", "train", "search", "results")),
        ("train", ("optuna", "search", "results", "fvcore")),
        ("results", ("optuna", "search", "train", "torch")),
    ],
)
def test_a_package_loads_nothing_it_must_not(package, never):
    modules = [f"{package}.{file.stem}" for file in sorted((ROOT / package).glob("*.py")) if file.stem != "__init__"]
    assert loaded("\n".join(f"import {module}" for module in modules), *never) == []


def test_what_is_loaded_is_seen():
    assert loaded("import train.model", "torch", "optuna") == ["torch"]


def test_the_command_line_starts_without_the_heavy_packages():
    assert loaded("import search.cli", "torch", "optuna", "fvcore", "pandas", "plotly", "rich") == []

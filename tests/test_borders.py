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
    "train": {
        "space",
        "train",
        "torch",
        "torchvision",
        "PIL",
        "numpy",
        "numba",
        "llvmlite",
        "sklearn",
        "safetensors",
    },
    "results": {"space", "results", "pandas", "plotly", "jinja2", "numpy", "scipy", "onnx", "onnxruntime"},
    "search": OURS
    | {"optuna", "optuna_dashboard", "bottle", "fvcore", "typer", "rich", "pydantic", "sqlalchemy", "torch", "ray"},
}
HEAVY = ("torch", "optuna", "fvcore", "pandas", "plotly", "onnx")


def imported(file):
    """Top-level packages that a file imports, wherever in it and by statement or by name, with the line."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name.partition(".")[0], node.lineno) for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0], node.lineno
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module.partition(".")[0], node.lineno


def trespasses(root):
    """Imports of a package that its table does not allow."""
    return [
        f"{file.relative_to(root).as_posix()}:{line} imports {name}"
        for package, allowed in ALLOWED.items()
        for file in sorted((root / package).rglob("*.py"))
        for name, line in imported(file)
        if name not in allowed and name not in sys.stdlib_module_names
    ]


def test_no_package_imports_what_it_may_not():
    assert trespasses(ROOT) == []


def test_the_check_can_fail(tmp_path):
    for package in ALLOWED:
        (tmp_path / package).mkdir()
    (tmp_path / "space" / "bad.py").write_text("def late():\n    import torch\n")
    (tmp_path / "train" / "bad.py").write_text("from search.commands.main import app\nimport optuna.trial\n")
    (tmp_path / "results" / "deep").mkdir()
    (tmp_path / "results" / "deep" / "bad.py").write_text(
        "import importlib\nimport json\nfrom space.design import Design\nimportlib.import_module('torch.nn')\n"
    )
    assert trespasses(tmp_path) == [
        "space/bad.py:2 imports torch",
        "train/bad.py:1 imports search",
        "train/bad.py:2 imports optuna",
        "results/deep/bad.py:4 imports torch",
    ]


def test_an_exported_file_imports_nothing_of_ours():
    exported = sorted((ROOT / "tests" / "results" / "export" / "golden").glob("*.py"))
    assert exported
    for file in exported:
        assert {name for name, _ in imported(file)} - sys.stdlib_module_names <= {"torch", "numpy", "safetensors"}


def loaded(code, *names):
    """Which of `names` a clean interpreter has loaded after `code`."""
    script = f"import sys\n{code}\nprint([n for n in {names!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return ast.literal_eval(done.stdout.splitlines()[-1])


def modules(package):
    """Dotted names of all modules below the package's folder, itself included."""
    files = sorted((ROOT / package).rglob("*.py"))
    return [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]


@pytest.mark.parametrize(
    ("package", "never"),
    [
        ("space", ("torch", "optuna", "fvcore", "numpy", "train", "search", "results")),
        ("train", ("optuna", "search", "results", "fvcore")),
        ("results", ("optuna", "search", "train", "torch")),
    ],
)
def test_a_package_loads_nothing_it_must_not(package, never):
    assert loaded("\n".join(f"import {module}" for module in modules(package)), *never) == []


@pytest.mark.parametrize("module", modules("space"))
def test_a_module_of_space_loads_alone(module):
    """None counts on what another has loaded, and none goes round in a circle."""
    assert loaded(f"import {module}", *HEAVY, "numpy", *(OURS - {"space"})) == []


def test_what_is_loaded_is_seen():
    assert loaded("import train.model", "torch", "optuna") == ["torch"]


def test_the_command_line_starts_without_the_heavy_packages():
    assert loaded("import search.commands.main", *HEAVY, "rich") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["run", "--help"], 0),
        (["export", "--help"], 0),
        (["run", "--budget", "10"], 2),
        (["run", "--budget", "8000", "--no-such-option"], 2),
        (["train", "c8 nonsense"], 2),
        (["train", "ladder-3/66"], 2),
        (["no-such-command"], 2),
    ],
)
def test_help_and_bad_arguments_are_answered_without_the_heavy_packages(arguments, code):
    """Seen from the interpreter's end, `python -m search` and its arguments as a user has them."""
    run = f"""
import runpy
sys.argv = ["search", *{arguments!r}]
try:
    runpy.run_module("search", run_name="__main__", alter_sys=True)
except SystemExit as end:
    assert end.code == {code}, end.code
"""
    assert loaded(run, *HEAVY) == []

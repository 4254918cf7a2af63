"""Who may import whom, by package and by room of `search`: read from the source, and seen in clean interpreters."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter

import pytest

from tests.amounts import slow
from tests.source import PACKAGES, ROOT, imported, module_of, product

OURS = set(PACKAGES) - {"thimble"}  # the front, which loads the others late
ALLOWED = {
    "space": {"space"},
    "train": {
        "space",
        "train",
        "torch",
        "torchvision",
        "PIL",
        "numpy",
        "pandas",  # tables and SVHN's form, each late
        "scipy",
        "filelock",
        "numba",
        "llvmlite",
        "sklearn",
        "safetensors",
    },
    "results": {"space", "results", "pandas", "plotly", "jinja2", "numpy", "scipy", "onnx", "onnxruntime"},
    "search": OURS
    | {
        "optuna",
        "optuna_dashboard",
        "bottle",
        "fvcore",
        "typer",
        "rich",
        "pydantic",
        "sqlalchemy",
        "torch",
        "ray",
        "filelock",
        "psutil",
        "tenacity",
        "tensorboard",
        "mlflow",
        "wandb",
        "tqdm",
        "thimble",  # its names alone, and by ONLY in one room
        "pandas",  # both for the types that api returns
        "numpy",
        "sklearn",  # these for the estimator there
    },
    "thimble": {"thimble", "search", "train"},  # the latter two late
}
HEAVY = ("torch", "optuna", "fvcore", "pandas", "plotly", "onnx")

# The rooms of `search`, the upper floor first. A file imports from its own room, from lower floors, and, on its own
# floor, along BESIDE alone. `__init__` stands for the package itself, which imports nothing.
FLOORS = (
    ("__main__",),
    ("commands",),
    ("api",),
    ("loop", "outputs", "replication"),
    ("study",),
    ("proposals", "workers"),
    ("settings", "limits", "names", "errors", "objective", "wording", "version"),
    ("__init__",),
)
BESIDE = {
    ("loop", "replication"),  # finals and the teacher are trainings over seeds
    ("outputs", "replication"),  # a report tells what has been confirmed and explained
    ("settings", "errors"),
    ("settings", "limits"),
    ("settings", "names"),
    ("settings", "objective"),
    ("limits", "errors"),
    ("names", "errors"),
}
# What a room alone may import, by the beginning of the dotted name.
ONLY = {
    "typer": {"commands"},
    "rich": {"commands"},
    "ray": {"workers"},
    "tqdm": {"loop"},
    "torch.utils.tensorboard": {"loop"},
    "mlflow": {"loop"},
    "wandb": {"loop"},
    "bottle": {"outputs"},
    "optuna_dashboard": {"outputs"},
    "sqlalchemy": {"study", "settings"},  # settings reads a URL; the database is study's
    "optuna.storages": {"study"},
    "train.loop": {"replication", "workers"},  # who trains; study does not
    "results": {"commands", "api", "loop", "outputs", "replication", "study", "wording", "limits", "objective"},
    "thimble": {"api"},
    "pandas": {"api"},
    "numpy": {"api", "proposals"},
    "sklearn": {"api"},
}


def trespasses(root):
    """Returns the imports of a package that its table does not allow."""
    found = []
    for file in product(root):
        allowed = ALLOWED[file.relative_to(root).with_suffix("").parts[0]]
        tops = {(name.partition(".")[0], line): None for name, line in imported(file, root)}  # once a line, in order
        found += [
            f"{file.relative_to(root).as_posix()}:{line} imports {name}"
            for name, line in tops
            if name not in allowed and name not in sys.stdlib_module_names
        ]
    return found


def room_of(module):
    """Returns the room of a dotted name below `search`."""
    return (module.split(".")[1:] or ["__init__"])[0]


def climbs(root):
    """Returns the imports within `search` that run up, or sideways where BESIDE does not say so."""
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    found = []
    for file in sorted((root / "search").rglob("*.py")):
        place, home = file.relative_to(root).as_posix(), room_of(module_of(file, root))
        if home not in floor:
            found.append(f"{place} is in no room")
            continue
        for name, line in imported(file, root):
            if name.partition(".")[0] != "search":
                continue
            room = room_of(name)
            if room not in floor:
                found.append(f"{place}:{line} imports {name}, which is in no room")
            elif room != home and (home, room) not in BESIDE and floor[room] <= floor[home]:
                found.append(f"{place}:{line} imports {name}, from {home} to {room}")
    return found


def poachings(root):
    """Returns the imports of what belongs to other rooms."""
    return [
        f"{file.relative_to(root).as_posix()}:{line} imports {name}, which is for {', '.join(sorted(rooms))}"
        for file in sorted((root / "search").rglob("*.py"))
        for name, line in imported(file, root)
        for start, rooms in ONLY.items()
        if f"{name}.".startswith(f"{start}.") and room_of(module_of(file, root)) not in rooms
    ]


def test_no_package_imports_what_it_may_not():
    assert trespasses(ROOT) == []


def test_the_check_of_packages_can_fail(tmp_path):
    write(
        tmp_path,
        {
            "space/bad.py": "def late():\n    import torch\n",
            "train/bad.py": "from search.commands.main import app\nimport optuna.trial\n",
            "results/deep/bad.py": "import importlib\nimport json\nimport space.design\n"
            "importlib.import_module('torch.nn')\n",
            "thimble/front.py": "import json\nimport optuna\ndef late():\n    from results.report import page\n",
        },
    )
    assert trespasses(tmp_path) == [
        "space/bad.py:2 imports torch",
        "train/bad.py:1 imports search",
        "train/bad.py:2 imports optuna",
        "results/deep/bad.py:4 imports torch",
        "thimble/front.py:2 imports optuna",
        "thimble/front.py:4 imports results",
    ]


def test_no_import_within_search_runs_up():
    assert climbs(ROOT) == []


def test_the_check_of_rooms_can_fail(tmp_path):
    write(
        tmp_path,
        {
            "search/__init__.py": "from . import settings\n",
            "search/__main__.py": "from search.commands import main\n",
            "search/errors.py": "",
            "search/stray.py": "",
            "search/commands/main.py": "from search.loop.run import run\nfrom search import api, errors\n",
            "search/loop/run.py": (
                "from search.loop import status\nfrom search.outputs import files\n"
                "from search.study.store import Store\n"
                "def late():\n    import search.commands.views\n"
            ),
            "search/outputs/deep/report.py": "from ...loop.run import run\nfrom ..files import write\n",
            "search/study/store.py": (
                "from typing import TYPE_CHECKING\n"
                "if TYPE_CHECKING:\n    from search.replication.seeds import SeedRuns\n"
            ),
            "search/workers/worker.py": "from search.proposals import referee\nfrom search import stray\n",
            "search/wording.py": "import importlib\nimportlib.import_module('search.study.folder')\n",
        },
    )
    assert climbs(tmp_path) == [
        "search/__init__.py:1 imports search.settings, from __init__ to settings",
        "search/loop/run.py:2 imports search.outputs.files, from loop to outputs",
        "search/loop/run.py:5 imports search.commands.views, from loop to commands",
        "search/outputs/deep/report.py:1 imports search.loop.run.run, from outputs to loop",
        "search/stray.py is in no room",
        "search/study/store.py:3 imports search.replication.seeds.SeedRuns, from study to replication",
        "search/wording.py:2 imports search.study.folder, from wording to study",
        "search/workers/worker.py:1 imports search.proposals.referee, from workers to proposals",
        "search/workers/worker.py:2 imports search.stray, which is in no room",
    ]


def test_the_walls_leave_no_way_round_in_a_circle():
    """A room may use those of all lower floors, and what BESIDE adds; a circle raises CycleError."""
    may = {
        room: {below for lower in FLOORS[number:] for below in lower}
        for number, rooms in enumerate(FLOORS, start=1)
        for room in rooms
    }
    for room, beside in BESIDE:
        may[room].add(beside)
    assert set(TopologicalSorter(may).static_order()) == set(may)


@pytest.mark.parametrize(("room", "beside"), sorted(BESIDE))
def test_every_door_between_rooms_of_a_floor_is_used(room, beside):
    """Or it is closed again: what nobody needs is not allowed."""
    home = [file for file in (ROOT / "search").rglob("*.py") if room_of(module_of(file, ROOT)) == room]
    if not home:
        pytest.skip(f"search has no {room} yet")
    assert any(f"{name}.".startswith(f"search.{beside}.") for file in home for name, _ in imported(file, ROOT))


def test_every_room_keeps_what_is_its_own():
    assert poachings(ROOT) == []


def test_the_check_of_what_is_a_rooms_own_can_fail(tmp_path):
    write(
        tmp_path,
        {
            "search/commands/run.py": "import typer\nfrom rich.table import Table\n",
            "search/loop/run.py": "import richer\n\ndef show():\n    from rich import table\n",
            "search/workers/worker.py": "from optuna import storages, trial\nimport train.loop\n",
            "search/study/store.py": "from train.loop import train\nimport optuna.storages\n",
        },
    )
    assert poachings(tmp_path) == [
        "search/loop/run.py:4 imports rich.table, which is for commands",
        "search/study/store.py:1 imports train.loop.train, which is for replication, workers",
        "search/workers/worker.py:1 imports optuna.storages, which is for study",
    ]


def write(root, files):
    """Makes a tree of files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_an_exported_file_imports_nothing_of_ours():
    golden = ROOT / "tests" / "results" / "export" / "golden"
    exported = sorted(golden.glob("*.py"))
    assert exported
    for file in exported:
        tops = {name.partition(".")[0] for name, _ in imported(file, golden)}
        assert tops - sys.stdlib_module_names <= {
            "torch",
            "numpy",
            "safetensors",
            "PIL",
        }  # PIL where it reads pictures


def loaded(code, *names):
    """Which of `names` a clean interpreter has loaded after `code`."""
    script = f"import sys\n{code}\nprint([n for n in {names!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return ast.literal_eval(done.stdout.splitlines()[-1])


def modules(package):
    """Dotted names of all modules below the package's folder, itself included."""
    return [module_of(file, ROOT) for file in sorted((ROOT / package).rglob("*.py"))]


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


@pytest.mark.slow
@pytest.mark.parametrize("module", modules("space"))
def test_a_module_of_space_loads_alone(module):
    """None counts on what another has loaded, and none goes round in a circle."""
    assert loaded(f"import {module}", *HEAVY, "numpy", *(OURS - {"space"})) == []


@pytest.mark.slow
def test_what_is_loaded_is_seen():
    assert loaded("import train.model", "torch", "optuna") == ["torch"]


def test_what_a_user_imports_loads_nothing_before_it_is_asked():
    assert loaded("import thimble", *HEAVY, *OURS) == []


def test_the_command_line_starts_without_the_heavy_packages():
    assert loaded("import search.commands.main", *HEAVY, "rich") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "--help"], 0),
        (["run", "--budget", "10"], 2),
        *slow(
            (["--help"], 0),
            (["export", "--help"], 0),
            (["run", "--budget", "8000", "--no-such-option"], 2),
            (["train", "c8 nonsense"], 2),
            (["train", "ladder-3/66"], 2),
            (["no-such-command"], 2),
        ),
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

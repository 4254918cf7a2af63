"""What code that others call never does: print, handle signals, end the process, change torch's own settings, or read
the folder it was started in. Read from the source of everything below `search/commands/`."""

import ast

import pytest

from tests.source import ROOT, definitions, parsed, product

# Which code may do which, and why. A name ends where the function does: what it calls is not allowed by it.
DOORS = {
    ("search/__main__.py", "main", "sys.exit"): "the console script ends with its command's code",
    ("search/workers/stopping.py", "end_with_parent", "signal.signal"): "called by processes of our own alone",
    ("search/workers/worker.py", "Workbench.train", "traceback.print_exc"): "a worker's stderr, for an error of ours",
    ("search/workers/worker.py", "Workbench.train", "sys.stderr"): "the same",
    ("search/workers/ray_cluster.py", "_join", "signal.signal"): "puts back what Ray has taken away",
    (
        "search/outputs/dashboard/beside.py",
        "_serve_beside",
        "sys.stderr",
    ): "a process of its own, whose stderr is a log file",
    ("train/data/download.py", "main", "print"): "a process of its own, whose last line its caller reads",
    ("train/data/download.py", "main", "sys.stderr"): "the same",
    ("train/data/download.py", "", "sys.exit"): "the same",
    ("train/fast/process.py", "prepare", "torch.set_num_threads"): "what a process that trains sets once",
    ("train/fast/process.py", "prepare", "torch.set_flush_denormal"): "the same",
    ("train/fast/process.py", "_one_thread_and_float32", "torch.set_num_threads"): "and what it puts back",
    ("train/fast/process.py", "_one_thread_and_float32", "torch.set_default_dtype"): "the same",
    ("train/fast/process.py", "prepared", "torch.set_flush_denormal"): "the same",
}
CALLS = {
    "print",
    "traceback.print_exc",
    "traceback.print_exception",
    "signal.signal",
    "signal.set_wakeup_fd",
    "sys.exit",
    "os._exit",
    "os.abort",
    "exit",
    "quit",
    "os.getcwd",
    "os.chdir",
    "Path.cwd",
    "Path",
    "pathlib.Path",
    "torch.manual_seed",
    "torch.seed",
}
HERE = {"", ".", "runs"}  # paths that mean the folder in which a command was typed


def dotted(node):
    """Returns `a.b.c` as it is written; None of anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            start = dotted(value)
            return start and f"{start}.{name}"
    return None


def deeds(tree):
    """Yields what a module does that its callers would not want: the function it stands in, the deed, the line."""
    owner = {}
    for name, definition in definitions(tree):
        owner |= dict.fromkeys(ast.walk(definition), name)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=func) if (called := dotted(func)) and (
                called in CALLS or called.startswith(("torch.set_", "torch.use_"))
            ):
                if called.endswith("Path") and (node.args and getattr(node.args[0], "value", None) not in HERE):
                    continue
                yield owner.get(node, ""), called, node.lineno
            case ast.Attribute(attr="stdout" | "stderr" | "__stdout__" | "__stderr__") if (
                name := dotted(node)
            ) and name.startswith("sys."):
                yield owner.get(node, ""), name, node.lineno
            case ast.ImportFrom(module="sys" | "os" | "signal" as module, names=names):
                for alias in names:
                    if f"{module}.{alias.name}" in CALLS or alias.name in ("stdout", "stderr"):
                        yield owner.get(node, ""), f"{module}.{alias.name}", node.lineno
            case ast.Raise(exc=exc) if dotted(getattr(exc, "func", exc)) == "SystemExit":
                yield owner.get(node, ""), "SystemExit", node.lineno
            case ast.Assign(targets=targets):
                for target in targets:
                    if (name := dotted(target)) and name.startswith("torch.backends."):
                        yield owner.get(node, ""), name, node.lineno


def misdeeds(root):
    """Returns what is done below `search/commands/` by code that has no door for it."""
    found = []
    for file in product(root):
        place = file.relative_to(root).as_posix()
        if place.startswith("search/commands/"):
            continue
        found += [
            f"{place}:{line} {name or 'the module'} uses {deed}"
            for name, deed, line in deeds(parsed(file.read_text()))
            if (place, name, deed) not in DOORS
        ]
    return found


def test_nothing_below_the_commands_forgets_its_manners():
    assert misdeeds(ROOT) == []


@pytest.mark.parametrize("door", DOORS, ids=lambda door: " ".join(door))
def test_every_door_is_used(door):
    place, name, deed = door
    assert (name, deed) in {(owner, used) for owner, used, _ in deeds(parsed((ROOT / place).read_text()))}


def test_the_check_can_fail(tmp_path):
    (tmp_path / "search" / "commands").mkdir(parents=True)
    (tmp_path / "search" / "commands" / "run.py").write_text("print('as it may')\n")
    (tmp_path / "search" / "loop.py").write_text(
        "import os, sys, signal, torch\n"
        "from sys import stderr\n"
        "from pathlib import Path\n"
        "RUNS = Path('runs')\n"
        "class Loop:\n"
        "    def run(self, runs: Path = Path(), data=Path('data')):\n"
        "        print('hello', file=sys.stderr)\n"
        "        signal.signal(2, self.run)\n"
        "        torch.set_num_threads(1)\n"
        "        torch.backends.cudnn.benchmark = True\n"
        "        self.print('not ours')\n"
        "        def deep():\n"
        "            os.getcwd() and Path.cwd() and os._exit(1)\n"
        "        raise SystemExit(2)\n"
        "sys.exit(0)\n"
    )
    assert sorted(misdeeds(tmp_path), key=lambda found: int(found.split(":")[1].split()[0])) == [
        "search/loop.py:2 the module uses sys.stderr",
        "search/loop.py:4 the module uses Path",
        "search/loop.py:6 Loop.run uses Path",
        "search/loop.py:7 Loop.run uses print",
        "search/loop.py:7 Loop.run uses sys.stderr",
        "search/loop.py:8 Loop.run uses signal.signal",
        "search/loop.py:9 Loop.run uses torch.set_num_threads",
        "search/loop.py:10 Loop.run uses torch.backends.cudnn.benchmark",
        "search/loop.py:13 Loop.run.deep uses os.getcwd",
        "search/loop.py:13 Loop.run.deep uses Path.cwd",
        "search/loop.py:13 Loop.run.deep uses os._exit",
        "search/loop.py:14 Loop.run uses SystemExit",
        "search/loop.py:15 the module uses sys.exit",
    ]

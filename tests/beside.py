"""A folder as people have it: with modules of their own that are called as ours are."""

NAMES = ("train", "space", "data", "utils")


def make_users_modules(folder):
    """Writes a `train.py`, a `results/` and more, each of which says so on standard error when it is loaded."""
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        (folder / f"{name}.py").write_text(_module(name))
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / "__init__.py").write_text(_module("results"))


def _module(name):
    return f"import sys\n\nOWNER = 'the user'\nprint('the user has their own {name}', file=sys.stderr)\n"

"""`python -m search` and the console script `thimble`: one line and exit code 2 for anything a user can cause.

The process is this program's, and so are the names of its packages: a `train.py` or `results/` in the folder where it
is started is the user's own and stays out of the way. (A `search.py` there is found before this file is, under
`python -m search`; the console script starts from elsewhere.)
"""

import gc
import os
import sys
from importlib.machinery import PathFinder

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OBJECTS = 200_000  # more than before, at which Python looks for rubbish: reading a long study makes many that stay
_PACKAGES = ("search", "space", "train", "results")


def find_ours_first() -> None:
    """Takes the current folder out of the places where modules are looked for, and puts ours in front of any other
    that has a package of the same name. Worker processes inherit the places."""
    try:
        here = os.path.realpath(os.curdir)
    except FileNotFoundError:  # it has been removed, and nothing is found there
        here = None
    if here and here != os.path.realpath(_ROOT):
        sys.path[:] = [place for place in sys.path if os.path.realpath(place or os.curdir) != here]
    specs = [PathFinder.find_spec(name) for name in _PACKAGES]
    if any(spec is None or spec.origin is None or not spec.origin.startswith(_ROOT + os.sep) for spec in specs):
        sys.path.insert(0, _ROOT)


find_ours_first()


def main() -> None:
    """Runs the command line that the process was started with, and ends the process with its exit code."""
    gc.set_threshold(_OBJECTS)
    try:
        from search.commands.main import run_app
        from search.commands.streams import flushed, guard

        guard()
        code = flushed(run_app(sys.argv[1:]))
    except KeyboardInterrupt:  # before or after what can be asked to end
        code = 130
    gc.freeze()  # or Python looks through all objects once more before it ends
    sys.exit(code)


if __name__ == "__main__":
    main()

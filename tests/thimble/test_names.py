"""Our packages and the user's modules bear their names in turn: by calls, callbacks, threads, in pickles."""

import pickle
import subprocess
import sys

import pytest

from tests.beside import make_users_modules

TURNS = """
import sys, threading
from thimble.names import with_ours, with_theirs

def owner():
    import train
    return getattr(train, "OWNER", "us")

assert owner() == "the user"
path = list(sys.path)
with with_ours():
    assert owner() == "us"
    with with_ours():
        with with_theirs():
            assert owner() == "the user"
        assert owner() == "us"
    assert owner() == "us"
assert (owner(), sys.path) == ("the user", path)

inside, leave = threading.Event(), threading.Event()
def call():
    with with_ours():
        inside.set()
        leave.wait()
thread = threading.Thread(target=call)
thread.start()
inside.wait()
with with_ours():  # does not wait for the other's
    assert owner() == "us"
assert owner() == "us"  # the other is within a call
leave.set()
thread.join()
assert (owner(), sys.path) == ("the user", path)
"""
PICKLED = """
import pickle, sys, thimble
import train, space, results
values = thimble.count("zoo/2000"), thimble.zoo()["zoo/2000"], thimble.network("zoo/2000"), thimble.count
sys.stdout.buffer.write(pickle.dumps(values))
"""


@pytest.fixture
def folder(tmp_path):
    make_users_modules(tmp_path)
    return tmp_path


def python(folder, code, **options):
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=False, **options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_names_are_given_back_after_the_last_call_and_for_callbacks(folder):
    python(folder, TURNS)


@pytest.mark.slow
def test_pickles_name_no_module_that_may_be_the_users(folder):
    content = python(folder, PICKLED)
    python(folder, "import pickle, sys; pickle.load(sys.stdin.buffer)[2].eval()", input=content)
    network, zoo, model, count = pickle.loads(content)
    assert network == count("zoo/2000") == zoo.design.architecture
    assert sum(weights.numel() for weights in model.parameters()) == network.parameters


def test_it_is_imported_at_once_and_alone(tmp_path):
    code = (
        "import sys; before = set(sys.modules); import thimble; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = python(tmp_path, code).decode().split()
    assert set(loaded) - set(sys.stdlib_module_names) == {"thimble"}
    assert "multiprocessing" not in loaded


def test_what_it_has_is_what_it_says():
    import thimble

    assert set(thimble.__all__) <= set(dir(thimble))
    for name in thimble.__all__:
        assert getattr(thimble, name).__module__ == "thimble", name
    with pytest.raises(AttributeError, match=r"no attribute 'serach'; it has .*Search"):
        _ = thimble.serach

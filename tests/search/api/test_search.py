"""A search from Python: as scripts, threads and notebooks have it, beside a user's own modules."""

import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import thimble
from tests.beside import make_users_modules
from tests.search.searches import environment
from tests.source import ROOT

HEAD = """
import sys
sys.path.append({root!r})
import tests.search.api.state as mine
import train, thimble
SMALL = dict(data="digits", space="core", epochs=2, pruner="none", warm_start="none", finals=0, workers=1)
"""
# No `if __name__ == "__main__"`: worker processes do not run it again.
SCRIPT = """
import optuna, pickle, random, numpy, torch, warnings
random.seed(1), numpy.random.seed(2), torch.manual_seed(3)
torch.set_num_threads(2), torch.set_default_dtype(torch.float64), torch.set_grad_enabled(False)
torch.set_flush_denormal(True), torch.use_deterministic_algorithms(True)
warnings.simplefilter("error", ResourceWarning)
before = mine.state()

class Watch(thimble.Callback):
    epochs, trials = 0, []
    def on_epoch(self, trial, score):
        import train
        assert train.OWNER == "the user"
        self.epochs += 1
        if self.epochs == 1:
            raise KeyboardInterrupt
    def on_trial(self, record):
        self.trials.append(record.trial)
        search.stop()

search = thimble.Search(2_000, folder="studies/mine", deterministic=True, **SMALL)
watch = Watch()
try:
    search.run(3, callbacks=[watch])
    raise AssertionError("it was not interrupted")
except KeyboardInterrupt:
    pass
assert mine.workers() == []
mine.check(before)
study = search.run(3, callbacks=[watch])  # which asks for the end after the first trial
assert len(watch.trials) < 3
assert len(search.run(3).trials) == 3
mine.check(before)
confirmed = study.confirm(seeds=1, epochs=1)
mine.check(before)
made = study.export("net.py", weights="net.safetensors")
assert made.parameters == study.best.parameters
study.report(), study.leaderboard(), study.optuna.best_trial
mine.check(before)
for value in (study, study.best, confirmed, made, search, study.network(), study.trials):
    pickle.loads(pickle.dumps(value))
mine.check(before)
assert study.optuna.best_value == study.leaderboard().score.max() == max(trial.score for trial in study.trials)
assert pickle.loads(pickle.dumps(study)).best == thimble.load("studies/mine").best == search.best
"""


@pytest.fixture
def folder(tmp_path):
    make_users_modules(tmp_path)
    return tmp_path


def python(folder, *words, code=0, **options):
    """Runs Python in the folder; returns what it prints."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=220, check=False, **options,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert "A new study" not in done.stderr  # as Optuna would announce it
    return done.stdout


def script(folder, text, name="script.py"):
    (folder / name).write_text(HEAD.format(root=str(ROOT)) + text)
    return name


@pytest.fixture
def asked(studied, tmp_path, monkeypatch):
    """What each search of a folder, which has the study of five trials, would go on with."""
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    every = []
    monkeypatch.setattr("search.loop.run.run_search", lambda settings, *_, **__: every.append(settings))
    return every


def change(**settings):
    """Does as a search of others, which goes on with other settings."""
    for file in map(Path, ("runs/digits-2000/settings.json", "runs/digits-2000/told/settings.json")):
        stored = json.loads(file.read_text())
        file.write_text(json.dumps(stored | {"settings": stored["settings"] | settings}))


def test_what_is_not_given_is_as_the_study_has_it_at_each_run(asked):
    """Also of a search that was there before the study, or before somebody changed it."""
    Path("runs").rename("later")
    search = thimble.Search(2_000, "digits", epochs=2, sampler="random")
    Path("later").rename("runs")
    for own in (
        {"target": 0.97, "patience": 5, "pruner": "none"},
        {"target": 0.98, "patience": 7, "pruner": "median"},
    ):
        change(**own, sampler="tpe", warm_start="none", cost_aware=True)
        search.run(5, progress=False)
        found = asked.pop()
        assert {name: getattr(found, name) for name in own} == own
        assert (found.sampler, found.warm_start, found.cost_aware) == ("random", "none", True)
        assert search.settings == found


@pytest.mark.slow
def test_a_script_finds_everything_as_it_was_and_goes_on_after_an_interrupt(folder):
    python(folder, script(folder, SCRIPT))
    assert {path.name for path in folder.iterdir()} >= {"net.py", "net.safetensors", "report.html", "studies"}


LOOKING = """
import warnings, thimble
before = list(warnings.filters)
study = thimble.load("runs/digits-2000")
study.best, study.settings, study.trials, study.front, study.leaderboard(), study.optuna, thimble.count("best")
assert list(warnings.filters) == before
thimble.Search(2_000, "digits", warm_start="net.py:Net")
assert list(warnings.filters) == before
"""
NET = """
from torch import nn
Net = lambda: nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU(),
    nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.BatchNorm2d(16),
    nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 10, 1), nn.Flatten(),
)
"""


@pytest.mark.slow
def test_looking_at_a_study_in_a_new_process_leaves_warnings_as_they_were(tmp_path, studied):
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    (tmp_path / "net.py").write_text(NET)
    python(tmp_path, "-c", LOOKING)


SAME = """
study = thimble.Search(2_000, seed=3, deterministic=True, **SMALL | {"finals": 2}).run(8)
print([[t.trial, t.verdict, t.notation, t.score, list(t.finals)] for t in study.trials])
"""


@pytest.mark.slow
def test_a_search_has_the_same_history_as_the_commands(folder):
    ours = python(folder, script(folder, SAME))
    (folder / "other").mkdir()
    words = ("--budget", "2000", "--dataset", "digits", "--space", "core", "--epochs", "2", "--pruner", "none")
    words += ("--warm-start", "none", "--finals", "2", "--workers", "2", "--seed", "3", "--deterministic", "--json")
    python(folder / "other", "-m", "search", "run", "--trials", "8", *words)
    told = map(json.loads, python(folder / "other", "-m", "search", "table", "--json").splitlines())
    names = ("trial", "verdict", "notation", "score", "finals")
    theirs = sorted([trial[name] for name in names] for trial in told)
    assert ours.strip() == str(theirs)
    assert any(finals for *_, finals in theirs)


ONE = """
def one(folder):
    return len(thimble.Search(2_000, folder=folder, **SMALL | {"epochs": 1}).run(1).trials)
"""
WAYS = {
    "a module": (["-m", "script"], ONE + "print(one('runs/a'))"),
    "standard input": (["-"], ONE + "print(one('runs/a'))"),
    "-c": (["-c"], ONE + "print(one('runs/a'))"),
    "a thread": (
        ["script.py"],
        ONE + "import concurrent.futures as f\nprint(f.ThreadPoolExecutor().submit(one, 'runs/a').result())",
    ),
    "a worker of joblib's": (
        ["script.py"],
        ONE + "import joblib\nprint(*joblib.Parallel(2)([joblib.delayed(one)('runs/a')]))",
    ),
    "a kernel": (["-c"], "del __builtins__.__dict__['exit']\n__name__ = '__main__'\n" + ONE + "print(one('runs/a'))"),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_it_works_in(folder, way):
    words, text = WAYS[way]
    name = script(folder, text)
    if words == ["-c"]:
        words = ["-c", (folder / name).read_text()]
    stdin = (folder / name).read_text() if words == ["-"] else None
    assert python(folder, *words, input=stdin).strip() == "1"


@pytest.mark.slow
def test_it_works_where_warnings_are_errors(folder):
    assert python(folder, "-W", "error", script(folder, ONE + "print(one('runs/a'))")).strip() == "1"


DAEMON = """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        try:
            pool.map(one, ["runs/a"])
        except ValueError as error:
            print(error)
"""


@pytest.mark.slow
def test_a_daemon_is_told_in_a_line_that_it_cannot(folder):
    assert python(folder, script(folder, ONE + DAEMON)).startswith("training starts processes, and a daemon")


TWO = """
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
before = mine.state()
with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(one, ["runs/a", "runs/b"])) == [1, 1]
with ThreadPoolExecutor(2) as pool:
    asked = [pool.submit(one, "runs/c") for _ in range(2)]
    failed = [str(one.exception()) for one in asked if one.exception()]
assert len(failed) == 1 and "study c is being searched by process" in failed[0] and "`folder`" in failed[0], failed
search = thimble.Search(2_000, folder="runs/d", **SMALL)

class Again(thimble.Callback):
    def on_epoch(self, trial, score):
        with suppress(ValueError):
            search.run(1)
            raise AssertionError("it ran twice")

search.run(1, callbacks=[Again()])
mine.check(before)
"""


@pytest.mark.slow
def test_two_at_once_do_not_meet(folder):
    python(folder, script(folder, ONE + "import torch, optuna, scipy.stats" + TWO))


CUT = """
import os, random, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
options = SMALL | {"finals": 2, "workers": 2}
def history(study):
    return [(t.trial, t.verdict, t.notation, t.score, t.finals) for t in study.trials]
whole = history(thimble.Search(2_000, folder="runs/whole", deterministic=True, **options).run(8))
drawn, interrupts = random.Random(0), 0

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

class AtAnEpoch(thimble.Callback):
    def on_epoch(self, trial, score):
        interrupt()

for again in range(6):
    # The first at a known event, so that one comes before the end on any machine; the others anywhere.
    timer = threading.Timer(drawn.uniform(0, 5) if again else threading.TIMEOUT_MAX, interrupt)
    timer.start()
    try:
        cut = thimble.Search(2_000, folder="runs/cut", deterministic=True, **options)
        cut.run(8, callbacks=[] if again else [AtAnEpoch()])
    except KeyboardInterrupt:
        interrupts += 1
        assert mine.workers() == []
    finally:
        timer.cancel()
assert interrupts
assert history(thimble.Search(2_000, folder="runs/cut", deterministic=True, **options).run(8)) == whole
"""


@pytest.mark.slow
def test_interrupted_anywhere_it_leaves_nothing_behind_and_goes_on(folder):
    python(folder, script(folder, CUT))


def test_a_study_is_pickled_beside_a_search_py_of_the_users(studied, tmp_path):
    (tmp_path / "search.py").write_text("raise SystemExit('the user has their own search')")
    script = (
        "import pickle, sys, thimble; study = thimble.load(sys.argv[1]); "
        "print(pickle.loads(pickle.dumps(study)).best.trial == study.best.trial)"
    )
    words = [sys.executable, "-c", f"import sys; sys.path.append({str(ROOT)!r}); {script}"]
    place = studied[0] / "runs" / "digits-2000"
    done = subprocess.run(
        [*words, str(place)], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("patience", ["3", 1.5])
def test_patience_is_a_whole_number(patience):
    with pytest.raises(ValueError, match="`patience` must be a whole number, not"):
        thimble.Search(2_000, "digits", patience=patience)


def test_a_search_says_what_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert repr(thimble.Search(2_000, "digits", folder="runs/mine")) == (
        f"thimble.Search(budget=2000, folder='{tmp_path}/runs/mine')"
    )


def test_what_has_begun_stays_where_it_is_when_the_current_folder_becomes_another(studied, tmp_path, monkeypatch):
    shutil.copytree(studied[0] / "runs", tmp_path / "first place" / "runs")
    (tmp_path / "second").mkdir()
    monkeypatch.chdir(tmp_path / "first place")
    Path("own.toml").write_text('base = "wide"\noptimizer = "adamw"\n')
    search = thimble.Search(2_000, "digits", folder="runs/digits-2000", epochs=2, workers=1)
    own = thimble.Search(2_000, "digits", folder="runs/own", space="own.toml")
    study, best = thimble.load("runs/digits-2000"), search.best
    monkeypatch.chdir(tmp_path / "second")
    assert search.run(5, progress=False).best == best  # it has five trials, and trains none
    assert study.best == search.best == pickle.loads(pickle.dumps(search)).best == best
    assert pickle.loads(pickle.dumps(study)).trials == study.trials
    with pytest.raises(ValueError, match="`trials` must be at least 1"):  # and not that own.toml cannot be read
        own.run(0)
    with pytest.raises(ValueError, match=r"there is no study in .*/first place/runs/own; the nearest is"):
        own.best  # noqa: B018
    assert list(Path.cwd().iterdir()) == []

"""What Thimble finds from a cold start beside what another way of searching finds, in the same time on two cores.

The protocol that `benchmarks.against_optuna` and its likes share. Both search in turn, in pairs of one seed, of which
now the one and now the other is first, each as a command of its own and nothing beside it; with `--together` both of
a pair search at the same time, so that what slows the machine slows both. Winners are confirmed by one protocol:
trained on all training images with fresh seeds, each by its own recipe, scored on the test images after every epoch;
the last five epochs count, and nothing is chosen by them. A search that is over is kept in the folder, and so is each
training of a confirmation, so that the same command goes on where it was.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.against_chart import Dot, chart
from benchmarks.against_table import csv_of, table
from benchmarks.record import record
from results.findings.selection import NothingFinished
from search.replication.confirm import confirm
from search.replication.replication import Replication
from search.study.designs import find_trial
from search.study.reading import read_records
from search.workers.stopping import Stop
from space.architecture import Architecture
from space.design import Design
from space.recipe import Recipe
from train.data.dataset import Dataset, open_dataset
from train.data.preparation import Preparation

ROOT = Path(__file__).resolve().parents[1]
LAST_EPOCHS = 5
# Options that a search is kept with.
_SAME = ("budget", "epochs", "workers", "trials", "limit_images", "precision", "together")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        notation: Of the network that it holds for the best.
        recipe: By which that is trained, as JSON.
        score: What the search believes of it, a share of the images it held out.
        trained: How many designs it trained to the end.
        begun: How many it began to train and ended early.
        rejected: How many it proposed that were over the budget.
        seconds: From start to end of its command.
    """

    notation: str
    recipe: dict[str, Any]
    score: float
    trained: int
    begun: int
    rejected: int
    seconds: float

    @property
    def design(self) -> Design:
        return Design(Architecture.parse(self.notation), Recipe.from_json(self.recipe))


@dataclass(frozen=True, slots=True)
class Side:
    """A way of searching. search: what it finds in a new folder of its own, with a seed."""

    name: str
    search: Callable[[Path, int, argparse.Namespace], Found]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Returns the options that every comparison has."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data-dir", type=Path, required=True, help="with MNIST/raw")
    made.add_argument("--folder", type=Path, required=True, help="that keeps what is done; the same one goes on")
    made.add_argument("--minutes", type=float, default=30, help="of each search (default: 30)")
    made.add_argument("--repeats", type=int, default=3, help="pairs of searches (default: 3)")
    made.add_argument("--first-seed", type=int, default=0)
    made.add_argument("--budget", type=int, default=8000)
    made.add_argument("--epochs", type=int, default=15, help="of a training (default: 15)")
    made.add_argument("--workers", type=int, default=2, help="processes of one thread each (default: 2)")
    made.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of our searches (default: fp32)")
    made.add_argument("--together", action="store_true", help="search a pair at the same time, each with --workers")
    made.add_argument("--confirm", type=int, default=5, metavar="SEEDS", help="of each winner (default: 5)")
    made.add_argument(
        "--warm", action="store_true", help="ours from the zoo too, as `run` begins where nothing is said"
    )
    made.add_argument("--trials", type=int, metavar="N", help="end when N designs are trained, for a first try")
    made.add_argument(
        "--limit-images", type=int, metavar="N", help="N to train on and N to test with, for a first try"
    )
    made.add_argument("--out", type=Path, help="write the chart to OUT.svg and the figures to OUT.csv")
    return made


def compare(name: str, rival: Side, options: argparse.Namespace) -> None:
    """Searches, confirms, prints a table, and keeps a line, a chart and a file of the figures."""
    options.data_dir, options.folder = options.data_dir.resolve(), options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    compile_engine(options)
    sides = [COLD, rival, *([WARM] if options.warm else [])]
    rows: list[dict[str, Any]] = []
    for repeat in range(options.repeats):
        seed = options.first_seed + repeat
        in_turn = sides[repeat % len(sides) :] + sides[: repeat % len(sides)]
        with ThreadPoolExecutor(len(sides) if options.together else 1) as searches:
            pair = list(searches.map(partial(searched, seed=seed, options=options), in_turn))
        for side, found in zip(in_turn, pair, strict=True):
            tell(f"{side.name}, seed {seed}: {found.notation}, {found.score:.2%} held out, {counts(found)}")
            scores = confirmed(found.design, options)
            rows.append(row(side, seed, found, scores))
            tell(f"{side.name}, seed {seed}: {fmean(scores):.3%} on the test images, seeds {percents(scores)}")
    rows.sort(key=lambda one: ([side.name for side in sides].index(one["side"]), one["seed"]))
    print("\n".join(table(rows)), flush=True)
    record(name, options, searches=rows)
    if options.out:
        options.out.with_suffix(".svg").write_text(chart_of(rows, options))
        options.out.with_suffix(".csv").write_text(csv_of(rows))


def compile_engine(options: argparse.Namespace) -> None:
    """Compiles our engine unless it is, which is done once an installation."""
    program = f"from train.fast.ready import make_ready; list(make_ready({options.precision!r}))"
    seconds = run(["-c", program], options.folder)
    tell(f"our engine is compiled, which is no part of the searches: {seconds:.0f} s")


def searched(side: Side, seed: int, options: argparse.Namespace) -> Found:
    """Returns what the side's search with that seed found, which is kept; one that was cut off begins anew."""
    folder = options.folder / f"{side.name} {seed} {options.minutes:g} minutes".replace(" ", "-")
    kept, asked = folder / "found.json", {name: getattr(options, name) for name in _SAME}
    if kept.exists():
        found = json.loads(kept.read_text())
        check_same(found.pop("options", None), asked, folder)
        return Found(**found)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    tell(f"{side.name}, seed {seed}: searching for {options.minutes:g} minutes")
    found = side.search(folder, seed, options)
    kept.write_text(json.dumps(asdict(found) | {"options": asked}))
    return found


def check_same(before: dict[str, Any] | None, asked: dict[str, Any], folder: Path) -> None:
    """Ends with a line where a search was kept with other options; what was not kept with it had its default."""
    defaults = parser(None)
    before = {name: defaults.get_default(name) for name in _SAME} | (before or {})
    for name, value in asked.items():
        if before[name] != value:
            before_and_now = f"--{name.replace('_', '-')} {before[name]}, not {value}"
            raise SystemExit(f"{folder} has a search with {before_and_now}; take another --folder")


def confirmed(design: Design, options: argparse.Namespace) -> list[float]:
    """Returns the test accuracy of each seed, the mean of its last epochs."""
    replication = Replication(
        source=images(options), seeds=options.confirm, last_epochs=min(LAST_EPOCHS, design.recipe.epochs),
        workers=options.workers, device="cpu", precision="fp32", runs=options.folder / "confirmed",
    )  # fmt: skip
    return confirm(design, replication, name="the winner", stop=Stop(), say=tell).scores


def images(options: argparse.Namespace) -> Dataset:
    preparation = Preparation(limit=options.limit_images)
    return open_dataset("mnist", options.data_dir, required=True, preparation=preparation)


def run(words: Sequence[str], folder: Path, python: str = sys.executable) -> float:
    """Runs a Python command in the folder, with its output to a file there; returns its seconds."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    began = time.monotonic()
    with (folder / "output.txt").open("w") as output:
        done = subprocess.run(
            [python, *words], cwd=folder, env={**os.environ, "PYTHONPATH": path},
            stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed; {folder / 'output.txt'} says why")
    return time.monotonic() - began


def careful(
    words: Sequence[str],
    folder: Path,
    seed: int,
    options: argparse.Namespace,
    design_of: Callable[[dict[str, Any], int], Design],
    python: str = sys.executable,
) -> Found:
    """Runs a careful person's search in the folder, whose script leaves `best.json` there.

    words: The script, and where its images are. design_of: what its choices are in our terms, for so many epochs.
    python: of an environment that has what the script needs.
    """
    asked = [
        *words, "--folder", str(folder), "--budget", str(options.budget), "--minutes", f"{options.minutes:g}",
        "--epochs", str(options.epochs), "--seed", str(seed), "--workers", str(options.workers),
    ]  # fmt: skip
    for name, given in (("--trials", options.trials), ("--limit-images", options.limit_images)):
        asked += [name, str(given)] if given else []
    seconds = run(asked, folder, python)
    best = json.loads((folder / "best.json").read_text())
    design = design_of(best["choices"], options.epochs)
    assert design.architecture.parameters == best["parameters"]
    return Found(
        notation=design.architecture.notation, recipe=design.recipe.to_json(), score=best["score"],
        trained=best["trained"], begun=best["pruned"], rejected=best["rejected"], seconds=seconds,
    )  # fmt: skip


def ours(*words: str) -> Callable[[Path, int, argparse.Namespace], Found]:
    """Returns a search of ours with these words more."""

    def search(folder: Path, seed: int, options: argparse.Namespace) -> Found:
        limit = ("--limit-images", str(options.limit_images)) if options.limit_images else ()
        seconds = run(
            [
                "-m", "search", "run", "--budget", str(options.budget), "--dataset", "mnist", "--study", "ours",
                "--data-dir", str(options.data_dir), *limit, "--seed", str(seed), *words,
                "--timeout", f"{60 * options.minutes:g}", "--trials", str(options.trials or 100_000),
                "--epochs", str(options.epochs), "--workers", str(options.workers), "--device", "cpu",
                "--precision", options.precision,
            ],
            folder,
        )  # fmt: skip
        try:
            best = find_trial("best", "ours", folder / "runs")
        except NothingFinished as error:
            raise SystemExit(f"{error}; ask for more --minutes, or --limit-images") from None
        records, design = read_records(best.folder), best.record.design
        verdicts = [one.verdict for one in records]
        return Found(
            notation=design.architecture.notation, recipe=design.recipe.to_json(), score=best.record.accuracy,
            trained=verdicts.count("trained"), begun=verdicts.count("pruned"), rejected=verdicts.count("rejected"),
            seconds=seconds,
        )  # fmt: skip

    return search


COLD = Side("Thimble", ours("--warm-start", "none"))
WARM = Side("Thimble from its zoo", ours("--warm-start", "zoo"))


def row(side: Side, seed: int, found: Found, scores: list[float]) -> dict[str, Any]:
    return {
        "side": side.name,
        "seed": seed,
        "test": fmean(scores),
        "test_by_seed": scores,
        "held_out": found.score,
        "parameters": found.design.architecture.parameters,
        "trained": found.trained,
        "ended_early": found.begun,
        "rejected": found.rejected,
        "seconds": round(found.seconds, 1),
        "network": found.notation,
        "recipe": found.recipe,
    }


def counts(found: Found) -> str:
    return (
        f"{found.trained} trained, {found.begun} ended early, {found.rejected} rejected, {found.seconds / 60:.1f} min"
    )


def percents(scores: list[float]) -> str:
    return " ".join(f"{100 * score:.2f}" for score in scores)


def tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def chart_of(rows: list[dict[str, Any]], options: argparse.Namespace) -> str:
    title = (
        f"Test accuracy after {options.minutes:g} minutes on {options.workers} cores, "
        f"at most {options.budget:,} parameters"
    )
    dots = [Dot(one["side"], [100 * score for score in one["test_by_seed"]]) for one in rows]
    return chart(title, dots)

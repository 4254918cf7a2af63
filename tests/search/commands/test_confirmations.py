"""Confirmations for people and as JSON: the figures are those of the value, the words those that scripts know."""

from dataclasses import replace
from statistics import fmean

import pytest

import thimble
from results.findings.confirmation import Confirmation, SeedRun
from search.commands.confirmations import (
    confirmation_lines,
    confirmation_objects,
    reproduction_lines,
    reproduction_objects,
)
from search.commands.interrupted import interrupted
from search.replication.replication import Interrupted
from search.replication.reproduce import Reproduction, preferred_design
from search.workers.stopping import Stop
from space.architecture import Architecture
from space.design import Design
from space.known.references import REFERENCES
from space.recipe import PLAIN_RECIPE
from tests.command_pages import commands

GOOD = SeedRun(seed=1001, accuracies=(0.5, 0.9912, 0.9934), training_accuracies=(0.4, 0.97, 0.98), seconds=12.6)
BAD = SeedRun(
    seed=1002,
    accuracies=(0.6, 0.9941),
    training_accuracies=(0.5, 0.975),
    seconds=7.2,
    diverged="the loss is nan in epoch 3",
)
ONE = Confirmation(runs=(GOOD,), epochs=3, last_epochs=2)
TWO = Confirmation(runs=(GOOD, BAD), epochs=3, last_epochs=2)
DESIGN = Design(Architecture.parse("c4 relu gap c10k1"), PLAIN_RECIPE)
SEED = "seed 1001  test accuracy 99.230 % over the last 2 epochs (99.12 to 99.34), training 97.50 %, 13 s"


def test_seeds_of_which_one_diverged():
    assert confirmation_lines(TWO, images=10_000, target=0.994, search_score=0.9899) == [
        SEED,
        "seed 1002  test accuracy 49.705 % over the last 2 epochs (0.00 to 99.41), training 48.75 %, 7 s; "
        "diverged: the loss is nan in epoch 3",
        "74.468 % of 10,000 test images, mean of 2 seeds (95 % interval 0.00 to 100.00 %), over the last 2 epochs; "
        "nothing was chosen by it",
        "worst of these epochs 0.00 %; 99.40 % held in each of them in 0 of 2 seeds",
        "the search's score was 98.99 %, on held-out images after training on the others: confirmed "
        "24.52 points below it",
    ]


def test_one_seed_has_the_interval_of_the_images():
    assert confirmation_lines(ONE, images=10_000, target=0.5, search_score=None) == [
        SEED,
        "99.230 % of 10,000 test images, mean of 1 seed (95 % interval 99.04 to 99.38 %), over the last 2 epochs; "
        "nothing was chosen by it",
        "worst of these epochs 99.12 %; 50.00 % held in each of them in 1 of 1 seed",
    ]


def test_no_seed_reads_as_holding_a_target_that_it_does_not_hold():
    one = replace(ONE, runs=(replace(GOOD, accuracies=(0.5, 0.99399, 0.9939996)),))
    seed, reached, worst = confirmation_lines(one, images=250_000, target=0.994, search_score=None)
    assert "test accuracy 99.399 % over the last 2 epochs (99.399 to 99.39996)" in seed
    assert reached.startswith("99.399 % of ")
    assert worst == "worst of these epochs 99.399 %; 99.40 % held in each of them in 0 of 1 seed"


def test_a_seed_that_reaches_the_target_and_no_more_holds_it():
    """The default target as it is typed, of MNIST's test images: in floats 99.4 / 100 is more than 9940 / 10000."""
    one = replace(ONE, runs=(replace(GOOD, accuracies=(0.5, 0.994, 0.994)),))
    assert 99.4 / 100 > 0.994
    *_, worst = confirmation_lines(one, images=10_000, target=99.4 / 100, search_score=None)
    assert worst == "worst of these epochs 99.40 %; 99.40 % held in each of them in 1 of 1 seed"


def test_training_accuracy_is_of_as_many_epochs_as_test_accuracy():
    run = SeedRun(seed=1, accuracies=(0.7, 0.77, 0.84), training_accuracies=(0.1, 0.2, 0.9), seconds=1.0)
    one = Confirmation(runs=(run,), epochs=3, last_epochs=3)
    line, *_ = confirmation_lines(one, images=10_000, target=None, search_score=None)
    assert line == "seed 1  test accuracy 77.000 % over the last 3 epochs (70.00 to 84.00), training 40.00 %, 1 s"


def test_the_objects_have_the_same_figures():
    first, second, summary = confirmation_objects(TWO, DESIGN, images=10_000, target=0.994, search_score=0.9899)
    assert first == {"seed": 1001, "test_accuracy": [0.5, 0.9912, 0.9934], "diverged": None}
    assert second == {"seed": 1002, "test_accuracy": [0.6, 0.9941], "diverged": "the loss is nan in epoch 3"}
    assert list(summary) == [
        *("last5_mean", "deviation", "ci95", "estimate", "worst_seed", "worst_epoch", "target", "held", "seeds"),
        *("hold", "parameters", "notation", "recipe", "search_score"),
    ]
    assert summary["ci95"] == pytest.approx([0.74468 - 3.14637, 0.74468 + 3.14637], abs=1e-4)
    assert (summary["worst_seed"], summary["worst_epoch"]) == (pytest.approx(0.49705), 0.0)


@pytest.mark.parametrize("one", [ONE, TWO])
@pytest.mark.parametrize("images", [297, 10_000])
def test_the_objects_and_the_lines_have_one_interval(one, images):
    *_, summary = confirmation_objects(one, DESIGN, images=images, target=None)
    estimate = summary["estimate"]
    low, high = estimate["ci95"]
    assert (estimate["of"], estimate["images"], estimate["trainings"]) == ("confirmed", images, len(one.runs))
    assert 0 <= low < fmean(one.scores) == estimate["accuracy"] < high <= 1
    said = " ".join(confirmation_lines(one, images=images, target=None, search_score=None))
    assert f"(95 % interval {100 * low:.2f} to {100 * high:.2f} %)" in said


def test_a_seed_that_diverged_is_said_beside_the_verdict_that_it_makes():
    reference = REFERENCES["ladder-3/6"]
    again = Reproduction(reference=reference, own=TWO, preferred=ONE, images=10_000, dataset="mnist")
    lines = reproduction_lines(again)
    said = lines.index("seed 1002 diverged: the loss is nan in epoch 3")
    assert lines[said - 1].endswith("99.34 to 99.34")
    assert lines[said + 1].startswith("within noise of what was published: 74.47 % here")
    assert len([line for line in lines if "diverged" in line]) == 1
    assert not [line for line in reproduction_lines(replace(again, own=ONE)) if "diverged" in line]
    assert reproduction_lines(replace(again, own=ONE, preferred=TWO))[-1] == lines[said]


def test_only_what_was_published_is_judged():
    reference = REFERENCES["ladder-3/6"]
    again = Reproduction(reference=reference, own=ONE, preferred=ONE, images=10_000, dataset="mnist")
    _, own, _, ours = reproduction_objects(again)
    assert own["published_last5"] == pytest.approx(sum(reference.test_curve[13:15]) / 2)  # as many as count in ours
    assert own["verdict"].startswith("NOT within noise")
    assert own["recipe"] == reference.recipe.to_json()
    assert (ours["whose_recipe"], ours["recipe"]) == ("preferred", preferred_design(reference).recipe.to_json())
    assert not ours.keys() & {"published_last5", "verdict"}


def test_the_help_says_that_as_many_last_epochs_count_as_in_the_study():
    """As the docstring of `thimble.confirm` does; of a study with a `--hold` of its own they are no third."""
    option = next(one for one in commands()["confirm"].params if one.name == "last_epochs")
    assert "default: the study's, or the last third, 5 at most" in option.help
    assert "as in the study" in (thimble.confirm.__doc__ or "")


@pytest.mark.parametrize(("signal", "code"), [(2, 130), (15, 143)])
def test_an_interrupted_command_says_how_far_it_came_and_ends_with_the_signals_code(capsys, signal, code):
    stop = Stop()
    stop.signal = signal
    assert interrupted(Interrupted(3, 18), stop, training="training") == code
    assert capsys.readouterr() == ("", "3 of 18 trainings done; the same command goes on\n")

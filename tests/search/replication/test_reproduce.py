"""Published designs, trained again: beside their logs, and whether noise explains what is different."""

from dataclasses import replace

import pytest

from results.findings.confirmation import Confirmation, SeedRun
from search.commands.confirmations import reproduction_objects, verdict
from search.commands.main import run_app
from search.replication.reproduce import Reproduction, compare, preferred_design
from space.known.references import REFERENCES
from space.recipe import DEFAULT_RECIPE

REFERENCE = replace(REFERENCES["ladder-3/6"], published_last5=0.9943)


def confirmation(*levels):
    """Five epochs at one accuracy, of a seed each."""
    runs = tuple(
        SeedRun(seed=n, accuracies=(level,) * 5, training_accuracies=(level,) * 5, seconds=1.0)
        for n, level in enumerate(levels)
    )
    return Confirmation(runs=runs, epochs=5, last_epochs=5)


@pytest.mark.slow
def test_a_published_design_stands_beside_its_log(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ("reproduce", "ladder-3/6", "--dataset", "digits", "--seeds", "1", "--workers", "2", "--no-preferred")
    assert run_app(list(arguments)) == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if line[:5].strip().isdigit()]
    assert [row[1] for row in rows] == [f"{100 * a:.2f}" for a in REFERENCES["ladder-3/6"].test_curve[:15]]
    assert "NOT within noise" in out
    assert "what was published is of MNIST, not of digits" in out


def test_noise_is_that_of_one_run_against_the_mean_of_ours():
    ours = [confirmation(level, level) for level in (0.9943, 0.9937, 0.9953, 0.9954)]
    assert [compare(REFERENCE, one).within_noise for one in ours] == [True, True, False, False]
    spread = confirmation(0.993, 0.995)
    agreement = compare(replace(REFERENCE, published_last5=0.9970), spread)
    assert agreement.within_noise
    assert agreement.difference == pytest.approx(0.994 - 0.997)
    assert compare(replace(REFERENCE, published_last5=None), spread) is None


def test_the_verdict_says_in_points_what_the_comparison_says_in_shares():
    words = verdict(compare(REFERENCE, confirmation(0.9954, 0.9954)))
    assert words == (
        "NOT within noise of what was published: 99.54 % here, 99.43 % there, +0.11 points; noise is 0.10"
    )
    assert verdict(compare(REFERENCE, confirmation(0.9943, 0.9943))).startswith("within noise of")
    assert verdict(None) == "the published run has no log to compare with"


def test_our_recipe_lasts_as_long_as_the_published_one():
    design = preferred_design(REFERENCE)
    assert design.architecture == REFERENCE.design.architecture
    assert design.recipe == replace(DEFAULT_RECIPE, epochs=REFERENCE.recipe.epochs)


def test_the_published_epochs_are_as_many_as_ours():
    """A log of nineteen epochs by its last ones; what is longer than the log by nothing."""
    long = REFERENCES["ladder-0/3"]
    assert long.recipe.epochs == len(long.test_curve) == 19
    ours = confirmation(0.99, 0.99)
    assert compare(long, ours).published == pytest.approx(sum(long.test_curve[-5:]) / 5)
    assert compare(long, replace(ours, last_epochs=2)).published == pytest.approx(sum(long.test_curve[-2:]) / 2)
    assert compare(REFERENCE, replace(ours, last_epochs=2)).published == pytest.approx(
        sum(REFERENCE.test_curve[13:15]) / 2
    )
    assert compare(replace(long, test_curve=long.test_curve[:15]), ours) is None
    few = replace(ours, last_epochs=2)
    again = Reproduction(reference=long, own=few, preferred=None, images=10_000, dataset="mnist")
    *_, said = reproduction_objects(again)
    assert said["published_last5"] == compare(long, replace(ours, last_epochs=2)).published != long.published_last5

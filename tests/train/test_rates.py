"""Times that are predicted, of machines that are made up."""

import random
from statistics import median

import pytest

from space.work import KINDS, work
from tests.amounts import slow
from train.calibration import designs
from train.rates import USUAL, USUAL_OF_GPU, Rates


def machine(*, faster=1.0, seed=0, apart=2.0):
    """A machine whose rates are the usual ones times a factor each, up to so many times more or less."""
    rng = random.Random(seed)
    return Rates({kind: rate * apart ** rng.uniform(-1, 1) / faster for kind, rate in USUAL.seconds.items()})


def timings(rates, count, *, seed=0, noise=0.05):
    rng = random.Random(seed)
    done = [work(design, images=4096, held_out=800) for design, _ in designs(count, seed=seed)]
    return [(counts, rates.of(counts) * (1 + rng.uniform(-noise, noise))) for counts in done]


def errors(rates, truth):
    return sorted(abs(rates.of(done) / seconds - 1) for done, seconds in timings(truth, 50, seed=1, noise=0))


@pytest.mark.parametrize("seed", [0, *slow(1, 2)])
@pytest.mark.parametrize("apart", [1.0, 3.0])
def test_fifty_designs_are_predicted_within_a_fifth(seed, apart):
    truth = machine(faster=5.0, seed=seed, apart=apart)
    found = errors(USUAL.fitted(timings(truth, 28)), truth)
    assert median(found) < 0.05
    assert found[44] < 0.2
    assert median(errors(USUAL, truth)) > 1, "the usual rates do not say so"


def test_a_machine_is_learned_from_the_designs_that_it_trained():
    """As on a GPU, where launches take the time: after a few designs what is usual elsewhere matters little."""
    truth = USUAL_OF_GPU
    few, more = (errors(USUAL.fitted(timings(truth, count)), truth) for count in (4, 24))
    assert median(more) < median(few)
    assert median(more) < 0.2


def test_one_timing_makes_all_faster_together_and_none_changes_nothing():
    ((done, seconds),) = timings(machine(faster=3.0, apart=1.0), 1, noise=0)
    fitted = USUAL.fitted([(done, seconds)])
    assert fitted.of(done) == pytest.approx(seconds)
    assert fitted.seconds["dense"] == pytest.approx(USUAL.seconds["dense"] / 3)
    assert USUAL.fitted([]) is USUAL
    assert USUAL.fitted([({}, 1.0)]) is USUAL


@pytest.mark.parametrize("changed", [{"dense": 0.0}, {"dense": float("nan")}, {"sponge": 1.0}], ids=str)
def test_what_are_no_rates_are_refused(changed):
    with pytest.raises(ValueError, match="rates are seconds"):
        Rates(dict.fromkeys(KINDS, 1e-9) | changed)


def test_designs_to_measure_by_do_every_kind_of_work():
    counted = [work(design, images=100, held_out=0) for design, _ in designs()]
    assert all(sum(counts.get(kind, 0) > 0 for counts in counted) >= 2 for kind in KINDS)

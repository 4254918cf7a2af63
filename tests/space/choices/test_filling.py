"""Several limits at once: every proposal keeps to all, and most of them fill the parameters."""

import random
import statistics

import pytest

from space.choices.augment_sets import default_augment
from space.choices.choices import draw, guess
from space.choices.encoding import design_from
from space.design import Budget
from space.task import DIGITS
from tests.amounts import soak
from tests.space.tasks import COLOUR, LARGE, OBLONG, name

pytestmark = pytest.mark.no_cover

SEVERAL = [
    Budget(parameters=8_000, macs=1_000_000, activation_bytes=40_000),
    Budget(parameters=8_000, macs=600_000, activation_bytes=30_000),
    Budget(parameters=4_000, macs=500_000, activation_bytes=30_000),
    Budget(parameters=2_000, macs=300_000, activation_bytes=25_000),
    Budget(parameters=15_000, macs=1_000_000, activation_bytes=50_000),
    Budget(parameters=8_000, macs=3_000_000, activation_bytes=25_000),
    Budget(parameters=8_000, macs=400_000, activation_bytes=200_000),
]
OTHERS = [
    (COLOUR, Budget(parameters=20_000, macs=2_000_000, activation_bytes=60_000)),
    (LARGE, Budget(parameters=50_000, macs=8_000_000, activation_bytes=250_000)),
    (OBLONG, Budget(parameters=8_000, macs=700_000, activation_bytes=40_000)),
]


def words(budget):
    return "-".join(map(str, budget.limits().values()))


def check(space, budget, task, count, rivals):
    """Holds first guesses against the best of random designs: of those whose widths are drawn, and of those made to
    fit."""
    augment = default_augment(task)

    def made(values):
        return design_from(values, space="wide", budget=budget, epochs=15, task=task)

    rng = random.Random(1)
    proposals = [made(guess(space, "inside", rng, task=task, augment=augment)) for _ in range(count)]
    assert all(budget.allows(design.architecture) for design in proposals)
    known = {design.fingerprint for design in proposals}
    assert count <= 1.1 * len(known)
    ways = ("inside", "plain")
    drawn = [made(draw(space, ways[number % 2], rng, task=task, augment=augment)) for number in range(rivals)]
    most = max(one.architecture.parameters for one in drawn if budget.allows(one.architecture))
    filled = statistics.median(design.architecture.parameters for design in proposals)
    assert filled >= 0.9 * most, f"{filled} in the median, {most} at most"


@pytest.mark.parametrize("space", ["core", "wide"])
@pytest.mark.parametrize("budget", SEVERAL[:1], ids=words)
def test_proposals_under_three_limits_keep_to_them_and_fill_the_parameters(space, budget):
    check(space, budget, DIGITS, 100, 60)


@pytest.mark.slow
@pytest.mark.parametrize("space", ["core", "wide"])
@pytest.mark.parametrize("budget", SEVERAL, ids=words)
def test_thousands_of_proposals_under_three_limits_keep_to_them_and_fill_the_parameters(space, budget):
    check(space, budget, DIGITS, soak("PROPOSALS", 60), soak("RIVALS", 60))


@pytest.mark.slow
@pytest.mark.parametrize(("task", "budget"), OTHERS, ids=[name(task) for task, _ in OTHERS])
def test_proposals_for_other_images_fill_the_parameters(task, budget):
    check("wide", budget, task, soak("PROPOSALS", 60), soak("RIVALS", 60))


def test_a_limit_that_does_not_bind_changes_nothing():
    rng, loose = random.Random(4), Budget(parameters=8_000, macs=10**9, activation_bytes=10**9)
    for number in range(40):
        values = draw(("core", "wide")[number % 2], "inside", rng, task=DIGITS, augment="digits")
        plain = design_from(values, space="wide", budget=Budget(parameters=8_000), epochs=15, task=DIGITS)
        assert design_from(values, space="wide", budget=loose, epochs=15, task=DIGITS) == plain


def test_the_same_values_are_the_same_design():
    rng = random.Random(5)
    for number in range(30):
        values = draw(("core", "wide")[number % 2], "inside", rng, task=DIGITS, augment="digits")
        budget = Budget(
            parameters=8_000, macs=rng.choice((200_000, 10**6, 10**7)), activation_bytes=rng.randint(21_000, 90_000)
        )
        one, other = (
            design_from(dict(values), space="wide", budget=budget, epochs=15, task=DIGITS) for _ in range(2)
        )
        assert one == other

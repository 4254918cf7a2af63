"""How small networks of a space of somebody's own become: never smaller than it lets them."""

import random
from statistics import median

import pytest

from space.architecture import Architecture
from space.choices.blueprint import blueprint_of
from space.choices.choices import draw, guess
from space.choices.encoding import design_from
from space.choices.reach import check_reach, least
from space.choices.search_space import BadSpace
from space.choices.smallest import narrowest
from space.choices.stages import Stages
from space.design import Budget
from space.invalid import InvalidDesign
from space.task import DIGITS
from tests.amounts import soak
from tests.space.choices.spaces import random_space
from tests.space.choices.test_own_reading import read

DEEP = """
forms = ["stages"]
stages = 3
blocks_1 = 2
blocks_2 = 2
blocks_3 = { low = 1, high = 2 }
block = "separable"
"""


@pytest.mark.parametrize("budget", [1500, 2500, 8000])
def test_what_is_fixed_stays_whatever_the_budget(budget):
    rng, space, over = random.Random(2), read(DEEP), 0
    for _ in range(40):
        values = draw(space, "inside", rng, task=DIGITS, augment="digits")
        limits = Budget(parameters=budget)
        network = design_from(values, space=space, budget=limits, epochs=1, task=DIGITS).architecture
        over += not limits.allows(network)
        form = blueprint_of(network)[0].form
        assert isinstance(form, Stages)
        assert (form.stages, form.blocks_1, form.blocks_2) == (3, 2, 2)
        assert form.blocks_3 in (1, 2)
    assert over == 0


@pytest.mark.slow
def test_the_smallest_network_keeps_to_the_space():
    space = read(DEEP)
    smallest = least(space, Budget(parameters=1), DIGITS)
    rng = random.Random(3)
    for _ in range(100):
        values = draw(space, "inside", rng, task=DIGITS, augment="digits")
        budget = Budget(parameters=smallest.parameters)
        network = design_from(values, space=space, budget=budget, epochs=1, task=DIGITS).architecture
        assert network.parameters == smallest.parameters
    assert least(read(""), Budget(parameters=1), DIGITS).parameters <= narrowest(DIGITS).parameters


def test_under_another_limit_the_smallest_is_so_in_that():
    space = read(DEEP)
    few = least(space, Budget(parameters=10**6, macs=1), DIGITS)
    assert few.macs < least(space, Budget(parameters=1), DIGITS).macs


def test_plain_widths_are_no_narrower_than_is_said():
    space = read(
        "templates = ['c? relu mp']\nforms = ['template']\nwidth = { low = 12, high = 20 }\nwidth_free_1 = [15, 16]"
    )
    assert least(space, Budget(parameters=1), DIGITS, plain=True) == Architecture.parse("c15 relu mp gap c10k1")
    assert least(space, Budget(parameters=1), DIGITS) == Architecture.parse("c4 relu mp gap c10k1")


def test_a_budget_that_nothing_meets_is_refused_with_the_smallest():
    space = read(DEEP)
    smallest = least(space, Budget(parameters=1), DIGITS).parameters
    check_reach(space, Budget(parameters=smallest), DIGITS, plain=False)
    with pytest.raises(InvalidDesign, match=f"search space my meets .*the smallest that was found has {smallest:,}$"):
        check_reach(space, Budget(parameters=smallest - 1), DIGITS, plain=False)


def test_a_template_that_is_too_large_is_named_with_its_line():
    space = read("templates = [\n'c? relu mp',\n'c? flatten fc?',\n]")
    check_reach(space, Budget(parameters=30_000), DIGITS, plain=False)
    with pytest.raises(BadSpace, match=r"line 3: .*no network within 8,000 parameters; the narrowest has 27,076$"):
        check_reach(space, Budget(parameters=8_000), DIGITS, plain=False)


def check_proposals(spaces, each):
    """Proposals of generated spaces under three limits that the smallest network of each meets."""
    rng, filled = random.Random(11), []
    for _ in range(spaces):
        space, task = random_space(rng, DIGITS), DIGITS
        few = least(space, Budget(parameters=1, macs=1, activation_bytes=1), task)
        budget = Budget(
            parameters=int(few.parameters * rng.uniform(1, 8)),
            macs=int(few.macs * rng.uniform(1, 8)),
            activation_bytes=int(few.activation_bytes * rng.uniform(1, 4)),
        )
        for number in range(each):
            drawing = guess if number % 2 else draw
            values = drawing(space, "inside", rng, task=task, augment="digits")
            network = design_from(values, space=space, budget=budget, epochs=1, task=task).architecture
            assert budget.allows(network), (space, budget, values)
            filled.append(network.parameters / budget.parameters)
    print(f"{len(filled):,} proposals of {spaces} spaces, none over; median fill {median(filled):.2f}")


def test_no_proposal_of_a_generated_space_is_over_three_limits():
    check_proposals(6, 10)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thousands_of_proposals_of_generated_spaces():
    check_proposals(soak("SPACES", 10), 100)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"parameters": 300}, "300 parameters; the narrowest has "),
        ({"parameters": 8_000, "macs": 30_000}, "30,000 multiply-adds; the narrowest has "),
        ({"parameters": 8_000, "activation_bytes": 30_000}, "30,000 bytes of activations; the narrowest has "),
    ],
)
def test_of_several_templates_the_one_that_is_over_a_limit_is_named(limits, words):
    """The first is within each."""
    space = read('forms = ["template"]\ntemplates = [\n"c? relu mp4",\n"c40 relu mp c?",\n]')
    with pytest.raises(BadSpace) as caught:
        check_reach(space, Budget(**limits), DIGITS, plain=False)
    assert f"line 4: number 2 of templates, 'c40 relu mp c?', has no network within {words}" in str(caught.value)


@pytest.mark.parametrize("limits", [{}, {"macs": 3_000_000}], ids=str)
def test_shares_are_proportions_however_small(limits):
    """Widths follow from them and the budget, and so the same networks from shares of 0.02 and of 1."""

    def made(share):
        space = read(f"forms = ['plain']\nfill = 1.0\nshare = {share}")
        rng, budget = random.Random(5), Budget(parameters=20_000, **limits)
        return [
            design_from(
                draw(space, "inside", rng, task=DIGITS, augment="digits"),
                space=space, budget=budget, epochs=1, task=DIGITS,
            ).architecture
            for _ in range(6)
        ]  # fmt: skip

    small, large = made(0.02), made(1.0)
    assert [one.parameters for one in small] == [one.parameters for one in large]


def test_what_depends_on_what_was_given_up_is_as_the_file_says():
    """Six blocks are padded, and no fewer."""
    space = read(
        """
        forms = ["plain"]
        blocks_after_pool = [1, 6]
        padding = { options = ["all"], when = { blocks_after_pool = [6] }, otherwise = "none" }
        activation = { options = ["silu"], when = { padding = ["all"] }, otherwise = "relu" }
        """
    )
    rng, seen = random.Random(0), set()
    for number in range(60):
        values = draw(space, "inside", rng, task=DIGITS, augment="digits") | {"blocks_after_pool": 6}
        budget = Budget(parameters=900 if number % 2 else 20_000)
        blueprint = blueprint_of(
            design_from(values, space=space, budget=budget, epochs=1, task=DIGITS).architecture.normal_form()
        )[0]
        seen.add((blueprint.form.blocks_after_pool, blueprint.form.padding, blueprint.activation))
    assert seen == {(1, "none", "relu"), (6, "all", "silu")}

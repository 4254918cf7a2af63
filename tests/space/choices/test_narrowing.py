"""What is left of the choices in a space of somebody's own: never a value that they did not allow."""

import random

import pytest

from space.choices.choices import choices, draw, guess
from space.choices.encoding import design_from, values_of
from space.choices.idle import idle
from space.choices.kinds import Pick, Real, Whole
from space.choices.narrowing import common, nearest
from space.choices.search_space import BadSpace
from space.design import Budget
from space.invalid import InvalidDesign
from space.task import DIGITS
from tests.space.choices.spaces import random_space
from tests.space.choices.test_own_reading import MINE, read
from tests.space.tasks import COLOUR, LARGE, OBLONG, TASKS, name

BUDGET = Budget(parameters=8000)


def drawn(space, count=60, sampling="inside", task=DIGITS, augment="digits"):
    rng = random.Random(4)
    for number in range(count):
        yield (guess if number % 2 else draw)(space, sampling, rng, task=task, augment=augment)


def built(values, space, task=DIGITS, budget=BUDGET):
    return design_from(values, space=space, budget=budget, epochs=5, task=task)


def test_first_guesses_and_draws_keep_to_what_is_allowed():
    """Some of it lies beside what has proven itself, or ends within it."""
    space = read(
        MINE
        + "ghost = 32\nblur = false\nweight_decay = { low = 0.0002, high = 0.002 }\nfill = { low = 0.6, high = 0.95 }"
    )
    every = choices(space, "inside", task=DIGITS, augment="digits")
    for values in drawn(space):
        assert values.keys() == every.keys()
        assert all(values[name] in choice for name, choice in every.items())
        assert values["ghost"] == 32
        recipe = built(values, space).recipe
        assert recipe.optimizer in ("sgd", "adamw")
        assert recipe.batch_size in (64, 96)
        assert 0.0002 <= recipe.weight_decay <= 0.002
        if recipe.optimizer == "adamw":
            assert 0.002 <= recipe.learning_rate <= 0.01234567


def test_a_value_of_many_digits_is_taken_as_it_is():
    space = read(
        "adam_learning_rate = 0.0123456\noptimizer = 'adam'\nmomentum = { low = 0.8765432, high = 0.8765433 }"
    )
    recipe = built(next(drawn(space)), space).recipe
    assert recipe.learning_rate == 0.0123456
    assert built(next(drawn(space)) | {"schedule": "constant"}, space).recipe.momentum == pytest.approx(0.8765432)


def test_what_does_not_matter_beside_others_is_as_the_condition_says():
    space = read(MINE)
    seen = set()
    for values in drawn(space):
        recipe = built(values, space).recipe
        met = values["family"] == "stages" and values["optimizer"] == "sgd"
        assert recipe.label_smoothing == (values["label_smoothing"] if met else 0.03)
        assert recipe.ema == (values["ema"] if values["optimizer"] == "adamw" else 0.0)
        seen.add(met)
    assert seen == {True, False}


def test_a_condition_follows_another():
    space = read(
        "ema = { options = [0.99], when = { nesterov = true } }\nnesterov = { options = [true], when = "
        '{ optimizer = "sgd" } }\nfade = { options = [0.4], when = { ema = 0.99 }, otherwise = 0.1 }\n'
        'augmentation = "affine"'
    )
    for values in drawn(space):
        recipe = built(values, space).recipe
        assert (recipe.ema, recipe.fade) == ((0.99, 0.4) if recipe.optimizer == "sgd" else (0.0, 0.1))


@pytest.mark.parametrize("task", TASKS, ids=name)
@pytest.mark.parametrize("sampling", ["inside", "plain"])
def test_generated_spaces_propose_what_they_allow_and_find_it_again(task, sampling):
    rng, found = random.Random(7), 0
    budget = Budget(parameters=40_000)
    for _ in range(3):
        space = random_space(rng, task)
        every = choices(space, sampling, task=task, augment="digits")
        for values in drawn(space, 5, sampling, task):
            design = built(values, space, task, budget)
            other = idle(values, space=space, image=task.image, classes=task.classes)
            changed = values | {name: every[name].draw(rng) for name in other}
            assert built(changed, space, task, budget) == design
            within = Budget(parameters=design.architecture.parameters)
            try:
                again = values_of(design, space=space, sampling=sampling, budget=within, task=task, augment="digits")
            except InvalidDesign:  # a width was raised to the least there is, or a form is smaller than its budget
                continue
            found += 1
            assert all(again[name] in choice for name, choice in every.items())
            assert built(again, space, task, within).fingerprint == design.fingerprint
    assert found > 2


@pytest.mark.parametrize(
    ("text", "task", "said"),
    [
        ("blocks_4 = 2", DIGITS, "blocks_4 is no choice for these images"),
        ("\ncutout_share = 0.2\ncrop_fill = 'black'", DIGITS, "line 3: crop_fill, cutout_share are no choices"),
        ("stages = [2, 4]", DIGITS, "stages 4 is not for such images, of which it is 2, 3"),
        ("head = 'full map'", OBLONG, 'head "full map" is not for such images'),
        ("blocks_after_pool = 8", DIGITS, "blocks_after_pool is from 1 to 6 for such images, not 8"),
        ("crop_padding = 5", COLOUR, "crop_padding is from 1 to 4"),
        ("share_before_5 = 0.3", DIGITS, "share_before_5 is of no convolution; there are after_1"),
        ("share_free_2 = 0.3\ntemplates = ['c?']", DIGITS, "share_free_2 is of no convolution"),
        ("base = 'core'\nema = 0.99", DIGITS, "line 2: ema is no choice"),
        ("base = 'core'\nmomentum = { when = { ema = 0.0 } }", DIGITS, "there is no choice ema in this search"),
        (
            "templates = [\n'c?',\n'c? mp9 mp9']",
            DIGITS,
            'line 3: templates "c? mp9 mp9" is no network for 1x28x28 images',
        ),
        (
            "templates = [\n'c?',\n'c8 [ { c?k1 | c?k1 } ]']",
            DIGITS,
            "line 3: templates",
        ),
        ("templates = ['{ c?k3p1 } gn2']", DIGITS, "into 2 groups; a free width is a multiple of the groups, and so"),
        (
            "augmentation = { options = ['affine'], when = { optimizer = 'sgd' }, otherwise = 'crop' }",
            DIGITS,
            'augmentation, otherwise, "crop" is not for such images, of which it is "none"',
        ),
        (
            "\nstages = { options = [3], when = { optimizer = 'sgd' }, otherwise = 5 }",
            DIGITS,
            "line 2: stages, otherwise, 5 is not for such images, of which it is 2, 3",
        ),
        (
            "blocks_after_pool = { options = [3], when = { optimizer = 'sgd' }, otherwise = 8 }",
            DIGITS,
            "blocks_after_pool, otherwise, is from 1 to 6 for such images, not 8",
        ),
        ("templates = ['c? gap c10k1']", LARGE, "leaves 10 numbers, and there are 100 classes"),
    ],
)
def test_what_is_not_for_a_search_is_refused(text, task, said):
    with pytest.raises(BadSpace) as error:
        choices(read(text), "inside", task=task, augment="natural" if task == COLOUR else "digits")
    assert said in str(error.value)


def test_what_no_form_uses_is_passed_over():
    """So that a file that was printed has one line to change."""
    space = read("forms = ['stages']\nhead = 'full map'\nblur = true")
    every = choices(space, "inside", task=DIGITS, augment="digits")
    assert "head" not in every
    assert "share_before_1" not in every
    assert every["blur"] == Pick((True,))
    only = choices(read("templates = ['c?']\nforms = ['template']"), "plain", task=DIGITS, augment="digits")
    assert [name for name in only if name in ("family", "template", "activation", "blur", "width_stem")] == [
        "family",
        "template",
    ]


def test_what_two_choices_have_in_common():
    assert common(Real(0.1, 0.5, log=True), Real(0.2, 0.9)) == Real(0.2, 0.5, log=True)
    assert common(Real(0.1, 0.2), Real(0.3, 0.9)) is None
    assert common(Pick((1, 5)), Whole(2, 9)) == Pick((5,))
    assert common(Real(0.9, 1.0), Pick((0.5, 0.95))) == Pick((0.95,))
    assert common(Pick(("a",)), Pick(("b",))) is None


def test_the_nearest_value_of_a_choice():
    assert nearest(Pick((16, 64)), 50) == 64
    assert nearest(Pick(("a", "b")), "c") == "a"
    assert nearest(Pick((True,)), False) is True
    assert nearest(Real(0.2, 0.5), 0.9) == 0.5
    assert nearest(Whole(2, 5), 1) == 2

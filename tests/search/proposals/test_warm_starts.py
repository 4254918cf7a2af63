"""Known designs at the beginning of a search for any task."""

from types import SimpleNamespace

import pytest

from search.errors import UserError
from search.proposals.samplers import distributions
from search.proposals.warm_starts import warm_starts
from search.settings import Settings
from space.augmentations import Crop, Flip
from space.choices.encoding import design_from
from space.choices.smallest import smallest
from space.design import Budget
from space.known.zoo import zoo
from space.task import DIGITS
from tests.space.choices.test_own_reading import read
from tests.space.tasks import COLOUR, LARGE, OBLONG, SMALL, name
from train.data.counts import Counts
from train.data.preparation import Preparation


def images(task):
    counts = Counts(training=60, held_out=10, test=10)
    return SimpleNamespace(task=task, name="pictures", digest="d", counts=counts, preparation=Preparation())


def settings(task, **changes):
    chosen = {
        "budget": Budget(parameters=20_000), "source": images(task), "study": "s",
        "trials": 1, "timeout": None, "epochs": 3, "last_epochs": 1, "target": 0.9, "workers": 1, "seed": 0,
        "device": "cpu", "precision": "auto", "sampler": "random", "pruner": "none", "space": "wide",
        "sampling": "inside", "warm_start": "zoo", "deterministic": False, "minimize_parameters": False, "finals": 0,
    }  # fmt: skip
    return Settings(**chosen | changes)


@pytest.mark.parametrize("task", [COLOUR, SMALL, LARGE, OBLONG], ids=name)
@pytest.mark.parametrize("known", ["zoo", "ladders"])
def test_known_designs_for_any_task_fill_the_budget(task, known):
    chosen = settings(task, warm_start=known)
    starts = dict(warm_starts(chosen))
    assert len(starts) >= 3
    for label, values in starts.items():
        assert label.endswith("scaled")
        assert values.keys() == distributions(chosen).keys()
        design = design_from(values, space="wide", budget=chosen.budget, epochs=3, task=task)
        assert (design.architecture.image, design.architecture.classes) == (task.image, task.classes)
        assert 18_000 < design.architecture.parameters <= 20_000
        kinds = {type(step) for step in design.recipe.augmentation}
        assert kinds <= {Flip, Crop} if task.colour else not kinds & {Flip, Crop}


def test_for_digits_a_design_of_the_zoo_stays_as_it_is():
    chosen = settings(DIGITS, budget=Budget(parameters=8000))
    (label, values), *_ = warm_starts(chosen)
    assert label == "zoo/8000"
    design = design_from(values, space="wide", budget=chosen.budget, epochs=15, task=DIGITS)
    assert design.fingerprint == zoo()[label].design.fingerprint


def test_plain_sampling_begins_with_what_fits_the_budget_for_the_task():
    chosen = settings(COLOUR, budget=Budget(parameters=5_000), sampling="plain")
    for _, values in warm_starts(chosen):
        design = design_from(values, space="wide", budget=chosen.budget, epochs=3, task=COLOUR)
        assert chosen.budget.allows(design.architecture)


def test_a_budget_below_the_smallest_network_for_the_task_is_refused_with_it():
    least = smallest(LARGE, stages=True)[0].parameters
    assert settings(LARGE, budget=Budget(parameters=least))
    with pytest.raises(
        UserError, match=f"a budget of {least - 1} parameters; the smallest that can be met is {least}"
    ):
        settings(LARGE, budget=Budget(parameters=least - 1))


def test_the_set_of_augmentations_is_the_tasks_unless_it_is_named():
    sets = [settings(task).augmentations for task in (DIGITS, SMALL, COLOUR)]
    assert sets == ["digits", "digits", "natural"]
    assert settings(COLOUR, augment="none").augmentations == "none"
    assert settings(COLOUR).identity["space"] != settings(COLOUR, augment="none").identity["space"]
    assert settings(DIGITS).identity == settings(DIGITS, augment="digits").identity


def test_settings_of_a_version_without_the_choice_are_read():
    chosen = settings(DIGITS)
    own = {"source": chosen.source, "workers": 1, "timeout": None, "device": "cpu", "finals": 0}
    shared = {"budget": [20_000, None, None], "study": "s", "trials": 1, "epochs": 3, "hold": 1, "target": 0.9}
    shared |= {
        name: getattr(chosen, name)
        for name in ("seed", "precision", "sampler", "pruner", "space", "sampling", "warm_start", "deterministic")
    }
    assert Settings.from_json(shared | {"minimize_parameters": False}, **own) == chosen


OWN = "c8 bn relu c8 bn relu"


@pytest.mark.parametrize(
    ("given", "budget", "label", "begun"),
    [
        (f"{OWN} mp c8 bn relu c8 bn relu gap c10k1", 2_000, "own network", None),
        (f"{OWN} mp c8 bn relu c8 bn relu gap c10k1", 8_000, "own network scaled", ...),
        (f"{OWN} mp c30 bn relu c30 bn relu gap c10k1", 8_000, "own network scaled", ...),
        (
            "c8b bn relu c8b bn relu mp c8b bn relu c8b bn relu gap c10k1b",
            2_000,
            "own network without biases",
            f"{OWN} mp c8 bn relu c8 bn relu gap c10k1",
        ),
        (
            f"{OWN[:-5]} mp relu c8 bn relu c8 bn relu gap c10k1",
            2_000,
            "own network",
            f"{OWN} mp c8 bn relu c8 bn relu gap c10k1",
        ),
        (
            "c2 bn relu c2 bn relu mp c4 bn relu c4 bn relu gap c10k1",
            600,
            "own network scaled",
            "c4 bn relu c4 bn relu mp c4 bn relu c4 bn relu gap c10k1",
        ),
        (
            "c80 bn relu c80 bn relu mp c80 bn relu c80 bn relu gap c10k1",
            200_000,
            "own network scaled",
            "c64 bn relu c64 bn relu mp c64 bn relu c64 bn relu gap c10k1",
        ),
        (f"{OWN} silu mp c8 bn relu c8 bn relu gap c10k1", 8_000, None, None),
        ("c8 gbn32 relu c8 bn relu mp c16 bn relu gap c10k1", 8_000, None, None),
        ("c8 bn relu c16 bn relu mp c10 bn relu gap [ c10k1 ]", 8_000, None, None),
        (
            "c8 bn relu c8k3x1p1x0g8 c12k1 bn relu mp c12k3x1p1x0g12 c16k1 bn relu gap c10k1",
            8_000,
            None,
            None,
        ),
    ],
)
def test_a_network_of_the_users_own_is_begun_with(given, budget, label, begun):
    chosen = settings(DIGITS, budget=Budget(parameters=budget), warm_start=given)
    if label is None:
        with pytest.raises(UserError, match="`warm_start` must be a network that `space` wide has"):
            list(warm_starts(chosen))
        return
    ((name, values),) = warm_starts(chosen)
    design = design_from(values, space="wide", budget=chosen.budget, epochs=3, task=DIGITS)
    assert name == label
    if begun is ...:
        assert 0.9 * budget < design.architecture.parameters <= budget
    else:
        assert design.architecture.notation == (begun or given)


@pytest.mark.parametrize(
    ("fill", "share"),
    [("{ low = 0.5, high = 0.9 }", 0.9), ("[0.5, 0.8]", 0.8), ("0.7", 0.7)],
)
def test_what_is_brought_to_the_budget_fills_no_more_of_it_than_a_space_says(fill, share):
    space = read(f"fill = {fill}\nstart = ['{OWN} mp c24 bn relu c24 bn relu gap c10k1']")
    chosen = settings(DIGITS, budget=Budget(parameters=3_000), space=space)
    starts = dict(warm_starts(chosen))
    assert {"start 1 scaled", "zoo/4000 scaled", "zoo/8000 scaled"} <= starts.keys()
    for label, values in starts.items():
        network = design_from(values, space=space, budget=chosen.budget, epochs=3, task=DIGITS).architecture
        assert network.parameters <= share * 3_000
        assert network.parameters > 0.8 * share * 3_000 or not label.endswith("scaled")


def test_a_width_that_a_space_of_ones_own_has_not_is_begun_with_scaled():
    space = read("templates = ['c? relu mp c? relu']\nforms = ['template']\nstart = ['c2 relu mp c8 relu gap c10k1']")
    ((label, values),) = warm_starts(
        chosen := settings(DIGITS, budget=Budget(parameters=300), space=space, warm_start="none")
    )
    assert label == "start 1 scaled"
    network = design_from(values, space=space, budget=chosen.budget, epochs=3, task=DIGITS).architecture
    assert network.notation == "c4 relu mp c5 relu gap c10k1"


def test_what_is_no_network_is_refused_with_all_that_can_be():
    with pytest.raises(UserError, match=r"must be zoo, ladders, none, a torch module as net\.py:Net, or a notation"):
        list(warm_starts(settings(DIGITS, warm_start="zooo")))

"""A trial's attributes: what goes into the database comes back, under the names that studies have always had."""

import json

from hypothesis import given
from hypothesis import strategies as st

from search.study.attributes import Attributes, from_attributes, of_design, of_end, to_attributes
from search.study.leases import Lease
from search.study.owners import Owner
from space.known.references import find
from train.scores import EpochScore

LADDER = find("ladder-3/6").design
REST = {"accuracy": 0.5, "training_accuracy": 0.25, "held_loss": 1.0, "learning_rate": 0.1, "seconds": 2.0}
CURVE = [EpochScore(epoch=epoch, loss=1.5 / epoch, **REST) for epoch in (1, 2)]

texts, counts = st.text(max_size=9).filter(str.isprintable), st.integers(0, 10**9)
tokens = st.text("0123456789abc k", max_size=9)
shares, lists = st.floats(0, 1), st.lists(st.floats(0, 1), max_size=4).map(tuple)
owners = st.builds(Owner, host=texts, system=texts, process=counts, began=counts)
leases = st.builds(Lease, owner=owners, epoch=counts, deaths=counts, beats=counts, seen=texts)
values = st.builds(
    Attributes,
    origin=st.none() | texts,
    lease=st.none() | leases,
    notation=st.none() | tokens,
    parameters=st.none() | counts,
    budget=st.none() | counts,
    macs=st.none() | counts,
    receptive_field=st.none() | counts,
    recipe_in_words=st.none() | texts,
    recipe_text=st.none() | texts,
    fingerprint=st.none() | tokens,
    screening_seconds=st.none() | shares,
    verdict=st.none() | st.sampled_from(["trained", "pruned", "rejected", "failed"]),
    reason=st.none() | texts,
    losses=st.none() | lists,
    training_accuracies=st.none() | lists,
    seconds=st.none() | shares,
    score=st.none() | shares,
    weights_sha256=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)


@given(values)
def test_what_is_written_is_read(given_values):
    stored = json.loads(json.dumps(to_attributes(given_values)))
    assert from_attributes(stored) == given_values
    assert None not in stored.values()


def test_names_and_forms_are_those_of_every_study_so_far():
    described = to_attributes(of_design(LADDER, parameters=7, budget=9))
    architecture = LADDER.architecture
    assert described == {
        "notation": architecture.notation,
        "parameters": 7,
        "budget": 9,
        "multiply-adds": architecture.macs,
        "receptive field": architecture.receptive_field,
        "recipe": LADDER.recipe.describe(),
        "recipe json": json.dumps(LADDER.recipe.to_json()),
        "fingerprint": LADDER.fingerprint,
    }
    assert to_attributes(of_end("trained", CURVE, reason="", score=0.5, weights_sha256="ab")) == {
        "verdict": "trained",
        "losses": [1.5, 0.75],
        "training accuracies": [0.25, 0.25],
        "seconds": 4.0,
        "score": 0.5,
        "weights sha256": "ab",
    }
    assert to_attributes(of_end("rejected", [], reason="too large", score=None)) == {
        "verdict": "rejected",
        "reason": "too large",
    }
    lease = Lease(Owner("h", "s", 3, 4), epoch=1, deaths=2, beats=5, seen="then")
    assert to_attributes(Attributes(origin="ladder-3/6", lease=lease, screening_seconds=1.5)) == {
        "origin": "ladder-3/6",
        "lease": {
            "host": "h", "system": "s", "process": 3, "began": 4, "epoch": 1, "deaths": 2, "beats": 5, "seen": "then",
        },
        "screening seconds": 1.5,
    }  # fmt: skip


def test_the_recipe_comes_back():
    assert from_attributes(to_attributes(of_design(LADDER, parameters=7, budget=9))).recipe == LADDER.recipe


def test_what_others_keep_on_a_trial_is_passed_over():
    assert from_attributes({"their own": 3, "lease": "no lease"}) == Attributes()

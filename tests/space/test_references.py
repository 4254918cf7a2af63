"""The shipped facts against the records they were taken from."""

import json
from pathlib import Path

import pytest

from space.architecture import Architecture
from space.references import REFERENCES, UnknownReference, find

RECORDS = Path(__file__).parents[3] / "shared" / "reference_designs.json"


@pytest.fixture(scope="module")
def records():
    if not RECORDS.exists():
        pytest.skip("shared/reference_designs.json is not beside the checkout")
    return {record["id"]: record for record in json.loads(RECORDS.read_text())["designs"]}


def test_every_record_is_shipped_with_its_figures(records):
    assert list(records) == list(REFERENCES)
    for name, record in records.items():
        reference = REFERENCES[name]
        architecture = Architecture.parse(record["layers"])
        assert reference.notation == record["layers"] == architecture.notation
        assert reference.parameters == record["parameters"] == architecture.parameters
        assert architecture.macs == record["macs_per_image"]
        assert architecture.receptive_field == record["receptive_field"]
        assert list(architecture.pool_receptive_fields) == record["receptive_field_at_maxpools"]
        assert reference.last5 == record["last5_test_mean"]
        assert reference.title == record["title"]
        log = [float(value) for value in reference.test_log.split()]
        assert log == [value for value in record["test_accuracy_per_epoch"] or [] if value is not None]
        log = [float(value) for value in reference.training_log.split()]
        assert log == [value for value in record["train_accuracy_per_epoch"] or [] if value is not None]


def test_recipes_are_the_records(records):
    kinds = {
        "none": "Constant",
        "StepLR": "StepDecay",
        "LambdaLR": "ExponentialDecay",
        "OneCycleLR": "OneCycle",
    }
    for name, record in records.items():
        recipe, written = REFERENCES[name].recipe, record["recipe"]
        assert recipe.batch_size == written["batch_size"]
        assert recipe.epochs == written["epochs"]
        assert recipe.momentum == written["optimizer"]["momentum"]
        peak = written["scheduler"].get("max_lr", written["optimizer"]["lr"])
        assert recipe.learning_rate == peak
        assert type(recipe.schedule).__name__ == kinds[written["scheduler"]["name"]]
        if written["scheduler"]["name"] == "StepLR":
            assert recipe.schedule.every == written["scheduler"]["step_size"]
            assert recipe.schedule.factor == written["scheduler"]["gamma"]
        for ours, theirs in zip(recipe.augmentation, written["augmentations"], strict=True):
            if theirs["op"] == "ColorJitter":
                assert (ours.brightness, ours.contrast) == (theirs["brightness"], theirs["contrast"])
            else:
                assert ours.degrees == theirs["degrees"][1]
                assert ours.interpolation == theirs["interpolation"]
            if theirs["op"] == "RandomAffine":
                assert ours.translate == theirs["translate"][0]
                assert 1 + ours.scale == theirs["scale"][1]
                assert ours.shear == theirs["shear_x"][1]


def test_an_unknown_name_has_its_nearest():
    with pytest.raises(UnknownReference, match="ladder-3/6"):
        find("ladder-3/66")

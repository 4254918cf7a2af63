"""The shipped facts against the records they were taken from, and against themselves."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from space.architecture import Architecture
from space.augmentations import Affine, Jitter, Rotation
from space.known.references import REFERENCES, UnknownReference, find
from space.recipe import Constant, ExponentialDecay, OneCycle, StepDecay

ROOT = Path(__file__).parents[3]
RECORDS = ROOT.parent / "shared" / "reference_designs.json"
FILE = ROOT / "space" / "known" / "references.json"


@pytest.fixture(scope="module")
def records():
    if not RECORDS.exists():
        pytest.skip("shared/reference_designs.json is not beside the checkout")
    return {record["id"]: record for record in json.loads(RECORDS.read_text())["designs"]}


def share(percent):
    """A record's figure as a share; "98.90 (table) / 98.89 (section)" counts as its first."""
    return None if percent is None else pytest.approx(float(str(percent).split()[0]) / 100, abs=1e-12)


def logged(curve):
    return [share(percent) for percent in curve or [] if percent is not None]


def schedule_of(written):
    match written:
        case {"name": "none"}:
            return Constant()
        case {"name": "StepLR", "step_size": every, "gamma": factor}:
            return StepDecay(every=every, factor=factor)
        case {"name": "LambdaLR", "formula": "lr = 0.01 * 0.65**epoch (epoch from 0)"}:
            return ExponentialDecay(factor=0.65)
        case {
            "name": "OneCycleLR",
            "pct_start": warmup,
            "div_factor": start,
            "final_div_factor": end,
            "anneal": "cos",
        }:
            return OneCycle(warmup=warmup, start_divisor=start, end_divisor=end)
    raise AssertionError(written)


def symmetric(bounds):
    low, high = bounds
    assert low == -high
    return high


def augmentation_of(written):
    match written:
        case {"op": "RandomRotation", "degrees": degrees, "interpolation": interpolation, "p": 1}:
            return Rotation(degrees=symmetric(degrees), interpolation=interpolation)
        case {"op": "RandomAffine", "translate": [shift, also], "scale": [low, high], "p": 1}:
            assert shift == also
            assert low + high == 2
            return Affine(
                degrees=symmetric(written["degrees"]),
                translate=shift,
                scale=round(high - 1, 6),
                shear=symmetric(written["shear_x"]),
                interpolation=written["interpolation"],
            )
        case {"op": "ColorJitter", "brightness": brightness, "contrast": contrast}:
            return Jitter(brightness=brightness, contrast=contrast)
    raise AssertionError(written)


def test_every_record_is_shipped_with_its_figures(records):
    assert list(records) == list(REFERENCES)
    for name, record in records.items():
        reference = REFERENCES[name]
        architecture = Architecture.parse(record["layers"])
        assert reference.notation == record["layers"] == architecture.notation
        assert reference.parameters == record["parameters"] == architecture.parameters
        assert architecture.macs == record["macs_per_image"]
        assert architecture.receptive_field == record["receptive_field"]
        assert [side for side, _ in architecture.pool_receptive_fields] == record["receptive_field_at_maxpools"]
        assert reference.title == record["title"]
        assert reference.published_best == share(record["best_test"])
        assert reference.published_last5 == share(record["last5_test_mean"])
        assert list(reference.test_curve) == logged(record["test_accuracy_per_epoch"])
        assert list(reference.train_curve) == logged(record["train_accuracy_per_epoch"])
        assert record["evidence"].startswith(reference.evidence)
        assert list(reference.uncertain) == record["uncertain"]
        assert reference.origin == record["origin"]["repo"]


def test_recipes_are_the_records(records):
    for name, record in records.items():
        recipe, written = REFERENCES[name].recipe, record["recipe"]
        optimizer = written["optimizer"]
        assert (optimizer["name"], optimizer["nesterov"]) == ("SGD", False)
        assert recipe.optimizer == "sgd"
        assert recipe.learning_rate == written["scheduler"].get("max_lr", optimizer["lr"])
        assert recipe.momentum == optimizer["momentum"]
        assert recipe.weight_decay == optimizer["weight_decay"]
        assert recipe.batch_size == written["batch_size"]
        assert recipe.epochs == written["epochs"]
        assert recipe.schedule == schedule_of(written["scheduler"])
        assert recipe.augmentation == tuple(map(augmentation_of, written["augmentations"]))
        assert (recipe.label_smoothing, recipe.ema) == (0, 0)
        assert ("0.3084" in REFERENCES[name].notes) == (written["normalize"]["std"] == 0.3084)


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=list(REFERENCES))
def test_a_reference_agrees_with_itself(reference):
    design = reference.design
    assert design.architecture.notation == reference.notation
    assert design.architecture.parameters == reference.parameters
    assert design.recipe == reference.recipe
    assert re.fullmatch(r"ladder-\d/\S+", reference.name)
    assert all(0 <= accuracy <= 1 for accuracy in (*reference.test_curve, *reference.train_curve))
    assert bool(reference.test_curve) == (reference.evidence == "saved run")
    assert len(reference.train_curve) in (0, len(reference.test_curve))
    if reference.test_curve:
        assert len(reference.test_curve) == reference.recipe.epochs
        counted = reference.test_curve[:15]
        assert reference.published_best == max(counted)
        assert reference.published_last5 == pytest.approx(sum(counted[-5:]) / 5, abs=1e-9)
    if reference.evidence == "fitted":
        assert set(reference.uncertain) == {"layers", "recipe"}
    assert reference.notes


def test_a_reference_is_found_by_its_name():
    assert find("ladder-3/6").parameters == 7_624
    assert find("ladder-4/9-image") is REFERENCES["ladder-4/9-image"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("ladder-3/66", "ladder-3/6"), ("lader-4/week4", "ladder-4/week4"), ("", "ladder-"), ("zzz", "ladder-")],
)
def test_an_unknown_name_has_its_nearest(name, nearest):
    with pytest.raises(UnknownReference, match=nearest):
        find(name)


def test_a_hostile_name_is_answered_in_a_line():
    with pytest.raises(UnknownReference) as error:
        find("ladder-3/" + "6" * 100_000)
    assert len(str(error.value)) < 200


def test_fingerprints_are_those_that_studies_have_stored():
    """A digest over names and fingerprints, taken when the references were still Python."""
    lines = "\n".join(f"{name} {reference.design.fingerprint}" for name, reference in REFERENCES.items())
    digest = hashlib.sha256(lines.encode()).hexdigest()
    assert digest == "0fbfcf1ff80f7402d421350b549d6358afd6adf3c515fc165c29943190c79fd6"


def test_the_file_spells_out_every_recipe():
    """So that a new default of `Recipe` changes no published one."""
    written = {entry["name"]: entry["recipe"] for entry in json.loads(FILE.read_text())}
    assert written == {name: reference.recipe.to_json() for name, reference in REFERENCES.items()}


def times_read(code):
    """How often a clean interpreter opens the file while it runs `code`."""
    script = f"""
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
try:
{"".join(f"    {line}" for line in code.splitlines(keepends=True))}
except SystemExit:
    pass
print(sum(name.endswith("references.json") for name in opened))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return int(done.stdout.splitlines()[-1])


def test_help_does_not_read_the_file():
    search = "import runpy\nsys.argv = ['search', '--help']\n"
    assert times_read(search + "runpy.run_module('search', run_name='__main__', alter_sys=True)") == 0


def test_the_file_is_read_once_when_a_reference_is_asked_for():
    ask = "from space.known.references import REFERENCES, find\n"
    assert times_read(ask) == 0
    assert times_read(ask + "len(REFERENCES), list(REFERENCES), find('ladder-3/6')") == 1

"""The other side of the comparison is what it is said to be, and the comparison runs to its end."""

import csv
import json
import random
from dataclasses import asdict, replace
from threading import Barrier
from types import SimpleNamespace
from xml.etree import ElementTree

import optuna
import pytest
import torch

from benchmarks import against, against_keras_tuner, against_optuna, careful_optuna, record
from benchmarks.against import Found, Side, parser, searched
from benchmarks.against_chart import Dot, chart, ends
from space.augmentations import Affine
from space.recipe import PLAIN_RECIPE, Cosine, Recipe, StepDecay
from train.from_torch.read import TorchNetwork
from train.model import build

TINY = (
    *("--trials", "2", "--repeats", "1", "--limit-images", "120", "--epochs", "1", "--confirm", "2"),
    *("--budget", "3000",),
)  # fmt: skip


FOUND = Found(notation="c10k28", recipe={}, score=0.5, trained=1, begun=0, rejected=2, seconds=3.0)


def asked(folder, *words):
    return parser(None).parse_args(["--data-dir", str(folder), "--folder", str(folder), "--minutes", "1", *words])


def drawn(seed):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return careful_optuna.suggest(study.ask())


@pytest.mark.parametrize("seed", range(12))
def test_the_winner_in_our_notation_is_the_module_itself(seed):
    choices = drawn(seed)
    net = careful_optuna.Net(choices).eval()
    reading = TorchNetwork(net).read((1, 28, 28))
    assert against_optuna.architecture_of(choices) == reading.architecture
    assert reading.architecture.parameters == careful_optuna.parameters(net)
    ours, theirs = build(reading.architecture).eval(), net.state_dict()
    for parameter, name in zip(ours.parameters(), reading.parameters, strict=True):
        parameter.data.copy_(theirs[name].view_as(parameter))
    images = torch.rand(3, 1, 28, 28)
    assert torch.allclose(ours(images).flatten(1), net(images), atol=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_the_recipe_is_what_the_module_is_trained_with(seed):
    choices = drawn(seed)
    recipe = against_optuna.recipe_of(choices, 15)
    assert Recipe.from_json(recipe.to_json()) == recipe
    optimizer = careful_optuna.optimizer_of(choices, careful_optuna.Net(choices))
    group = optimizer.param_groups[0]
    assert type(optimizer).__name__.lower() == recipe.optimizer
    assert (group["lr"], group["weight_decay"]) == (recipe.learning_rate, recipe.weight_decay)
    assert group["momentum" if recipe.optimizer == "sgd" else "betas"] in (0.9, (0.9, 0.999))
    transforms = careful_optuna.augmentation(choices)
    assert len(transforms) == len(recipe.augmentation)
    for transform, ours in zip(transforms, recipe.augmentation, strict=True):
        assert transform.degrees == [-ours.degrees, ours.degrees]
        assert transform.interpolation.value == ours.interpolation


def test_what_keras_tuner_finds_is_written_by_our_names():
    values = {"optimizer": "adam", "learning rate of adam": 0.01, "weight decay": 0.1, "batch size": 64}
    values |= {"transform": "affine", "degrees": 8, "translate": 0.05, "scale": 0.1}
    cosine = against_keras_tuner.recipe_of(values | {"schedule": "cosine"}, 15)
    assert cosine.schedule == Cosine()
    assert cosine.weight_decay == 0  # KerasTuner lists values of choices that were not made
    assert cosine.augmentation == (Affine(degrees=8, translate=0.05, scale=0.1, shear=0.0, interpolation="bilinear"),)
    step = {"schedule": "step", "step size": 4, "gamma": 0.3, "optimizer": "adamw", "learning rate of adamw": 0.002}
    recipe = against_keras_tuner.recipe_of(values | step | {"transform": "none"}, 15)
    assert (recipe.learning_rate, recipe.weight_decay, recipe.augmentation) == (0.002, 0.1, ())
    assert recipe.schedule == StepDecay(every=4, factor=0.3)


def test_the_space_has_designs_on_both_sides_of_the_budget():
    sizes = [careful_optuna.parameters(careful_optuna.Net(drawn(seed))) for seed in range(100)]
    within = sum(size <= 8000 for size in sizes)
    assert 20 < within < 95


@pytest.mark.slow
def test_a_whole_comparison_of_few_images(mnist_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    words = [
        "--data-dir",
        str(mnist_dir),
        "--folder",
        str(tmp_path / "kept"),
        "--out",
        str(tmp_path / "chart"),
        *TINY,
    ]
    monkeypatch.setattr("sys.argv", ["against_optuna", *words])
    against_optuna.main()
    said = capsys.readouterr().out
    assert "first is better by" in said
    line = json.loads((tmp_path / "results" / "against_optuna.jsonl").read_text())
    assert [one["side"] for one in line["figures"]["searches"]] == ["Thimble", "Optuna by hand"]
    assert all(one["parameters"] <= 3000 for one in line["figures"]["searches"])
    assert str(tmp_path) not in json.dumps(line)
    with (tmp_path / "chart.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 2
    ElementTree.parse(tmp_path / "chart.svg")
    monkeypatch.setattr("subprocess.Popen", None)  # nothing is searched again
    monkeypatch.setattr("benchmarks.against.compile_engine", lambda options: None)
    monkeypatch.setattr("benchmarks.record.commit", lambda: "kept")
    against_optuna.main()
    again = (tmp_path / "results" / "against_optuna.jsonl").read_text().splitlines()[1]
    assert json.loads(again)["figures"] == line["figures"]


def test_a_search_that_was_cut_off_begins_anew(tmp_path):
    calls = []

    def search(folder, seed, options):
        calls.append(sorted(folder.iterdir()))
        (folder / "study.db").touch()
        if len(calls) == 1:
            raise KeyboardInterrupt
        return FOUND

    options = asked(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        searched(Side("other", search), 0, options)
    assert searched(Side("other", search), 0, options) == FOUND
    assert searched(Side("other", search), 0, options) == FOUND
    assert calls == [[], []]


@pytest.mark.parametrize(
    "words",
    [
        *[("--budget", "2000"), ("--epochs", "1"), ("--workers", "1"), ("--trials", "2"), ("--limit-images", "120")],
        ("--precision", "bf16"),
    ],
)
def test_a_search_of_other_options_is_not_taken_for_this_one(tmp_path, words):
    def search(folder, seed, options):
        return FOUND

    searched(Side("other", search), 0, asked(tmp_path, *words))
    assert searched(Side("other", search), 0, asked(tmp_path, *words)) == FOUND
    with pytest.raises(SystemExit, match=f"has a search with {words[0]} {words[1]}, not .*; take another --folder"):
        searched(Side("other", search), 0, asked(tmp_path))


def test_a_pair_searches_at_the_same_time_where_that_is_asked(tmp_path, monkeypatch, capsys):
    both = Barrier(2)

    def search(folder, seed, options):
        both.wait(timeout=60)  # which one search alone would do in vain
        return replace(FOUND, recipe=PLAIN_RECIPE.to_json())

    monkeypatch.setattr(against, "COLD", Side("Thimble", search))
    monkeypatch.setattr(against, "compile_engine", lambda options: None)
    monkeypatch.setattr(against, "confirmed", lambda design, options: [0.5, 0.75])
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    against.compare("pairs", Side("other", search), asked(tmp_path, "--together", "--repeats", "2"))
    said = capsys.readouterr().out
    assert "other, seed 1: 62.500% on the test images" in said
    with pytest.raises(SystemExit, match="has a search with --together True, not False"):
        searched(Side("other", search), 0, asked(tmp_path))


def test_a_search_that_was_kept_without_its_options_had_the_defaults(tmp_path):
    kept = tmp_path / "other-0-1-minutes" / "found.json"
    kept.parent.mkdir()
    kept.write_text(json.dumps(asdict(FOUND)))
    assert searched(Side("other", lambda *_: None), 0, asked(tmp_path)) == FOUND
    with pytest.raises(SystemExit, match="--budget 8000, not 2000"):
        searched(Side("other", lambda *_: None), 0, asked(tmp_path, "--budget", "2000"))


def test_images_of_another_limit_are_packed_anew(tmp_path, monkeypatch):
    one = SimpleNamespace(images=torch.zeros(1, 1, 28, 28), labels=torch.zeros(1))
    monkeypatch.setattr(against_keras_tuner, "images", lambda options: SimpleNamespace(training=lambda: one))
    files = [against_keras_tuner.packed(asked(tmp_path, *words)) for words in ((), ("--limit-images", "120"))]
    assert len(set(files)) == 2
    assert all(file.exists() for file in files)


def test_a_chart_has_every_seed_and_names_the_sides():
    rng = random.Random(0)
    dots = [Dot(side, [99 + rng.random() for _ in range(5)]) for side in ("A & B", "other") for _ in range(3)]
    drawing = ElementTree.fromstring(chart("<title>", dots))
    svg = "{http://www.w3.org/2000/svg}"
    assert len(drawing.findall(f"{svg}circle")) == 6 * 6
    assert "A & B" in [text.text for text in drawing.findall(f"{svg}text")]
    xs = [float(circle.get("cx")) for circle in drawing.findall(f"{svg}circle")]
    assert 190 <= min(xs) <= max(xs) <= 670


@pytest.mark.parametrize(("low", "high"), [(99.0, 99.0), (98.97, 99.41), (10.0, 99.0), (0.0, 100.0), (99.99, 100.0)])
def test_ends_of_the_axis_hold_everything(low, high):
    first, last = ends(low, high)
    assert first <= low <= high <= last

"""Exported modules for other pictures than MNIST's: what they compute, read, train on and say of a picture."""

import importlib.util
import io
import json
import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from results.export.data_file import data_file
from results.export.module import render
from results.export.onnx_file import as_onnx, check
from results.export.verify import ExportMismatch, verify
from space.augmentations import Affine, ColourJitter, Crop, Cutout, Flip, Jitter, Rotation
from space.design import Design
from space.recipe import DEFAULT_RECIPE, PLAIN_RECIPE, Constant
from space.task import DIGITS
from tests.pictures import CASES
from tests.results.export.test_module import EVIDENCE
from train.augment import apply, sample
from train.evaluation import normalise
from train.files.weights import as_file
from train.loop import train
from train.model import build

RECIPE = replace(PLAIN_RECIPE, batch_size=32, augmentation=(), epochs=2, schedule=Constant(), learning_rate=0.003)


GOLDEN = Path(__file__).parent / "golden" / "colour.py"
NATURAL = replace(
    DEFAULT_RECIPE,
    augmentation=(
        Flip(),
        Crop(padding=4, fill="mirror"),
        ColourJitter(brightness=0.2, contrast=0.2, saturation=0.2),
        Cutout(share=0.25),
    ),
)


def test_a_module_for_pictures_in_colour_is_written_as_it_was():
    """$THIMBLE_WRITE_GOLDEN writes the file anew; read it before committing it."""
    source = source_of(CASES["colour"], NATURAL)
    if os.environ.get("THIMBLE_WRITE_GOLDEN"):
        GOLDEN.write_text(source)
    assert source == GOLDEN.read_text()
    check_clean(GOLDEN)


@pytest.fixture(
    params=[pytest.param(name, marks=() if name in ("colour", "not square") else pytest.mark.slow) for name in CASES]
)
def case(request):
    return CASES[request.param]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def source_of(case, recipe=RECIPE, **more):
    return render(Design(case.architecture, recipe), replace(EVIDENCE, dataset="mine", task=case.task), **more)


def imported(folder, source):
    file = folder / "net.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location("net", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ran(folder, *arguments):
    """What the exported file does as a program, in a clean interpreter."""
    run = [sys.executable, "-I", str(folder / "net.py"), *map(str, arguments)]
    return subprocess.run(run, capture_output=True, text=True, check=False, cwd=folder)


@pytest.fixture
def ran_here(tmp_path, monkeypatch):
    """What `ran` does in this process; returned is the exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["net.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path("net.py", run_name="__main__")
        return ended.value.code

    return run


def pixels_of(case, number=64):
    return normalise(case.images(number).images / 255, case.task.mean, case.task.std)


def with_weights(case, folder, name="net.safetensors"):
    """The module and its weights in the folder, and the network."""
    model = build(case.architecture, seed=3).eval()
    (folder / "net.py").write_text(source_of(case))
    (folder / name).write_bytes(as_file(model.state_dict(), {}, folder / name))
    return model


def test_an_export_computes_what_the_network_does(case, tmp_path):
    model, x = with_weights(case, tmp_path), pixels_of(case)
    with torch.inference_mode():
        logits = model(x).numpy()
    files = tmp_path / "net.py", tmp_path / "net.safetensors"
    known = {"images": x.numpy(), "logits": logits, "parameters": case.architecture.parameters}
    assert verify(*files, **known, tolerance=1e-6) <= 1e-6


def test_its_own_normalisation_is_the_trainings(case, tmp_path):
    net = imported(tmp_path, source_of(case))
    assert (case.task.class_names, case.task.image) == (net.CLASSES, net.SHAPE)
    images = case.images(9).images / 255
    torch.testing.assert_close(net.normalised(images), normalise(images.clone(), case.task.mean, case.task.std))


def test_onnx_runtime_computes_the_same_and_finds_what_the_classes_are(case):
    import onnx

    model, x = build(case.architecture, seed=3).eval(), pixels_of(case)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    content = as_onnx(case.architecture, weights, task=case.task, about="a test")
    with torch.inference_mode():
        check(content, images=x.numpy(), logits=model(x).numpy())
    read = onnx.load(io.BytesIO(content))
    facts = {one.key: tuple(json.loads(one.value)) for one in read.metadata_props}
    assert facts == {"classes": case.task.class_names, "mean": case.task.mean, "std": case.task.std}
    (entry,), (leaving,) = read.graph.input, read.graph.output
    shapes = [tuple(side.dim_value for side in one.type.tensor_type.shape.dim[1:]) for one in (entry, leaving)]
    assert shapes == [case.task.image, (case.task.classes,)]


def test_onnx_may_round_large_logits_and_nothing_else():
    case = CASES["colour"]
    model, x = build(case.architecture, seed=3).eval(), pixels_of(case)
    weights = {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
    last = [name for name in weights if name.endswith("weight")][-1]
    weights[last] *= 50 * 50
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    with torch.inference_mode():
        logits = model(x).numpy()

    def difference():
        content = as_onnx(case.architecture, weights, task=case.task, about="a test")
        return check(content, images=x.numpy(), logits=logits)

    assert 1e-5 < difference() < 1e-5 * np.abs(logits).max()
    weights[last].flat[0] *= 1.01
    with pytest.raises(ExportMismatch):
        difference()


def as_folder(case, folder, split):
    """The images of a split as files in train/CLASS and test/CLASS; in the order of the files, by their numbers."""
    for part, images in (("train", split.train), ("test", split.held_out)):
        for number, (image, label) in enumerate(zip(images.images, images.labels.tolist(), strict=True)):
            place = folder / part / case.task.class_names[label]
            place.mkdir(parents=True, exist_ok=True)
            pixels = image[0] if len(image) == 1 else image.permute(1, 2, 0)
            Image.fromarray(pixels.numpy()).save(place / f"{number:05}.png")
    return folder


def test_its_training_is_the_loops_own(case, tmp_path):
    """From the .npz file: losses, scores and weights up to rounding."""
    split = case.split(training=100)
    file = tmp_path / "net.npz"
    file.write_bytes(data_file(split.train, split.held_out, case.task.class_names))
    model = build(case.architecture, seed=5)
    known = list(train(model, RECIPE, split, seed=5))
    came = list(imported(tmp_path, source_of(case)).train(file, seed=5))
    assert [loss for _, loss, _ in came] == pytest.approx([score.loss for score in known], rel=1e-3)
    for one, other in zip(model.state_dict().values(), came[-1][0].state_dict().values(), strict=True):
        if one.is_floating_point():  # the module does not count batches
            torch.testing.assert_close(one, other, rtol=0.02, atol=0.005)


_AFFINE = Affine(degrees=20.0, translate=0.2, scale=0.2, shear=15.0, interpolation="bilinear")
_AUGMENTATIONS = {
    "warps": (_AFFINE, Rotation(degrees=40.0, interpolation="bilinear")),
    "jitter": (Jitter(brightness=0.5, contrast=0.9),),
    "flip, crop": (Flip(), Crop(padding=3)),
    "mirror, cutout": (Crop(padding=4, fill="mirror"), Cutout(share=0.5)),
    "all": (Flip(), Crop(padding=2), ColourJitter(brightness=0.5, contrast=0.6, saturation=0.9), Cutout(share=0.3)),
}


@pytest.mark.parametrize("strength", [1.0, 0.4])
@pytest.mark.parametrize("augmentation", _AUGMENTATIONS)
@pytest.mark.parametrize("name", ["colour", "not square", "small grey"])
def test_its_augmentation_is_the_trainings(name, augmentation, strength, tmp_path):
    """The same images from the same random numbers."""
    case, steps = CASES[name], _AUGMENTATIONS[augmentation]
    if case.task.image[0] == 1 and augmentation == "all":
        pytest.skip("colour jitter is for colours")
    net = imported(tmp_path, source_of(case, replace(RECIPE, augmentation=steps, fade=0.0 if strength == 1 else 0.5)))
    images = case.images(60).images / 255
    ours, theirs = torch.Generator().manual_seed(1), torch.Generator().manual_seed(1)
    expected = apply(images.clone(), sample(steps, len(images), case.task.image[1:], ours, strength))
    came = net.augment(images, theirs, *([] if strength == 1 else [strength]))
    assert (expected - images).abs().mean() > 0.01
    torch.testing.assert_close(came, expected, rtol=1e-4, atol=1e-4)
    check_clean(tmp_path / "net.py")


def check_clean(file):
    checks = ["check", "--isolated", "--select", "E,F,W,I", "--line-length", "118", "--output-format", "concise"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *checks, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "called", "test"),
    [("colour", "val", "test"), ("small grey", "valid", "testing"), ("not square", "Validation", "Test")],
)
def test_a_folder_holds_the_same_as_the_file(name, called, test, tmp_path):
    case = CASES[name]
    split = case.split(training=40, held_out=20)
    net = imported(tmp_path, source_of(case))
    folder = as_folder(case, tmp_path / "data", split)
    (folder / "train" / case.task.class_names[0] / ".hidden.png").write_text("no picture")
    (folder / "train" / case.task.class_names[0] / "notes.txt").write_text("no picture")
    (folder / "test" / ".hidden").mkdir()
    (folder / "train" / case.task.class_names[0] / ".cache").mkdir()
    (folder / "train" / case.task.class_names[0] / ".cache" / "a.png").write_text("no picture")
    came = net.read(folder)
    for given, images, labels in zip((split.train, split.held_out), came[::2], came[1::2], strict=True):
        order = given.labels.argsort(stable=True)
        assert torch.equal(images, given.images[order])
        assert torch.equal(labels, given.labels[order])
    held_out = folder / called
    for place in (folder / "train").iterdir():  # half of what is trained on is given to hold out, some at a depth
        (held_out / place.name / "deep").mkdir(parents=True)
        for file in sorted(place.glob("[0-9]*.png"))[::2]:
            file.rename(held_out / place.name / "deep" / file.name)
    (folder / "test").rename(folder / test)
    images, labels, _, _ = net.read(folder)
    assert sorted(map(str, images.tolist())) == sorted(map(str, came[0].tolist()))
    assert torch.equal(labels.sort().values, came[1])


def test_an_npz_file_holds_what_was_given(case, tmp_path):
    split, file = case.split(training=40, held_out=20), tmp_path / "net.npz"
    file.write_bytes(data_file(split.train, split.held_out, case.task.class_names))
    came = imported(tmp_path, source_of(case)).read(file)
    for given, images, labels in zip((split.train, split.held_out), came[::2], came[1::2], strict=True):
        assert torch.equal(images, given.images)
        assert torch.equal(labels, given.labels)
    with np.load(file) as stored:
        channels, height, width = case.task.image
        assert stored["x_train"].shape == (40, height, width) + ((channels,) if channels > 1 else ())
        assert stored["class_names"].tolist() == list(case.task.class_names)
    with pytest.raises(ValueError, match=r"labels go from 0 to 0, not from 0 to \d+"):
        data_file(split.train, split.held_out, case.task.class_names[:1])


@pytest.mark.slow
@pytest.mark.parametrize("form", ["file", "folder"])
def test_the_file_trains_saves_and_classifies(form, tmp_path):
    case = CASES["not square"]
    split = case.split(training=200)
    recipe = replace(RECIPE, learning_rate=0.01, epochs=8)
    (tmp_path / "net.py").write_text(source_of(case, recipe))
    data = as_folder(case, tmp_path / "data", split)
    if form == "file":
        data = tmp_path / "net.npz"
        data.write_bytes(data_file(split.train, split.held_out, case.task.class_names))
    done = ran(tmp_path, "--data", data, "--save", "net.safetensors")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 9
    files = [f"data/test/{name}/{number:05}.png" for number, name in enumerate(case.task.class_names)]
    said = ran(tmp_path, *files)
    assert said.returncode == 0, said.stderr
    lines = [line.partition(": ") for line in said.stdout.splitlines()]
    assert [file for file, _, _ in lines] == files
    right = sum(answer.startswith(f"{name}, ") for name, (_, _, answer) in zip("abcde", lines, strict=True))
    assert right >= 3  # by chance one
    assert all(0 < float(answer.rpartition(" ")[2].removesuffix("%")) <= 100 for _, _, answer in lines)


def expected(model, case, image):
    """The line's end, by Pillow and torch."""
    channels, height, width = case.task.image
    resized = image.convert("RGB" if channels == 3 else "L").resize((width, height), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(resized)).view(height, width, channels).permute(2, 0, 1)[None] / 255
    with torch.inference_mode():
        share, number = model(normalise(pixels, case.task.mean, case.task.std)).softmax(1).max(1)
    return f"{case.task.class_names[number]}, {share.item():.1%}"


@pytest.mark.slow
def test_pictures_are_classified_by_the_weights_beside_or_named(case, tmp_path):
    model = with_weights(case, tmp_path)
    images = {}
    rng = np.random.default_rng(0)
    for name, shape in (("a.png", (50, 70, 3)), ("b.jpg", (20, 30)), ("c with space.bmp", (9, 9, 3))):
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(tmp_path / name)
        with Image.open(tmp_path / name) as image:
            images[name] = image.copy()
    wanted = [f"{name}: {expected(model, case, image)}" for name, image in images.items()]
    assert ran(tmp_path, *images).stdout.splitlines() == wanted
    (tmp_path / "net.safetensors").rename(tmp_path / "other.safetensors")
    assert ran(tmp_path, *images, "other.safetensors").stdout.splitlines() == wanted
    missing = ran(tmp_path, *images)
    assert missing.returncode
    assert "net.safetensors cannot be loaded as the weights of this network" in missing.stderr
    assert len(missing.stderr.splitlines()) == 1
    counted = ran(tmp_path, "other.safetensors")
    assert counted.stdout.startswith(f"{case.architecture.parameters} parameters")


def test_pictures_are_turned_laid_on_white_and_brought_to_eight_bits(tmp_path):
    case = CASES["not square"]
    net = imported(tmp_path, source_of(case))
    shape = (40, 24)
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    Image.fromarray(np.rot90(pixels).copy()).save(tmp_path / "turned.png", exif=exif)
    assert (net.picture(tmp_path / "turned.png").permute(1, 2, 0).numpy() == pixels).all()
    clear = np.dstack([pixels, np.zeros(shape, np.uint8)])
    Image.fromarray(clear).save(tmp_path / "clear.png")
    assert (net.picture(tmp_path / "clear.png") == 255).all()
    wide = pixels[:, :, 0].astype(np.uint16) * 257
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert (net.picture(tmp_path / "wide.png").numpy() == pixels[:, :, 0]).all()
    Image.fromarray(pixels).quantize(16).save(tmp_path / "palette.gif")
    with Image.open(tmp_path / "palette.gif") as image:
        assert (
            net.picture(tmp_path / "palette.gif").permute(1, 2, 0).numpy() == np.array(image.convert("RGB"))
        ).all()


def test_what_is_no_picture_is_said_and_the_others_are_classified(tmp_path, ran_here, capsys):
    case = CASES["small grey"]
    with_weights(case, tmp_path)
    (tmp_path / "page.png").write_text("<html>")
    Image.new("L", (12, 12)).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:40])
    assert ran_here("page.png", "cut.png", "none.png", "whole.png") == 1
    said = capsys.readouterr()
    assert [line.partition(" ")[0] for line in said.err.splitlines()] == ["page.png", "cut.png", "none.png"]
    assert said.out.startswith("whole.png: ")


def test_damaged_data_is_one_line(tmp_path):
    case = CASES["colour"]
    split, file = case.split(training=20, held_out=10), tmp_path / "net.npz"
    good = data_file(split.train, split.held_out, case.task.class_names)
    net = imported(tmp_path, source_of(case))
    arrays = dict(np.load(io.BytesIO(good)))
    changed = {
        "labels from 0 to 10; they must go from 0 to 9": {"y_train": np.arange(20) % 11},
        "is of other classes than this network, whose first is airplane": {"class_names": np.array(["a", "b"])},
        r"must hold uint8 images \(N, 32, 32, 3\), two or more": {"x_test": arrays["x_test"][:, :28]},
        r"must hold uint8 images \(N, 32, 32, 3\), two": {"x_test": arrays["x_test"] / 255},
        r"must hold uint8 images \(N, 32, 32, 3\)": {"y_test": arrays["y_test"][1:]},
        "or damaged": {"y_train": np.array([{}] * 20, dtype=object)},
    }
    for line, change in changed.items():
        np.savez(file, **(arrays | change))
        with pytest.raises(SystemExit, match=line) as raised:
            net.read(file)
        assert "\n" not in str(raised.value)
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 255
    for content in (good[:-100], b"", b"<html>", bytes(damaged)):
        file.write_bytes(content)
        with pytest.raises(SystemExit, match=r"net.npz is no .npz file with all that it must have, or damaged"):
            net.read(file)
    with pytest.raises(SystemExit, match=r"none.npz is no .npz file"):
        net.read(tmp_path / "none.npz")


def test_a_folder_that_is_not_as_it_must_be_is_one_line(tmp_path):
    case = CASES["small grey"]
    net = imported(tmp_path, source_of(case))
    with pytest.raises(SystemExit, match=r"train is missing; Thimble's `export --data` makes an .npz file"):
        net.read(tmp_path)
    folder = as_folder(case, tmp_path / "data", case.split(training=9, held_out=6))
    (folder / "test" / "oval").mkdir()
    with pytest.raises(SystemExit, match=r"oval is no class"):
        net.read(folder)
    (folder / "test" / "oval").rmdir()
    for file in (folder / "test" / "else").iterdir():
        file.rename(folder / file.name)
    with pytest.raises(SystemExit, match=r"else holds no pictures"):
        net.read(folder)
    (folder / "test" / "else").rmdir()
    with pytest.raises(SystemExit, match=r"else is missing"):
        net.read(folder)


def test_other_channels_than_a_picture_has_are_read_from_a_file(tmp_path, ran_here):
    from space.architecture import Architecture
    from space.task import Task

    task = Task(image=(2, 8, 8), class_names=("a", "b"), mean=(0.5, 0.4), std=(0.2, 0.3))
    design = Design(Architecture.parse("2x8x8 c4 relu gap c2k1"), RECIPE)
    net = imported(tmp_path, render(design, replace(EVIDENCE, dataset="mine", task=task)))
    assert not hasattr(net, "picture")
    images = torch.randint(0, 256, (6, 2, 8, 8), dtype=torch.uint8)

    class Given:
        pass

    given = Given()
    given.images, given.labels = images, torch.arange(6) % 2
    (tmp_path / "net.npz").write_bytes(data_file(given, given, task.class_names))
    assert torch.equal(net.read(tmp_path / "net.npz")[0], images)
    assert "no.pt cannot be loaded" in ran_here("no.pt")


@pytest.mark.parametrize("name", ['say "cheese"', "a\\", "\u2028", "\ud800", "{{ 7 * 7 }}", "日本", "'''", "x" * 90])
def test_any_class_name_comes_back(name, tmp_path):
    case = CASES["small grey"]
    task = replace(case.task, class_names=("a", name, *(f"class {n}" for n in range(50))))
    architecture = replace(case.architecture, layers=(*case.architecture.layers[:-1], _wider(case, 52)))
    source = render(Design(architecture, RECIPE), replace(EVIDENCE, dataset="mine", task=task))
    assert max(map(len, source.splitlines())) <= 118
    (tmp_path / "net.py").write_bytes(source.encode())
    assert task.class_names == imported(tmp_path, source).CLASSES


def _wider(case, classes):
    return replace(case.architecture.layers[-1], channels=classes)


def test_digits_that_are_not_mnists_do_not_read_mnist():
    source = render(
        Design(CASES["small grey"].architecture, RECIPE),
        replace(EVIDENCE, dataset="digits", task=replace(DIGITS, mean=(0.1,))),
    )
    assert "ubyte" not in source
    assert "MNIST" not in source

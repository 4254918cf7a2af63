"""Exported modules: golden files, a second opinion on what they compute, and a verification that can fail."""

import gzip
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from results.export.evidence import Evidence
from results.export.module import render
from results.export.verify import ExportMismatch, verify
from space.architecture import Architecture
from space.design import Design
from space.known.references import REFERENCES
from space.recipe import DEFAULT_RECIPE, PLAIN_RECIPE, Cosine
from space.task import DIGITS
from train.files.weights import as_file
from train.model import build

GOLDEN = Path(__file__).parent / "golden"
DESIGNS = {
    "gap_and_hidden": REFERENCES["ladder-3/6"].design,
    "full_map": REFERENCES["ladder-1/3"].design,
    "padded_and_grouped": Design(
        Architecture.parse("c8k5p2b bn relu d2d0.1 mp c8k3p1g4 relu c16 relu ap2 c10k6 gap"), DEFAULT_RECIPE
    ),
    "residual": Design(
        Architecture.parse(
            "c8 gbn32 silu mp [ c8k3p1g8 gbn32 prelu [ c8k1 relu ] c8k1 bn ] silu c16 gbn32 relu mp gap c10k1"
        ),
        replace(PLAIN_RECIPE, optimizer="muon", decay_vectors=False, schedule=Cosine(), ema=0.998),
    ),
}
EVIDENCE = Evidence(
    title="A golden file.",
    scores=("held-out accuracy 99.00 %, one seed",),
    found_by="by hand",
    dataset="mnist",
    task=DIGITS,
    versions={"torch": "2.13.0"},
    date="2026-01-01",
    last_epochs=5,
)


@pytest.mark.parametrize("name", DESIGNS)
def test_modules_are_written_as_they_were(name):
    """$THIMBLE_WRITE_GOLDEN writes the files anew; read them before committing them."""
    file = GOLDEN / f"{name}.py"
    if os.environ.get("THIMBLE_WRITE_GOLDEN"):
        file.write_text(render(DESIGNS[name], EVIDENCE))
    assert render(DESIGNS[name], EVIDENCE) == file.read_text()


def test_a_training_that_scores_by_held_out_images_says_so():
    evidence = replace(EVIDENCE, dataset="own")
    assert 'print(f"held-out accuracy {' in (text := render(DESIGNS["residual"], evidence, tests=False))
    assert text.replace("held-out accuracy {", "test accuracy {").replace(
        "held-out {percent", "test {percent"
    ).replace("the held-out images", "the test images") == render(DESIGNS["residual"], evidence)


@pytest.fixture
def exported(tmp_path):
    """An exported module with weights, images and the logits of the network it came from."""

    def make(design, source=None):
        torch.set_num_threads(1)
        model = build(design.architecture, seed=3).eval()
        module, weights = tmp_path / "net.py", tmp_path / "net.safetensors"
        module.write_text(source or render(design, EVIDENCE))
        weights.write_bytes(as_file(model.state_dict(), {}, weights))
        images = torch.rand(32, 1, 28, 28, generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            logits = model(images).numpy()
        return module, weights, {"images": images.numpy(), "logits": logits, "tolerance": 1e-6}

    return make


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one == "residual" else pytest.mark.slow) for one in DESIGNS]
)
def test_an_export_computes_what_the_network_does(exported, name):
    module, weights, known = exported(DESIGNS[name])
    assert verify(module, weights, **known, parameters=DESIGNS[name].architecture.parameters) <= 1e-6


_ALONE = """
import importlib.util, sys
from pathlib import Path

sys.path.insert(0, sys.argv[3])
import torch
torch.set_num_threads(1)
for module in sorted(Path(sys.argv[1]).glob("*.py")):
    spec = importlib.util.spec_from_file_location("net", module)
    net = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(net)
    images, logits = torch.load(module.with_suffix(".images"))
    with torch.inference_mode():
        came = net.load(str(module.with_suffix(".pt")))(images)
    print(module.stem, came.numel(), float((came - logits).abs().max()))
net, loss, accuracy = next(net.train(Path(sys.argv[2]), epochs=1))
print("trained", 40, 0.0 if 0 < loss < 10 and 0 < accuracy < 1 else float("nan"))
"""


def with_needs(name):
    """A distribution and those that it cannot do without."""
    needs = [need for need in importlib.metadata.requires(name) or () if ";" not in need]
    names = (re.match(r"[\w-]+", need)[0] for need in needs)
    return {name} | {one for need in names for one in with_needs(need)}


@pytest.fixture(scope="session")
def torch_and_numpy(tmp_path_factory):
    """A folder of packages: torch's, numpy's and what they need, as links."""
    folder = tmp_path_factory.mktemp("site")
    for name in with_needs("torch") | with_needs("numpy"):
        installed = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in installed.files if file.parts[0] not in ("..", "__pycache__")}:
            (folder / top).symlink_to(installed.locate_file(top))
    return folder


@pytest.mark.slow
def test_every_reference_runs_where_there_are_torch_and_numpy_alone(digits, torch_and_numpy, tmp_path):
    """In one interpreter that finds no other package; the last of them trains there too."""
    images = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    names = []
    for name, reference in REFERENCES.items():
        model = build(reference.design.architecture, seed=3).eval()
        stem = tmp_path / name.replace("/", "-")
        names.append(stem.name)
        stem.with_suffix(".py").write_text(render(reference.design, EVIDENCE))
        torch.save(model.state_dict(), stem.with_suffix(".pt"))
        with torch.inference_mode():
            torch.save((images, model(images)), stem.with_suffix(".images"))
    run = [sys.executable, "-I", "-S", "-c", _ALONE, str(tmp_path), str(digits[1]), str(torch_and_numpy)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    came = [line.split() for line in done.stdout.splitlines()]
    assert {name for name, _, _ in came} == {*names, "trained"}
    for name, size, difference in came:
        assert int(size) == 40, name
        assert float(difference) <= 1e-6, name
    (tmp_path / "ladder-0-1.py").write_text("import safetensors\n")
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert "No module named 'safetensors'" in done.stderr


@pytest.fixture
def imported(tmp_path):
    """Makes the exported module of a notation, imported."""

    def make(notation):
        file = tmp_path / "net.py"
        file.write_text(render(Design(Architecture.parse(notation), PLAIN_RECIPE), EVIDENCE))
        spec = importlib.util.spec_from_file_location("net", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return make


def test_every_layer_is_a_module_that_tools_see(imported):
    """As torchsummary does, which hooks on to modules: activations, pools and sums are among them."""
    notation = "c8 bn relu mpb [ c8k3p1g8 silu [ c8k1 prelu ] c8k1 ] do0.1 mp c12 d2d0.1 relu ap2 c10k1 gap"
    seen, network = [], imported(notation).Net().eval()
    for module in network.modules():
        if module is not network and not isinstance(module, torch.nn.Sequential):
            module.register_forward_hook(lambda module, _given, _came: seen.append(type(module).__name__))
    network(torch.rand(2, 1, 28, 28))
    assert seen == [
        "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "AvgPool2d", "Conv2d", "SiLU", "Conv2d", "PReLU", "Sum",
        "Conv2d", "Sum", "Dropout", "MaxPool2d", "Conv2d", "Dropout2d", "ReLU", "AvgPool2d", "Conv2d",
        "AdaptiveAvgPool2d",
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_eager_quantisation_fuses_convolution_norm_and_activation(imported):
    network, images = imported("c8 bn relu mp c12 relu mp c10 gap").Net().eval(), torch.rand(8, 1, 28, 28)
    with torch.inference_mode():
        logits = network(images)
        fused = torch.ao.quantization.fuse_modules(network, [["conv1", "bn1", "relu1"], ["conv2", "relu2"]])
        assert [type(module) for module in (fused.bn1, fused.relu1, fused.relu2)] == [torch.nn.Identity] * 3
        assert torch.allclose(fused(images), logits, atol=1e-5)


def test_the_module_reads_idx_files_by_what_they_hold(imported, tmp_path):
    read = imported("c8 mp c10 gap").read
    labels = bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 9])
    twice = gzip.compress(gzip.compress(labels[:9]) + gzip.compress(labels[9:]))
    for ending, content in (("", labels), (".gz", labels), ("", gzip.compress(labels)), (".gz", twice)):
        file = tmp_path / f"train-labels-idx1-ubyte{ending}"
        file.write_bytes(content)
        assert read(tmp_path, "train-labels-idx1-ubyte").tolist() == [5, 0, 9]
        for damage in (b"", b"\0\0", labels[:-1], b"five, nought, nine", gzip.compress(labels)[:-9], b"\x1f\x8bno"):
            file.write_bytes(damage)
            with pytest.raises(SystemExit, match=r"train-labels-idx1-ubyte.* is no idx file, or damaged"):
                read(tmp_path, "train-labels-idx1-ubyte")
        file.unlink()


@pytest.mark.slow
def test_verification_can_fail(exported):
    design = DESIGNS["full_map"]
    count = design.architecture.parameters
    module, weights, known = exported(design)
    with pytest.raises(ExportMismatch, match="7,690 parameters, the network 7,691"):
        verify(module, weights, **known, parameters=count + 1)
    with pytest.raises(ExportMismatch, match="differ from the network's by"):
        verify(module, weights, **known | {"logits": known["logits"] + 1e-4}, parameters=count)
    with pytest.raises(ExportMismatch, match="differ"):
        verify(module, weights, **known | {"logits": known["logits"] * np.nan}, parameters=count)
    source = module.read_text()
    module, weights, known = exported(design, source.replace("x = self.relu1(x)", "x = self.relu1(x) * 1.001", 1))
    with pytest.raises(ExportMismatch, match="differ"):
        verify(module, weights, **known, parameters=count)
    for ours in ("space", "thimble"):
        module, weights, known = exported(
            design, source.replace("import argparse", f"import argparse\nimport {ours}")
        )
        with pytest.raises(ExportMismatch, match=f"must not import {ours}"):
            verify(module, weights, **known, parameters=count)
    module, weights, known = exported(design, source.replace("self.conv2", "self.other"))
    with pytest.raises(ExportMismatch, match="does not run"):
        verify(module, weights, **known, parameters=count)


def test_a_module_is_verified_with_the_packages_that_this_process_has(exported, tmp_path, monkeypatch):
    """As those of $PYTHONPATH and of `pip install --user`, which an isolated interpreter leaves out."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "one_of_theirs.py").write_text("raise ImportError('it was found')\n")  # before torch
    monkeypatch.setattr(sys, "path", ["", *sys.path, str(tmp_path / "packages")])
    source = render(DESIGNS["full_map"], EVIDENCE)
    module, weights, known = exported(
        DESIGNS["full_map"], source.replace("import argparse", "import argparse\nimport one_of_theirs", 1)
    )
    with pytest.raises(ExportMismatch, match="it was found"):
        verify(module, weights, **known, parameters=7690)


def test_the_module_runs_by_itself(exported, tmp_path):
    module, weights, _ = exported(DESIGNS["gap_and_hidden"])
    done = subprocess.run(
        [sys.executable, "-I", str(module), str(weights)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[0] == "7624 parameters"


def test_no_text_breaks_out_of_the_docstring(exported):
    hostile = replace(EVIDENCE, found_by='"""\nimport os\nos.abort()\n"""', title='x\\" """ y')
    source = render(DESIGNS["full_map"], hostile)
    compile(source, "net.py", "exec")
    module, weights, known = exported(DESIGNS["full_map"], source)
    verify(module, weights, **known, parameters=7690)


@pytest.mark.parametrize("text", ["a\0b", "a\rb", "a\ud800b", "a\\", "{{ 7 * 7 }}", "a\u2028b", "word " * 60])
def test_any_text_leaves_a_module_that_can_be_written_and_read(text):
    evidence = replace(EVIDENCE, found_by=text, versions={"torch": text})
    source = render(DESIGNS["full_map"], evidence).encode().decode()
    compile(source, "net.py", "exec")
    assert max(map(len, source.splitlines())) <= 118


@pytest.mark.parametrize("name", DESIGNS)
def test_the_module_is_clean(name):
    checks = ["check", "--isolated", "--select", "E,F,W,I", "--line-length", "118"]
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, *checks, str(GOLDEN / f"{name}.py")], check=True, capture_output=True)

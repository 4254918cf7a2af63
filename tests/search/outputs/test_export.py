"""The command `export` and the files that it writes beside the module."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file

import train.data.dataset
from search.commands.main import run_app
from search.outputs.export import export as make_export
from search.outputs.files import WriteRefused
from search.outputs.targets import Targets
from search.study.designs import find_design
from space.architecture import Architecture
from train.data.dataset import Source
from train.fold import fold
from train.model import build

_NORMED = (
    "c6 bn silu mp [ c6k3p1g6 gbn16 prelu [ c6k1 relu ] c6k1b bn ] relu bn do0.1 c8k3p1g2 bn relu ap2 c10k6b gap"
)


def export(capsys, *arguments):
    """The facts that the command prints."""
    assert run_app(["export", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments):
    assert run_app(["export", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def outputs(module, weights, images):
    """Logits of the exported module with the exported weights."""
    spec = importlib.util.spec_from_file_location("net", module)
    net = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(net)
    with torch.inference_mode():
        return net.load(weights)(images).numpy()


@pytest.fixture
def there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THIMBLE_DATA", "")
    monkeypatch.setattr(train.data.dataset, "download", lambda folder, seconds: "no network here")
    return tmp_path


def mixed_up(model, seed=0):
    """Scales, shifts and running statistics as a training might leave them."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if tensor.dim() == 1:
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator) * (1 if "var" in name else 0.5))
    return model.eval()


@pytest.mark.parametrize("text", ["zoo/8000", _NORMED])
def test_a_folded_network_computes_the_same_in_fewer_layers(text):
    architecture = find_design(text, None, Path("runs")).design.architecture
    model = mixed_up(build(architecture, seed=2))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    folded, small = fold(model, architecture)
    images = torch.randn(8, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.allclose(folded(images), model(images), atol=1e-4)
    assert sum(weights.numel() for weights in folded.parameters()) == small.parameters
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert not re.search(r"\bc\d\S* g?bn", small.notation)


def test_norms_elsewhere_are_kept():
    whole = Architecture.parse(_NORMED)
    _, small = fold(build(whole, seed=0), whole)
    assert small.notation == (
        "c6b silu mp [ c6k3p1g6b prelu [ c6k1 relu ] c6k1b ] relu bn do0.1 c8k3p1g2b relu ap2 c10k6b gap"
    )


def test_all_files_of_a_folded_network_agree(there, capsys):
    whole = export(capsys, "zoo/8000", "-o", "a.py", "--weights", "a.safetensors", "--onnx", "a.onnx")
    facts = export(
        capsys,
        "zoo/8000",
        "--fold-bn",
        "-o",
        "b.py",
        "--weights",
        "b.safetensors",
        "--onnx",
        "b.onnx",
        "--card",
        "b.md",
    )
    assert whole["parameters"] == 7_384
    assert facts["parameters"] == 7_004
    assert (whole["folded"], facts["folded"]) == (0, 15)
    assert facts["difference"] <= 1e-4
    images = torch.randn(65, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    logits = outputs("a.py", "a.safetensors", images)
    assert np.abs(outputs("b.py", "b.safetensors", images) - logits).max() <= 1e-4
    for file in ("a.onnx", "b.onnx"):
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        for batch in (1, 65):
            (came,) = session.run(None, {"images": images[:batch].numpy()})
            assert np.abs(came - logits[:batch]).max() <= 1e-4
    assert sum(tensor.numel() for tensor in load_file("b.safetensors").values()) == 7_004
    text = (there / "b.py").read_text()
    assert text.startswith('"""A network of 7,004 parameters')
    assert "As it was trained, with 7,384 parameters" in text
    assert "--data" not in text
    card = (there / "b.md").read_text()
    assert "| **in all** |  | **7,004** |" in card
    assert "test accuracy 99." in card
    assert "MIT licence" in card
    assert (
        sum(int(n.replace(",", "")) for n in re.findall(r"^\| [a-z]+\d+ .+x\d+ \| ([\d,]+) \|", card, re.M)) == 7_004
    )


@pytest.mark.parametrize(("seed", "pool"), [(0, "mp"), (1, "mpb")])
def test_every_kind_of_layer_goes_to_onnx(seed, pool):
    from results.export.onnx_file import as_onnx, check
    from results.export.verify import ExportMismatch

    architecture = Architecture.parse(_NORMED.replace(" mp ", f" {pool} "))
    model = mixed_up(build(architecture, seed=seed), seed)
    images = torch.randn(64, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        logits = model(images).numpy()
    content = as_onnx(architecture, {name: t.numpy() for name, t in model.state_dict().items()}, about="a test")
    assert check(content, images=images.numpy(), logits=logits) <= 1e-5
    with pytest.raises(ExportMismatch, match="ONNX file's logits differ"):
        check(content, images=images.numpy(), logits=logits + 1e-4)


def test_a_card_of_an_untrained_network(there, capsys):
    export(capsys, "ladder-3/6", "--card", "card.md")
    card = (there / "card.md").read_text()
    assert "not trained by this program" in card
    assert "its weights were not exported" in card
    assert "scikit-learn's 1,797 digits" in card


def test_a_distilled_network_says_that_it_does_not_train_itself(there, capsys, monkeypatch):
    from dataclasses import replace

    from search.study import designs
    from space.recipe import DEFAULT_RECIPE

    monkeypatch.setattr(designs, "DEFAULT_RECIPE", replace(DEFAULT_RECIPE, distillation=0.5))
    assert run_app(["export", "c4 relu mp c10 gap"]) == 0
    assert "note: " in (err := capsys.readouterr().err)
    assert "distillation" in err
    assert "distillation), so this file does not train it again" in (text := (there / "net.py").read_text())
    assert "--data" not in text


def test_what_cannot_be_exported_is_refused_and_nothing_is_written(there, capsys, monkeypatch):
    assert "nothing to fold; leave --fold-bn out" in refused(capsys, "ladder-3/6", "--fold-bn")
    assert "--onnx and --card both name x" in refused(capsys, "zoo/8000", "--onnx", "x", "--card", "./x")
    assert "does not exist" in refused(capsys, "zoo/8000", "--onnx", "no/x.onnx")
    assert "has no trained weights" in refused(capsys, "ladder-3/6", "--weights", "w")
    from results.export import onnx_file

    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    assert "pip install 'thimble[onnx]'" in refused(capsys, "zoo/8000", "--onnx", "x.onnx")
    (there / "card.md").write_text("mine")
    assert "exists" in refused(capsys, "zoo/8000", "--card", "card.md")
    assert [path.name for path in there.iterdir()] == ["card.md"]


def test_an_export_is_a_value_that_is_written_when_it_is_told_to(there):
    """And torch computes afterwards as it did before."""
    threads, tiny = torch.get_num_threads(), torch.tensor([1e-39])
    targets = Targets(module=there / "a.py", weights=there / "a.safetensors")
    made = make_export(find_design("zoo/2000", None, there), targets, source=Source(name="digits"), runs=there)
    assert (torch.get_num_threads(), (tiny * 0.5).item() > 0) == (threads, True)
    assert list(there.iterdir()) == []
    made.write(force=False)
    assert {path: path.read_bytes() for path in there.iterdir()} == made.contents
    with pytest.raises(WriteRefused, match="exists"):
        made.write(force=False)

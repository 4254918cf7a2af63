"""Exported files that lie apart, and networks whose numbers are larger than most."""

import re
import runpy
from pathlib import Path

import pytest
import torch
from PIL import Image

from search.outputs.export import export
from search.outputs.targets import Targets
from search.study.designs import NamedDesign
from space.architecture import Architecture
from space.design import Design
from space.recipe import PLAIN_RECIPE
from train.files.weights import as_file
from train.model import build


@pytest.fixture
def place(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for folder in ("code", "a b"):
        Path(folder).mkdir()
    return tmp_path


def written(found, *, fold_norms=False, **files):
    """What `export` writes of a design, compared on random pixels."""
    made = export(found, Targets(**files), source=None, runs=Path("runs"), fold_norms=fold_norms)
    made.write(force=False)
    return made


def with_weights(notation, scale=1.0):
    """A trained network of the notation, as a name for one; `scale` makes its logits larger."""
    architecture = Architecture.parse(notation)
    model = build(architecture, seed=2)
    with torch.no_grad():
        list(model.parameters())[-1].mul_(scale)
    Path("own.safetensors").write_bytes(as_file(model.state_dict(), {}, Path("own.safetensors")))
    return NamedDesign("own", Design(architecture, PLAIN_RECIPE), refitted=(Path("own.safetensors"), ""))


def test_code_of_the_card_and_of_the_module_finds_files_in_other_folders(place, monkeypatch, capsys):
    files = {"weights": Path("a b/net.pt"), "onnx": Path("a b/net.onnx"), "card": Path("card.md")}
    written(with_weights("3x12x12 c6 bn relu gap c3k1"), module=Path("code/net.py"), **files)
    card = Path("card.md").read_text()
    assert "    python net.py '../a b/net.pt' picture.png\n" in card
    monkeypatch.chdir(place / "code")
    monkeypatch.syspath_prepend(place / "code")
    blocks = re.findall(r"```python\n(.*?)```", card, re.S)
    assert len(blocks) == 2
    pixels = torch.rand(5, 3, 12, 12)
    known = {"pixels": pixels}
    exec(blocks[0], known)
    of_onnx = {"pixels": pixels.numpy()}
    exec(blocks[1], of_onnx)
    assert of_onnx["logits"].argmax(1).tolist() == known["numbers"].tolist()
    monkeypatch.chdir(place)
    Image.new("RGB", (12, 12)).save("black.png")
    monkeypatch.setattr("sys.argv", ["net.py", "black.png"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path("code/net.py", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("black.png: ")


def test_norms_of_a_network_of_large_logits_are_folded(place):
    found = with_weights("c8 bn relu c16 bn relu mp c16 bn relu gap c10k1", scale=1e5)
    made = written(found, fold_norms=True, module=Path("net.py"))
    assert made.folded == 3
    assert made.difference > 1e-4  # which float32 rounds of such logits

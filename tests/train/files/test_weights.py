"""Weights are written whole and read back as they were."""

import pytest
import torch

from space.architecture import Architecture
from train.files.digests import digest
from train.files.weights import BadWeights, as_file, load
from train.files.whole import write_whole
from train.model import build

NET = Architecture.parse("c4 relu bn c4 mp c10 gap")


def save(model, path, metadata):
    write_whole(as_file(model.state_dict(), metadata, path), path)


def test_weights_read_back(tmp_path):
    model, other = build(NET, seed=0), build(NET, seed=1)
    save(model, tmp_path / "w.safetensors", {"notation": NET.notation})
    load(other, tmp_path / "w.safetensors", digest((tmp_path / "w.safetensors").read_bytes()))
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


@pytest.mark.parametrize("content", [b"", b"no tensors", None])
def test_what_are_not_its_weights_is_named(tmp_path, content):
    path = tmp_path / "w.safetensors"
    if content is None:
        save(build(Architecture.parse("c5 c10 mp c10 gap"), seed=0), path, {})
    else:
        path.write_bytes(content)
    with pytest.raises(BadWeights, match=r"w\.safetensors"):
        load(build(NET), path, "")


@pytest.mark.parametrize("damage", ["zeroed", "flipped", "another network's", "cut", "gone"])
def test_what_is_not_as_it_was_written_is_not_loaded(tmp_path, damage):
    """Though most of it would load."""
    path, model = tmp_path / "w.safetensors", build(NET, seed=1)
    save(build(NET, seed=0), path, {})
    content = path.read_bytes()
    known = digest(content)
    match damage:
        case "zeroed":
            path.write_bytes(content[:-400] + bytes(400))
        case "flipped":
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "another network's":
            save(build(NET, seed=2), path, {})
        case "cut":
            path.write_bytes(content[:-4])
        case "gone":
            path.unlink()
    with pytest.raises(BadWeights, match=r"w\.safetensors (is damaged|does not hold)"):
        load(model, path, known)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), build(NET, seed=1).parameters(), strict=True))


def test_seeds_decide_and_the_global_generator_does_not():
    torch.manual_seed(5)
    first = build(NET, seed=0)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))
    assert torch.equal(first.conv1.weight, build(NET, seed=0).conv1.weight)
    assert not torch.equal(first.conv1.weight, build(NET, seed=1).conv1.weight)

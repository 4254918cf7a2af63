"""Scores against torch's own cross-entropy, over more images than one batch has."""

import pytest
import torch
from torch.nn import functional

from space.architecture import Architecture
from train.data.images import Images
from train.evaluation import cross_entropies, evaluate
from train.model import build

NET = Architecture.parse("c6 relu bn do0.5 mp c10 gap")


def test_accuracy_and_loss_are_those_of_all_images_at_once(digits):
    images = Images(digits.train.images[:1_203], digits.train.labels[:1_203])
    model = build(NET, seed=0).train()
    accuracy, loss = evaluate(model, images, digits.mean, digits.std)
    assert not model.training
    with torch.no_grad():
        logits = model((images.images / 255 - digits.mean[0]) / digits.std[0])
    assert accuracy == pytest.approx((logits.argmax(1) == images.labels).double().mean().item())
    assert loss == pytest.approx(functional.cross_entropy(logits, images.labels).item(), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_each_image_is_torchs(smoothing):
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(64, 10, generator=generator), torch.randint(10, (64,), generator=generator)
    ours = cross_entropies(logits, labels, label_smoothing=smoothing)
    theirs = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    assert ours.shape == (64,)
    torch.testing.assert_close(ours, theirs)

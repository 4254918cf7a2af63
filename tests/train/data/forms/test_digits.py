"""scikit-learn's digits, as MNIST's are."""

from pathlib import Path

import numpy as np
import torch

from train.data.dataset import open_dataset


def test_digits_are_the_real_ones_in_a_black_frame() -> None:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    digits = open_dataset("digits", Path("/absent"))
    training, test = digits.training(), digits.test()
    images = torch.cat([training.images, test.images])
    assert (len(training), len(test)) == (1_500, 297)
    assert images.shape == (1_797, 1, 28, 28)
    assert images.dtype == torch.uint8
    assert torch.equal(torch.cat([training.labels, test.labels]), torch.from_numpy(labels).long())
    inside = images[:, :, 4:24, 4:24].float()
    assert images.long().sum() == images[:, :, 4:24, 4:24].long().sum()
    # Averaged back to 4x4 they are the 4x4 averages of the original: enlarging moved no ink far.
    ours = torch.nn.functional.adaptive_avg_pool2d(inside, 4).flatten(1).numpy() / 255 * 16
    theirs = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(pixels).view(-1, 1, 8, 8), 4).flatten(1).numpy()
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99

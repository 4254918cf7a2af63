"""Augmentation against torchvision on the same parameters."""

import pytest
import torch

from space.augmentations import Affine, ColourJitter, Crop, Cutout, Flip, Jitter, Rotation
from train.augment import ahead, apply, inverse_matrix, sample
from train.changes import Colouring, Hole, Mirror, Shift, Tint, Warp
from train.data.torchvision_schemas import define_missing_operators

define_missing_operators()
from torchvision.transforms import InterpolationMode  # noqa: E402
from torchvision.transforms.v2 import functional as reference  # noqa: E402


@pytest.fixture
def images(digits):
    return digits.train.images[:64].float() / 255


def drawn(n, seed=0):
    g = torch.Generator().manual_seed(seed)
    angle = torch.rand(n, generator=g) * 60 - 30
    x, y = (torch.rand(n, generator=g) * 8 - 4 for _ in range(2))
    scale = torch.rand(n, generator=g) * 0.6 + 0.7
    shear = torch.rand(n, generator=g) * 40 - 20
    return angle, x, y, scale, shear


@pytest.mark.parametrize(("interpolation", "share"), [("bilinear", 1.0), ("nearest", 0.998)])
def test_an_affine_map_is_torchvisions(images, interpolation, share):
    """Nearest may differ where a sample falls on the border of two pixels, up to rounding."""
    angle, x, y, scale, shear = drawn(len(images))
    ours = apply(images, [Warp(inverse_matrix(angle, x, y, scale, shear), interpolation)])
    theirs = torch.stack(
        [
            reference.affine(
                image,
                angle=angle[i].item(),
                translate=[x[i].item(), y[i].item()],
                scale=scale[i].item(),
                shear=[shear[i].item(), 0.0],
                interpolation=InterpolationMode(interpolation),
            )
            for i, image in enumerate(images)
        ]
    )
    assert ((ours - theirs).abs() < 1e-4).float().mean() >= share


def test_a_rotation_turns_as_an_affine_map_does(images):
    (warp,) = sample(
        (Rotation(degrees=25.0, interpolation="bilinear"),), 64, (28, 28), torch.Generator().manual_seed(1)
    )
    cosine, sine = warp.matrix[:, 0, 0], warp.matrix[:, 0, 1]
    angles = torch.rad2deg(torch.atan2(sine, cosine))
    assert angles.abs().max() <= 25
    assert angles.std() > 10
    theirs = torch.stack(
        [
            reference.affine(
                image,
                angle=angle.item(),
                translate=[0, 0],
                scale=1.0,
                shear=[0.0, 0.0],
                interpolation=InterpolationMode.BILINEAR,
            )
            for image, angle in zip(images, angles, strict=True)
        ]
    )
    assert torch.allclose(apply(images, [warp]), theirs, atol=1e-4)


def test_jitter_is_torchvisions_in_both_orders(images):
    (tint,) = sample((Jitter(brightness=0.4, contrast=0.4),), 64, (28, 28), torch.Generator().manual_seed(2))
    assert isinstance(tint, Tint)
    assert 10 < tint.contrast_first.sum() < 54
    theirs = []
    for image, brightness, contrast, first in zip(
        images, tint.brightness, tint.contrast, tint.contrast_first, strict=True
    ):
        steps = [(reference.adjust_brightness, brightness), (reference.adjust_contrast, contrast)]
        for adjust, factor in reversed(steps) if first else steps:
            image = adjust(image, factor.item())
        theirs.append(image)
    assert torch.allclose(apply(images, [tint]), torch.stack(theirs), atol=1e-6)


def test_composed_warps_are_one_after_the_other_up_to_blur(images):
    steps = (
        Rotation(degrees=20.0, interpolation="bilinear"),
        Affine(degrees=10.0, translate=0.1, scale=0.2, shear=10.0, interpolation="bilinear"),
    )
    (composed,) = sample(steps, 64, (28, 28), torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(3)
    apart = [sample((step,), 64, (28, 28), generator)[0] for step in steps]
    once, twice = apply(images, [composed]), apply(images, apart)
    swapped = apply(images, list(reversed(apart)))
    assert (once - twice).abs().mean() < 0.02
    assert (once - swapped).abs().mean() > 2 * (once - twice).abs().mean()


def test_parameters_keep_to_their_ranges_and_differ_between_images():
    step = Affine(degrees=0.0, translate=0.1, scale=0.0, shear=0.0)
    (warp,) = sample((step,), 4000, (28, 28), torch.Generator().manual_seed(4))
    shifts = warp.matrix[:, :, 2]
    assert shifts.abs().max() <= 2.8
    assert shifts.unique().numel() > 3900
    assert shifts.mean().abs() < 0.1  # 4 standard errors are 0.07


def test_kinds_are_composed_only_with_their_own_interpolation():
    steps = (Rotation(degrees=5.0), Rotation(degrees=5.0, interpolation="bilinear"), Rotation(degrees=5.0))
    assert len(sample(steps, 2, (28, 28), torch.Generator())) == 3
    jittered = (Rotation(degrees=5.0), Jitter(brightness=0.1, contrast=0.1), Rotation(degrees=5.0))
    assert len(sample(jittered, 2, (28, 28), torch.Generator())) == 3


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_strength_scales_every_range(images, interpolation):
    steps = (Affine(degrees=20.0, translate=0.2, scale=0.2, shear=20.0, interpolation=interpolation),)
    steps = (*steps, Jitter(brightness=0.5, contrast=0.5))

    def drawn_at(strength):
        return sample(steps, 64, (28, 28), torch.Generator().manual_seed(1), torch.tensor(strength))

    assert torch.allclose(apply(images, drawn_at(0.0)), images, atol=1e-5)
    (weak, weak_tint), (strong, strong_tint) = drawn_at(0.01), drawn_at(1.0)
    moved = lambda warp: (warp.matrix[:, :, :2] - torch.eye(2)).abs().mean()  # noqa: E731
    assert moved(weak).item() == pytest.approx(0.01 * moved(strong).item(), rel=0.2)
    assert torch.allclose(weak_tint.contrast - 1, 0.01 * (strong_tint.contrast - 1), atol=1e-6)


@pytest.fixture
def oblong():
    """Random pictures in colour, higher than wide."""
    return torch.rand(64, 3, 20, 14, generator=torch.Generator().manual_seed(9))


def one(step, images, *, seed=5, strength=1.0):
    (change,) = sample((step,), len(images), tuple(images.shape[2:]), torch.Generator().manual_seed(seed), strength)
    return change


@pytest.mark.parametrize(("interpolation", "share"), [("bilinear", 1.0), ("nearest", 0.998)])
def test_an_affine_map_of_an_oblong_picture_is_torchvisions(oblong, interpolation, share):
    angle, x, y, scale, shear = drawn(len(oblong))
    ours = apply(oblong, [Warp(inverse_matrix(angle, x, y, scale, shear), interpolation)])
    theirs = torch.stack(
        [
            reference.affine(
                image,
                angle=angle[i].item(),
                translate=[x[i].item(), y[i].item()],
                scale=scale[i].item(),
                shear=[shear[i].item(), 0.0],
                interpolation=InterpolationMode(interpolation),
            )
            for i, image in enumerate(oblong)
        ]
    )
    assert ((ours - theirs).abs() < 1e-4).float().mean() >= share


def test_a_shift_is_a_share_of_width_and_of_height(oblong):
    many = oblong[:1].expand(4000, -1, -1, -1)
    moved = one(Affine(degrees=0.0, translate=0.5, scale=0.0, shear=0.0), many).matrix[:, :, 2].abs().amax(0)
    assert moved.tolist() == pytest.approx([7, 10], rel=0.01)


def test_half_of_the_pictures_are_mirrored_as_torchvision_does(oblong):
    change = one(Flip(), oblong)
    assert isinstance(change, Mirror)
    assert 16 < change.mirrored.sum() < 48  # 4 standard deviations of 64 coins
    for came, left, mirrored in zip(oblong, apply(oblong, [change]), change.mirrored, strict=True):
        assert torch.equal(left, reference.horizontal_flip(came) if mirrored else came)


@pytest.mark.parametrize(("fill", "mode"), [("black", "constant"), ("mirror", "reflect")])
def test_a_crop_is_torchvisions_of_the_padded_picture(oblong, fill, mode):
    change = one(Crop(padding=4, fill=fill), oblong)
    assert isinstance(change, Shift)
    assert set(change.down.tolist()) == set(change.right.tolist()) == set(range(-4, 5))
    padded = reference.pad(oblong, [4], padding_mode=mode)
    for image, left, down, right in zip(
        padded, apply(oblong, [change]), change.down.tolist(), change.right.tolist(), strict=True
    ):
        assert torch.equal(left, reference.crop(image, 4 + down, 4 + right, 20, 14))


def test_a_crop_moves_by_every_number_of_pixels_equally_often():
    down = one(Crop(padding=2), torch.zeros(5000, 1, 8, 8)).down
    assert all(abs(count - 1000) < 120 for count in torch.bincount(down + 2))  # 4 standard deviations are 113


def test_a_cutout_is_torchvisions_erase_of_a_square(oblong):
    change = one(Cutout(share=0.5), oblong)
    assert isinstance(change, Hole)
    whole = 0
    for came, left, black in zip(oblong, apply(oblong, [change]), change.black[:, 0], strict=True):
        rows, columns = (black.any(axis).nonzero().flatten() for axis in (1, 0))
        i, j, h, w = rows[0], columns[0], len(rows), len(columns)
        assert max(h, w) <= 7
        whole += h == w == 7
        assert torch.equal(left, reference.erase(came, i, j, h, w, torch.zeros(1)))
    assert 5 < whole < 40  # of (13 x 7) / (20 x 14) of the centres it lies inside


def test_colour_jitter_is_torchvisions_in_every_order(oblong):
    change = one(ColourJitter(brightness=0.4, contrast=0.5, saturation=0.6), oblong)
    assert isinstance(change, Colouring)
    assert len(set(map(tuple, change.order.tolist()))) == 6
    assert (change.factors - 1).abs().amax(0).tolist() == pytest.approx([0.4, 0.5, 0.6], rel=0.1)
    steps = (reference.adjust_brightness, reference.adjust_contrast, reference.adjust_saturation)
    theirs = []
    for image, factors, order in zip(oblong, change.factors.tolist(), change.order.tolist(), strict=True):
        for which in order:
            image = steps[which](image, factors[which])
        theirs.append(image)
    assert torch.allclose(apply(oblong, [change]), torch.stack(theirs), atol=1e-5)


def test_what_has_faded_leaves_pictures_as_they_are(oblong):
    steps = (Crop(padding=3), Cutout(share=0.5), ColourJitter(brightness=0.3, contrast=0.3, saturation=0.3))
    changes = sample(steps, len(oblong), (20, 14), torch.Generator().manual_seed(1), torch.tensor(0.0))
    assert torch.allclose(apply(oblong, changes), oblong, atol=1e-6)


def test_what_is_drawn_ahead_is_what_batch_after_batch_draws():
    """Bit for bit, for every kind of augmentation and a strength of each batch."""
    steps = (
        Rotation(degrees=7.0), Affine(degrees=5.0, translate=0.1, scale=0.1, shear=5.0),
        Jitter(brightness=0.4, contrast=0.4),
        Flip(), Crop(padding=2, fill="mirror"), Cutout(share=0.3),
        ColourJitter(brightness=0.2, contrast=0.3, saturation=0.4),
    )  # fmt: skip
    strengths, generator = torch.linspace(1, 0, 70), torch.Generator()
    generator.manual_seed(5)
    one_by_one = [sample(steps, 96, (14, 18), generator, strength) for strength in strengths]
    end = generator.get_state()
    together = list(ahead(steps, 96, (14, 18), generator.manual_seed(5), strengths))
    assert torch.equal(generator.get_state(), end)
    x = torch.rand(96, 3, 14, 18, generator=torch.Generator().manual_seed(1))
    for apart, drawn in zip(one_by_one, together, strict=True):
        assert torch.equal(apply(x, drawn), apply(x, apart))

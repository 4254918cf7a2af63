"""The loop: repeatable, honest, and the same as a plain one."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from space.architecture import Architecture
from space.augmentations import Jitter, Rotation
from space.recipe import PLAIN_RECIPE, Constant, OneCycle, ReduceOnPlateau
from train.data.images import Images
from train.data.split import Split
from train.evaluation import evaluate
from train.loop import Training, streams, train
from train.model import build
from train.scores import Diverged

NET = Architecture.parse("c6 relu bn do0.05 c8 bn relu d2d0.05 mp c8k1 relu c10 relu bn gap c10k1")
PLAIN = Architecture.parse("c6 relu bn c8 relu mp c10 bn relu gap c10k1")
RECIPE = replace(PLAIN_RECIPE, batch_size=32, epochs=2)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def few(digits):
    """The first 300 training and 100 held-out digits."""
    first = lambda images, n: Images(images.images[:n], images.labels[:n])  # noqa: E731
    return replace(digits, train=first(digits.train, 300), held_out=first(digits.held_out, 100))


def run(data, recipe=RECIPE, architecture=NET, seed=0, init=0):
    model = build(architecture, seed=init)
    scores = list(train(model, recipe, data, seed=seed))
    return scores, model


def figures(scores):
    return [(s.epoch, s.loss, s.training_accuracy, s.accuracy, s.held_loss) for s in scores]


def test_equal_seeds_give_equal_scores_and_weights_bit_for_bit(few):
    recipe = replace(RECIPE, augmentation=(Jitter(brightness=0.2, contrast=0.2), Rotation(degrees=9.0)))
    torch.manual_seed(1)
    first, one = run(few, recipe)
    torch.manual_seed(2)
    torch.rand(100)
    second, two = run(few, recipe)
    assert figures(first) == figures(second)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))
    assert figures(run(few, recipe, seed=1)[0]) != figures(first)


def test_order_augmentation_and_dropout_draw_different_numbers():
    first = [torch.rand(8, generator=generator) for generator in [*streams(0), *streams(1)]]
    assert len({tuple(numbers.tolist()) for numbers in first}) == 6


def test_training_leaves_the_global_generator_alone(few):
    torch.manual_seed(3)
    run(few)
    after = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(after, torch.rand(1))


def test_it_is_a_plain_loop(few):
    """Without dropout and augmentation: the same losses as torch's textbook loop, and the same accuracy."""
    recipe = replace(
        RECIPE, optimizer="sgd", learning_rate=0.05, weight_decay=1e-4, schedule=Constant(), augmentation=(),
        label_smoothing=0.1,
    )  # fmt: skip
    scores, _ = run(few, recipe, PLAIN, seed=7)

    model = build(PLAIN, seed=0)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=1e-4)
    order = streams(7)[0]
    for epoch in range(2):
        model.train()
        total = 0.0
        for chosen in torch.randperm(300, generator=order).split(32):
            x = (few.train.images[chosen] / 255 - few.mean[0]) / few.std[0]
            loss = functional.cross_entropy(model(x), few.train.labels[chosen], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(chosen)
        assert scores[epoch].loss == pytest.approx(total / 300, rel=1e-4)
    model.eval()
    logits = model((few.held_out.images / 255 - few.mean[0]) / few.std[0])
    assert scores[-1].accuracy == pytest.approx(
        (logits.argmax(1) == few.held_out.labels).float().mean().item(), abs=0.011
    )
    expected = functional.cross_entropy(logits, few.held_out.labels).item()
    assert scores[-1].held_loss == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_adam_is_torchs(few, optimizer):
    recipe = replace(RECIPE, optimizer=optimizer, schedule=Constant(), augmentation=(), weight_decay=0.01, epochs=1)
    scores, _ = run(few, recipe, PLAIN, seed=7)
    model = build(PLAIN, seed=0)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer]
    reference = kind(model.parameters(), 0.01, betas=(0.9, 0.999), weight_decay=0.01)
    total = 0.0
    for chosen in torch.randperm(300, generator=streams(7)[0]).split(32):
        x = (few.train.images[chosen] / 255 - few.mean[0]) / few.std[0]
        loss = functional.cross_entropy(model(x), few.train.labels[chosen])
        reference.zero_grad()
        loss.backward()
        reference.step()
        total += loss.item() * len(chosen)
    assert scores[0].loss == pytest.approx(total / 300, rel=1e-3)  # Adam's first steps magnify rounding


def test_the_weight_average_is_the_mean_that_it_says(few):
    """Against the average of weights recorded after each step of the same training without it."""
    recipe = replace(RECIPE, optimizer="sgd", learning_rate=0.005, schedule=Constant(), augmentation=(), epochs=1)
    averaged = build(PLAIN, seed=0)
    (score,) = train(averaged, replace(recipe, ema=0.8), few, seed=0)
    assert (score.accuracy, score.held_loss) == pytest.approx(
        evaluate(averaged, few.held_out, few.mean, few.std), rel=1e-6
    )

    mean = copy.deepcopy(build(PLAIN, seed=0)).state_dict()
    model = build(PLAIN, seed=0).to(memory_format=torch.channels_last)  # as the loop does, lest rounding grow
    optimizer = torch.optim.SGD(model.parameters(), 0.005, momentum=0.9, weight_decay=1e-4, fused=True)
    for step, chosen in enumerate(torch.randperm(300, generator=streams(0)[0]).split(32)):
        decay = min(0.8, (1 + step) / (10 + step))
        x = few.train.images[chosen].float().mul_(1 / 255).sub_(few.mean[0]).div_(few.std[0])
        loss = functional.cross_entropy(model(x), few.train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                mean[name] = decay * mean[name] + (1 - decay) * tensor
    last = model.state_dict()
    for name, tensor in averaged.state_dict().items():
        if tensor.is_floating_point():
            assert torch.allclose(tensor, mean[name], atol=1e-5), name
            assert (tensor - last[name]).abs().max() > 1e-4, f"{name} is not an average"


def test_a_training_that_diverges_says_so(few):
    recipe = replace(RECIPE, optimizer="sgd", learning_rate=1e6, schedule=Constant())
    with pytest.raises(Diverged, match="in epoch 1"):
        run(few, recipe, Architecture.parse("c4 relu c4 relu mp c4 relu gap c10k1"))


def test_weights_that_break_after_the_last_loss_are_a_divergence_too(few):
    recipe = replace(RECIPE, optimizer="sgd", learning_rate=1e38, schedule=Constant(), batch_size=300, epochs=1)
    with pytest.raises(Diverged, match="held-out loss is nan in epoch 1"):
        run(few, recipe, Architecture.parse("c4 relu c4 relu mp c4 relu gap c10k1"))


def test_a_short_training_with_a_slow_average_does_not_score_its_initial_weights(few):
    recipe = replace(RECIPE, learning_rate=0.03, schedule=Constant(), augmentation=(), ema=0.9999, epochs=16)
    scores, model = run(few, recipe, PLAIN)
    assert scores[-1].accuracy > 0.5
    assert evaluate(model, few.held_out, few.mean, few.std) == pytest.approx(
        (scores[-1].accuracy, scores[-1].held_loss), rel=1e-6
    )


def test_to_stop_is_to_stop_asking(few):
    epochs = train(build(NET, seed=0), replace(RECIPE, epochs=1000), few, seed=0)
    assert next(epochs).epoch == 1
    epochs.close()


def test_a_last_batch_of_one_image_is_left_out(digits):
    data = Split(
        train=Images(digits.train.images[:33], digits.train.labels[:33]),
        held_out=digits.held_out,
        mean=digits.mean,
        std=digits.std,
    )
    scores, _ = run(data, replace(RECIPE, schedule=OneCycle()))
    assert len(scores) == 2


def test_a_plateau_lowers_the_rate(few):
    recipe = replace(
        RECIPE, optimizer="sgd", learning_rate=1e-9, schedule=ReduceOnPlateau(factor=0.5, patience=0),
        augmentation=(), epochs=4,
    )  # fmt: skip
    scores, _ = run(few, recipe, PLAIN)
    assert scores[-1].learning_rate < scores[0].learning_rate == 1e-9


def test_digits_are_learned(digits):
    architecture = Architecture.parse("c8 relu bn c16 relu bn mp c16 relu bn c16 relu bn gap c10k1")
    scores, _ = run(digits, replace(RECIPE, epochs=6, augmentation=()), architecture)
    assert scores[-1].accuracy > 0.95


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_the_loss_with_a_teacher_is_hintons(few, share):
    """Against torch's divergence, which differs from the cross-entropy by what no weight can change."""
    teacher, model = build(PLAIN, seed=5), build(PLAIN, seed=0)
    recipe = replace(RECIPE, distillation=share, label_smoothing=0.1, augmentation=())
    training = Training(model, recipe, few, seed=0, precision="fp32", teacher=teacher)
    chosen, *rest = training.first_batch()
    training.step(chosen, *rest)  # at rate 0: the gradient is left behind
    found = [parameter.grad.clone() for parameter in model.parameters()]
    x, y = training.assemble(chosen, rest[-1])
    model.zero_grad()
    logits, told = model(x), teacher(x).detach()
    divergence = functional.kl_div(
        functional.log_softmax(logits / 2, 1), functional.softmax(told / 2, 1), reduction="batchmean"
    )
    plain = functional.cross_entropy(logits, y, label_smoothing=0.1)
    ((1 - share) * plain + share * 4 * divergence).backward()
    for ours, parameter in zip(found, model.parameters(), strict=True):
        torch.testing.assert_close(ours, parameter.grad, rtol=1e-3, atol=1e-5)


def test_a_network_that_only_has_a_teacher_needs_no_labels(few):
    """And leaves the teacher as it was."""
    teacher, recipe = build(PLAIN, seed=5), replace(RECIPE, distillation=1.0)
    before = copy.deepcopy(teacher.state_dict())
    found = []
    for labels in (few.train.labels, torch.zeros_like(few.train.labels)):
        model = build(NET, seed=3)
        data = replace(few, train=Images(few.train.images, labels))
        list(train(model, recipe, data, seed=1, teacher=teacher))
        found.append(list(model.state_dict().values()))
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))
    assert not torch.equal(found[0][0], build(NET, seed=3).state_dict()[next(iter(model.state_dict()))])
    assert all(torch.equal(before[name], tensor) for name, tensor in teacher.state_dict().items())


def test_distillation_needs_a_teacher(few):
    with pytest.raises(ValueError, match="needs a teacher"):
        run(few, replace(RECIPE, distillation=0.5))

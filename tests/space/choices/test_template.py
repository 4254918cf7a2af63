"""Templates: layers of somebody's own whose widths are found, in every token of the notation."""

import random

import pytest

from space.choices.sizing import fit
from space.choices.template import Template
from space.design import Budget
from space.forms import FORMS
from space.invalid import InvalidDesign
from space.layers import Conv, Linear
from space.notation import parse_layers
from space.task import DIGITS
from tests.space.tasks import COLOUR, TASKS, name


def made(text, width, task=DIGITS):
    return Template(text).assemble(lambda _: width, image=task.image, classes=task.classes)


@pytest.mark.parametrize(
    ("text", "network", "slots"),
    [
        ("c? bn relu mp [ c?k3p1g? bn relu ]", "c9 bn relu mp [ c9k3p1g9 bn relu ] gap c10k1", 1),
        ("c? [ c?k3p1 relu c?k3p1 ] gap c?k1", "c9 [ c9k3p1 relu c9k3p1 ] gap c10k1", 2),
        ("c? [ c?k3p1 | c?k1 ]", "c9 [ c9k3p1 | c9k1 ] gap c10k1", 2),
        ("c? { c?k3p1 relu } { c4k1 | c?k1 }", "c9 { c9k3p1 relu } { c4k1 | c9k1 } gap c10k1", 3),
        ("c? relu c? gap", "c9 relu c10 gap", 1),
        ("c? mp flatten fc? relu fc?b", "c9 mp flatten fc9 relu fc10b", 2),
        ("c? gn4 relu c?k3p1g2", "c8 gn4 relu c8k3p1g2 gap c10k1", 2),
        ("c?k3p1 se? gn? relu", "c9k3p1 se2 gn9 relu gap c10k1", 1),
        ("c16 c?k3p1g? relu c?k3p1 =conv3", "c16 c16k3p1g16 relu c16k3p1 =conv3 gap c10k1", 0),
        ("c? prelu1 mp c16 =prelu1", "c9 prelu1 mp c16 =prelu1 gap c10k1", 1),
        ("c? flatten [ fc? relu ] fc?", "c9 flatten [ fc6084 relu ] fc10", 1),
        (
            "c? [ { c?k1 | c?k3p1 } ] relu [ { c?k1 | c?k3p1 } ] relu",
            "c18 [ { c9k1 | c9k3p1 } ] relu [ { c9k1 | c9k3p1 } ] relu gap c10k1",
            2,
        ),
    ],
)
def test_what_a_template_becomes(text, network, slots):
    """A free width is the same wherever the network needs the same, and a multiple of what groups divide."""
    assert made(text, 9).notation == network
    assert len(Template(text).slots(DIGITS.image, 10)) == slots


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mp? c8", "layer 1 `mp?`: `?` stands for the number behind"),
        ("c8 do?", "layer 2 `do?`"),
        ("c??", "layer 1 `c??`"),
        ("c8 foo", "layer 2 `foo`: not a layer"),
        ("", "at least one layer"),
        ("c1 " * 121, "at most 120 layers"),
    ],
)
def test_tokens_that_are_none_are_named(text, said):
    with pytest.raises(InvalidDesign) as error:
        Template(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c? mp9 mp9", "layer 3 `mp9`: kernel 9 does not fit"),
        ("[ c?", "no `]` closes it"),
        ("c? ]", "no `[` opens it"),
        ("{ c? }", "must be as high and wide"),
        ("[ { c?k3p1 } ]", "must keep the shape"),
        ("fc?", "put `flatten` before it"),
        ("flatten c?k1", "behind `flatten` stands"),
        ("c? relu c12 gap", "leaves 12 numbers, and there are 10 classes"),
        ("c? relu =conv7", "no layer before it is called conv7"),
    ],
)
def test_what_no_width_makes_a_network_is_said(text, said):
    with pytest.raises(InvalidDesign) as error:
        made(text, 9)
    assert said in str(error.value)


@pytest.mark.parametrize("task", TASKS, ids=name)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.rows[0].token)
def test_every_token_stands_in_a_template(form, task):
    """A row's example, made behind maps of a free width where it does not say how many come in."""
    for row in form.rows:
        tokens = row.example.split()
        opened = {"]": "[", "}": "{"}.get(tokens[-1])
        text = row.example if opened is None or opened in tokens else f"{opened} c?k3p1 {row.example}"
        if row.token == "|":
            text = "[ c?k3p1 | c?k1 ]"
        free = text.replace("c8k3p1 ", "c?k3p1 ").replace("fc50", "fc?").replace("fc10b", "fc?b")
        network = made(f"c?k3p1 {free.replace('=conv1', '=conv2')}", 24, task)
        assert network.classes == task.classes
        kinds = {type(layer) for layer in network.layers}
        for token in tokens:
            if token not in ("[", "]", "{", "}", "|"):
                assert type(parse_layers(token)[0]) in kinds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c8 [ { c?k1 | c?k1 } ]", "layer 8 `]`: a residual block must keep the shape, 8x26x26 comes in at layer 2"),
        ("c? { c?k1 | c?k1 } c12k1 [ { c4k1 | c4k1 | c?k1 } | { c?k1 | c8k1 } ]", "must leave the same shape"),
        ("c? [ { c?k1 } ]", "must keep the shape"),
    ],
)
def test_what_only_some_widths_make_a_network_is_said(text, said):
    """Each is one where all widths are as narrow as can be, or none."""
    with pytest.raises(InvalidDesign) as error:
        Template(text).slots(DIGITS.image, 10)
    assert said in str(error.value)


TEMPLATES = (
    "c? bn relu mp [ c?k3p1g? bn relu c?k1 bn ] relu",
    "c?k3s2p1 gn4 relu { c?k3p1 relu } [ c?k3p1 | c?k1 ] se? gn? mp flatten fc? relu fc?b",
    "c? relu c? gap",
    "c8 relu c?k3p1 relu =conv2 mp gap c?k1",
    "c? relu mp [ { c?k1 | c?k3p1 } ] relu [ { c?k1 | c?k3p1 } ] relu",
)


@pytest.mark.parametrize("task", [DIGITS, COLOUR], ids=name)
@pytest.mark.parametrize("text", TEMPLATES)
def test_widths_fill_the_budget_and_are_read_back(text, task):
    rng, template = random.Random(1), Template(text)
    slots = template.slots(task.image, task.classes)
    for _ in range(10):
        shares = {slot: rng.uniform(0.2, 1) for slot in slots}
        budget = Budget(parameters=rng.choice([40_000, 90_000]))
        network = fit(template, shares.__getitem__, fill=1.0, budget=budget, task=task, stages=False)
        assert network.parameters <= budget.parameters
        widths = template.widths_of(network)
        assert widths.keys() == set(slots)
        assert template.assemble(widths.__getitem__, image=task.image, classes=task.classes) == network


@pytest.mark.parametrize("text", TEMPLATES)
def test_other_limits_are_kept_and_the_parameters_filled_where_they_bind(text):
    template, share = Template(text), {f"free_{n}": 1.0 for n in range(1, 5)}
    few = Template(text).assemble(lambda _: 8, image=DIGITS.image, classes=10)
    budget = Budget(parameters=3 * few.parameters, macs=int(1.3 * few.macs))
    network = fit(template, share.__getitem__, fill=1.0, budget=budget, task=DIGITS, stages=False)
    assert budget.allows(network)
    assert network.parameters > few.parameters or not template.slots(DIGITS.image, 10)
    assert bool([*template.leaner()]) == (text != TEMPLATES[1])


def test_a_network_of_another_template_is_none():
    with pytest.raises(InvalidDesign, match="has no network"):
        Template("c? relu mp").widths_of(made("c? bn relu mp", 9))


def test_sums_of_sums_take_no_time():
    """Thirty blocks that each put twice as many maps together."""
    network = made("c? " + "{ relu } " * 30, 9)
    assert isinstance(network.layers[-1], Conv | Linear)


def test_sums_that_must_be_equal_take_no_time():
    doubled = "{ relu } " * 18
    network = made(f"c? [ c?k1 {doubled} | c?k1 {doubled} ]", 9)
    assert {layer.channels for layer in network.layers if isinstance(layer, Conv)} == {9, 10}

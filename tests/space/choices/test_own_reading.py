"""A space of somebody's own: what a file says, and what is said of one that says it wrongly."""

import json

import pytest

from space.choices.kinds import Pick, Real, Whole
from space.choices.own_reading import document_of, read_space, space_of
from space.choices.search_space import BadSpace

MINE = """
name = "mine"
forms = ["stages", "template"]
templates = [
    "c? bn relu mp [ c?k3p1g? bn relu c?k1 bn ] relu",
    "c?k3s2p1 gn4 relu [ c?k3p1 relu | c?k1 ] se? mp gap c?k1",
]
pool = "before entry"
optimizer = ["sgd", "adamw"]
adam_learning_rate = { low = 0.002, high = 0.01234567, log = true }
batch_size = [64, 96]
blocks_1 = { low = 1, high = 3 }
momentum = { low = 0.5, high = 0.9, when = { optimizer = "sgd" } }
label_smoothing = { options = [0.02, 0.05], when = { family = "stages", optimizer = ["sgd"] }, otherwise = 0.03 }
ema = { when = { optimizer = "adamw" } }
share = { low = 0.3, high = 1 }
share_stem = 0.5
width = { low = 6, high = 20 }
"""


def read(text, file="my.toml"):
    return read_space(text, file=file, name="my")


def test_what_a_file_says():
    space = read(MINE)
    assert (space.name, space.base, space.forms) == ("mine", "wide", ("stages", "template"))
    assert dict(space.narrowed) == {
        "pool": Pick(("before entry",)),
        "optimizer": Pick(("sgd", "adamw")),
        "adam_learning_rate": Real(0.002, 0.01234567, log=True),
        "batch_size": Pick((64, 96)),
        "blocks_1": Whole(1, 3),
        "momentum": Real(0.5, 0.9),
        "label_smoothing": Pick((0.02, 0.05)),
        "share": Real(0.3, 1.0),
        "share_stem": Pick((0.5,)),
        "width": Whole(6, 20),
    }
    conditions = dict(space.conditions)
    assert conditions["momentum"].otherwise == 0.9  # as of a recipe in which it has no effect
    assert conditions["label_smoothing"].needs == (("family", ("stages",)), ("optimizer", ("sgd",)))
    assert conditions["label_smoothing"].otherwise == 0.03
    assert conditions["ema"].otherwise == 0.0


def test_what_a_study_keeps_is_the_same_space():
    space = read(MINE)
    kept = space_of(json.loads(json.dumps(document_of(space))), name="")
    assert kept == space
    assert kept.name == "mine"


def test_equal_spaces_are_equal_whatever_they_are_called_and_however_they_are_written():
    one = read('momentum = { low = 0.5, high = 0.9 }\nbatch_size = 64\nname = "a"')
    other = read("# other\nbatch_size = [64]\n[momentum]\nhigh = 0.9\nlow = 0.5\nlog = false", file="b.toml")
    assert one == other
    assert hash(one) == hash(other)
    assert other.name == "my"


WRONG = [
    ("x", "line 1: not TOML"),
    ("a = 1\nbatch_size = 3\nbatch_size = 4", "line 3: not TOML: batch_size is given twice"),
    ('name = "x', "not TOML"),
    ("\n\nbatch_sise = 64", 'line 3: there is no key "batch_sise"; the nearest is batch_size'),
    ("template = []", "the nearest is templates"),
    ("family = 'stages'", "said by forms"),
    ("pool = 3", 'line 1: pool must be "before entry" or "after entry", not 3'),
    ("blur = 1", "blur must be false or true, not 1"),
    ("depthwise = true", "depthwise must be 3 or 5, not true"),
    ("depthwise = 3.0", "depthwise must be 3 or 5, not 3.0"),
    ("\npool = { low = 1, high = 2 }", "line 2: pool has no range"),
    ("momentum = { low = 0.9, high = 0.8 }", "momentum has low 0.9 above high 0.8, so that nothing is left"),
    ("momentum = { low = 0.9 }", "needs `high`"),
    ("momentum = {}", "needs `high`"),
    ("momentum = { low = 0.1, high = 0.9, step = 0.1 }", 'momentum has no key "step"'),
    ("momentum = 1.5", "momentum must be from 0.0 to 0.999, not 1.5"),
    ("momentum = nan", "momentum must be from"),
    ("momentum = inf", "momentum must be from"),
    ("momentum = 1" + "0" * 400, "momentum must be from"),
    ("momentum = '0.9'", 'momentum must be a number, not "0.9"'),
    ("momentum = []", "must list one value at least"),
    ("momentum = [0.9, 0.8, 0.9]", "lists 0.9 twice"),
    ("momentum = [[0.9]]", "not a list"),
    ("momentum = 1979-05-27", "must be a number"),
    ("weight_decay = { low = 0, high = 1, log = true }", "low above 0"),
    ("weight_decay = { low = 0.1, high = 1, log = 1 }", "log true or false"),
    ("batch_size = 64.0", "batch_size must be a whole number, not 64.0"),
    ("batch_size = true", "batch_size must be a whole number, not true"),
    ("batch_size = 1", "from 2 to 4096"),
    ("batch_size = { low = 16, high = 64, log = true }", "which has no log"),
    ("batch_size = { options = [16], low = 3, high = 4 }", "not both"),
    ("batch_size = { options = 16 }", "options, a list"),
    ("batch_size = { low = 16, high = 64, when = { optimizer = 'sgd' } }", "needs otherwise"),
    ("batch_size = { low = 16, high = 64, otherwise = 32 }", "goes with when"),
    ("momentum = { when = { optimizer = 'sgx' } }", "momentum, when, must be one of"),
    (
        "momentum = { when = { optimiser = 'sgd' } }",
        'must name another choice, not "optimiser"; the nearest is optimizer',
    ),
    ("momentum = { when = { momentum = 0.9 } }", "must name another choice"),
    ("momentum = { when = 'sgd' }", "when as a table"),
    ("momentum = { when = {} }", "when as a table"),
    ("momentum = { when = { ema = { low = 0.0, high = 0.5 } } }", "takes a value or a list"),
    ("momentum = { when = { ema = 0.0 } }\nema = { when = { momentum = 0.9 } }", "matters when another does"),
    ("share_stem = { low = 0.3, high = 1, when = { optimizer = 'sgd' } }", "have no when"),
    *(
        (f"momentum = {{ when = {{ {name} = [4] }} }}", f'networks and trainings, not widths, such as "{name}"')
        for name in ("share", "share_stem", "width", "width_free_1", "fill")
    ),
    ("share = 0", "share must be from 0.01 to 1.0, not 0"),
    ("name = 3", "name must be 1 to 64 printable characters"),
    ('name = "a\\nb"', "name must be"),
    ("base = 'narrow'", 'base must be one of core, wide, taught, not "narrow"'),
    ("base = []", "base must be one of"),
    ("forms = 'plain'", "forms must be a list"),
    ("forms = []", "forms must be a list"),
    ("forms = [\n'plain',\n'x']", 'line 3: forms of base wide are some of plain, stages, template, not "x"'),
    ("base = 'core'\nforms = ['stages']", "line 2: forms of base core are some of plain, template"),
    ("forms = ['template']", "write templates = [...]"),
    ("forms = ['plain']\ntemplates = ['c?']", "add it or leave them out"),
    ("templates = 'c?'", "templates must be a list of texts"),
    ("templates = [1]", "templates must be a list of texts"),
    ("templates = [\n'c?',\n'c? foo',\n]", 'line 3: templates "c? foo" cannot be read: layer 2 `foo`'),
    ("templates = [\n'c?',\n'c?',\n]", 'line 3: templates lists "c?" twice'),
    ("start = [\n'c8 gap',\n'c8 mq']", 'line 3: start "c8 mq" cannot be read'),
    ("start = [''] ", "start"),
    ("a.b.c = 1", 'there is no key "a"'),
    ("[wide]\nx = 1", 'there is no key "wide"'),
    ("momentum = " + "[" * 5000 + "]" * 5000, "not TOML"),
    ("batch_size = " + "9" * 5000, "line 1"),
    ("start = [" + ", ".join(f"'c{n} gap'" for n in range(4, 80)) + "]", "at most 64"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_in_one_line_with_file_and_line(text, said):
    with pytest.raises(BadSpace) as error:
        read(text)
    message = str(error.value)
    assert message.startswith("`space` my.toml, line ")
    assert said in message
    assert "\n" not in message
    assert len(message) < 600


def test_what_a_study_has_kept_and_somebody_changed_is_named_without_a_file():
    with pytest.raises(BadSpace, match="`space` of the study: momentum must be"):
        space_of({"base": "wide", "momentum": 3}, name="x")

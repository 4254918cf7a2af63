"""Against `tomllib`: lines of keys are found again in what it reads, and it reads what is written."""

import tomllib

import pytest

from space.toml_text import lines_of, written

TEXT = '''# x
name = "a" # c
forms = ["plain",
  "stages",  # , [
 'x'
]
momentum.low = 3
momentum . "high" = 4
templates = [ "a ] #", """
multi = 3
line""", "q" ]
[optimizer]
 options = ["sgd"]
 when = { a = [1, 2], b = "}" }
[a.b]
"we ird" = 1979-05-27T07:32:00Z
[[z]]
k = [[1,2],[3],
{a=1}]
last = 5'''


def test_every_key_and_item_has_its_line():
    lines = lines_of(TEXT)
    assert lines == {
        ("name",): 2, ("forms",): 3, ("forms", 0): 3, ("forms", 1): 4, ("forms", 2): 5,
        ("momentum",): 7, ("momentum", "low"): 7, ("momentum", "high"): 8,
        ("templates",): 9, ("templates", 0): 9, ("templates", 1): 9, ("templates", 2): 11,
        ("optimizer",): 12, ("optimizer", "options"): 13, ("optimizer", "options", 0): 13, ("optimizer", "when"): 14,
        ("a",): 15, ("a", "b"): 15, ("a", "b", "we ird"): 16,
        ("z",): 17, ("z", "k"): 18, ("z", "k", 0): 18, ("z", "k", 1): 18, ("z", "k", 2): 19, ("z", "last"): 20,
    }  # fmt: skip
    assert {key[0] for key in lines} == tomllib.loads(TEXT).keys()


def test_a_text_without_keys_has_none():
    assert lines_of("") == lines_of("# nothing\n\n") == {}


@pytest.mark.parametrize(
    "value",
    [
        True, 0, -7, 10**20, 0.1, 1e-30, 1e300, float("inf"), "", "näme 🧵",
        'a "b" \\ c', "".join(map(chr, range(300))),
        [], [[1, 2], ["a", False]], {"low": 0.25, "when": {"optimizer": ["sgd", "\x7f"]}},
    ],
)  # fmt: skip
def test_what_is_written_is_read_back(value):
    text = f"key = {written(value)}"
    assert tomllib.loads(text)["key"] == value
    assert "\n" not in text

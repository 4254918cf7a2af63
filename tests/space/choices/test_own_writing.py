"""A space written as a file reads back as the same space."""

import random
from dataclasses import replace

import pytest

from space.choices.choices import choices, draw
from space.choices.encoding import design_from
from space.choices.own_ranges import outer
from space.choices.own_reading import document_of, read_space, space_of
from space.choices.own_words import GROUPS, MATTERS, WORDS
from space.choices.own_writing import toml_of
from space.design import Budget
from tests.space.choices.test_own_reading import MINE, read
from tests.space.tasks import TASKS, name


@pytest.mark.parametrize("task", TASKS, ids=name)
@pytest.mark.parametrize("augment", ["digits", "natural", "none"])
@pytest.mark.parametrize("space", ["core", "wide", "taught"])
def test_a_built_in_space_comes_back(space, augment, task):
    text = toml_of(space, task=task, augment=augment)
    back = read_space(text, file="wide.toml", name="x")
    assert (back.name, back.base) == ("x", space), "a changed one is not called as the built-in one is"
    for sampling in ("inside", "plain"):
        every = choices(space, sampling, task=task, augment=augment)
        assert choices(back, sampling, task=task, augment=augment) == every
    values = draw(space, "inside", random.Random(1), task=task, augment=augment)
    budget = Budget(parameters=30_000)
    ours, theirs = (design_from(values, space=one, budget=budget, epochs=5, task=task) for one in (back, space))
    assert ours == theirs


@pytest.mark.parametrize("task", TASKS, ids=name)
def test_ones_own_space_comes_back(task):
    mine = read(MINE)
    back = read(toml_of(mine, task=task, augment="digits"))
    assert (back.name, back.base, back.forms) == (mine.name, mine.base, mine.forms)
    assert (back.templates, back.start, back.conditions) == (mine.templates, mine.start, mine.conditions)
    for sampling in ("inside", "plain"):
        every = choices(mine, sampling, task=task, augment="digits")
        assert choices(back, sampling, task=task, augment="digits") == every
    assert space_of(document_of(back), name="") == back


def test_a_name_of_any_letters_comes_back():
    space = replace(read(""), name='a "quoted" \\ näme 🧵')
    assert read(toml_of(space, task=TASKS[0], augment="digits")).name == space.name


def test_every_choice_has_words_and_one_place():
    assert WORDS.keys() == outer().keys()
    assert MATTERS.keys() <= WORDS.keys()
    written = [name for names in GROUPS.values() for name in names]
    assert sorted([*written, "share", "fill", "width"]) == sorted(WORDS)

"""The command `explain`: what it prints of a ladder."""

import pytest

import search.replication.explain
from results.wording.ladder import as_markdown
from search.commands import columns
from search.commands.main import run_app
from tests.results.wording.test_ladder import ladder, rung


@pytest.fixture
def story(monkeypatch, tmp_path):
    """A ladder, as if it had been trained."""
    made = ladder(rung((0.98, 0.982)), rung((0.99, 0.992)), without=(rung((0.985, 0.987)),))
    monkeypatch.setattr(search.replication.explain, "explain", lambda *_, **__: made)
    monkeypatch.chdir(tmp_path)
    return made


def test_the_story_is_in_the_width_of_the_terminal(story, monkeypatch, capsys):
    monkeypatch.setattr(columns, "columns_of", lambda stream: 80)
    assert run_app(["explain", "c4 relu gap c10k1", "--dataset", "digits"]) == 0
    out = capsys.readouterr().out
    assert out.split() == as_markdown(story).split()
    assert max(map(len, out.splitlines())) <= 80


def test_what_goes_into_a_file_is_markdown(story, capsys):
    assert run_app(["explain", "c4 relu gap c10k1", "--dataset", "digits"]) == 0
    assert capsys.readouterr().out == as_markdown(story)

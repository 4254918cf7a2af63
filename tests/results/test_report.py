"""The report: whole in one file, safe with any text, the winner first."""

import re

import pytest

from results.files import WriteRefused, write_text
from results.records import NothingFinished
from results.report import StudyFacts, render

FACTS = StudyFacts(
    name="mnist-8000",
    dataset="mnist",
    budget=8000,
    epochs=2,
    hold=2,
    target=0.994,
    command="python -m search run --budget 8000",
    created="2026-01-01T00:00:00+00:00",
    versions={"torch": "2.13.0"},
    note="",
)


def test_the_winner_comes_first_and_all_trials_are_there(make_record):
    records = [make_record(n, 0.9 + n / 1000, parameters=300 + n) for n in range(30)] + [make_record(30)]
    page = render(FACTS, records)
    assert page.index("The winner: trial 29") < page.index("Where the search went")
    assert "92.90 %" in page
    assert page.count('<td class="network">') == 31
    assert page.count("<figure>") == page.count("<details>") == 3
    assert "Not confirmed yet" in page
    assert len(page) < 10_000_000


def test_it_asks_the_network_for_nothing(make_record):
    page = render(FACTS, [make_record(0, 0.99)])
    own = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.S)  # plotly.js itself
    assert not re.findall(r"(?:src|href)=[\"']?(?!data:)[^\"'>]*//", own)
    assert "<link" not in own.replace('<link rel="icon" href="data:,">', "")
    assert "cdn." not in own


def test_no_chart_offers_to_upload_itself(make_record):
    """plotly.js 4 has such a button unless told otherwise."""
    page = render(FACTS, [make_record(0, 0.99)])
    assert page.count('"showSendToCloud": false') == page.count("Plotly.newPlot(") == 3


@pytest.mark.parametrize(("score", "word"), [(0.9939, "missed"), (0.994, "reached"), (0.995, "reached")])
def test_the_target_is_reached_or_missed(make_record, score, word):
    assert f"the target of 99.40 % is {word}" in render(FACTS, [make_record(0, score)])


def test_a_chart_as_a_table_has_the_true_values(make_record):
    page = render(FACTS, [make_record(0, 0.99), make_record(1, accuracies=(0.1, 0.2))])
    assert "<td>pruned, at its last epoch</td><td>1</td><td>20.00</td>" in page


def test_text_is_escaped(make_record):
    from dataclasses import replace

    facts = replace(FACTS, name="<script>alert(1)</script>", note="<img src=x onerror=alert(2)>")
    page = render(facts, [make_record(0, 0.99, reason="<b>", origin="<i>x</i>"), make_record(1, reason="<u>bad</u>")])
    for text in ("<script>alert(1)", "<img src=x", "<i>x</i>", "<u>bad</u>"):
        assert text not in page
    assert "&lt;script&gt;alert(1)" in page


def test_nothing_finished_is_said(make_record):
    with pytest.raises(NothingFinished, match="run --budget 8000"):
        render(FACTS, [make_record(0)])


def test_files_are_written_whole_and_not_over_others(tmp_path):
    path = tmp_path / "page.html"
    write_text("one", path, force=False)
    with pytest.raises(WriteRefused, match="exists"):
        write_text("two", path, force=False)
    write_text("three", path, force=True)
    assert path.read_text() == "three"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    for bad in (tmp_path, tmp_path / "no" / "page.html"):
        with pytest.raises(WriteRefused):
            write_text("four", bad, force=True)

"""What a notebook shows of values, in a real browser on a light and on a dark ground."""

import re

import pytest

from results.findings.confirmation import Confirmation, SeedRun
from results.findings.estimate import estimate_of
from results.findings.selection import best
from results.report import notebook
from space.architecture import Architecture
from tests.results.wording.test_ladder import ladder, rung

RESIDUAL = "c8 gbn32 silu mp [ c8k3p1g8 gbn32 prelu [ c8k1 relu ] c8k1 bn ] silu c16 gbn32 relu mp gap c10k1"
THEMES = {"light": ("rgb(34, 34, 34)", "rgb(255, 255, 255)"), "dark": ("rgb(220, 220, 220)", "rgb(17, 17, 17)")}


@pytest.fixture(scope="module")
def records(make_record):
    return [
        *(make_record(n, 0.98 + (n * 7 % 60) / 4000, parameters=300 + 50 * n, notation=RESIDUAL) for n in range(30)),
        make_record(30, 0.985, origin="<b>zoo</b>", parameters=1999, finals=(0.98, 0.99)),
        make_record(31, reason="below <other> trials", accuracies=(0.2, 0.9)),
        make_record(32, accuracies=(), screened=0.991),
        make_record(33, verdict="rejected", accuracies=(), parameters=9000),
        make_record(34, verdict="waiting", accuracies=(), recipe=None, notation="", parameters=0),
    ]


@pytest.fixture(scope="module")
def shown(records):
    """HTML of each kind of value by its name."""
    facts = {"name": "mine", "dataset": "digits", "budget": 2000, "limits": "2,000 parameters"}
    steps = [rung((0.97 + n / 1000, 0.98), name=f"a change with a long name {n}") for n in range(12)]
    return {
        "study": notebook.study(records, estimate=estimate_of(best(records)), **facts),
        "empty": notebook.study([], estimate=None, **facts),
        "untrained": notebook.study(records[-4:], estimate=None, **facts),
        "network": notebook.network(Architecture.parse(RESIDUAL)),
        "design": notebook.design(records[0].design),
        **{record.verdict + str(record.trial): notebook.trial(record) for record in records[-6:]},
        "confirmation": notebook.confirmation(Confirmation(runs=tuple(map(run, (1, 2))), epochs=3, last_epochs=2)),
        "one seed": notebook.confirmation(Confirmation(runs=(run(1),), epochs=3, last_epochs=2)),
        "ladder": notebook.ladder(ladder(*steps, without=steps[:9])),
    }


def run(seed):
    return SeedRun(seed=seed, accuracies=(0.9, 0.95, 0.97), training_accuracies=(0.9, 0.9, 0.9), seconds=90.0)


@pytest.fixture(scope="module", params=THEMES)
def page(request, shown, browser):
    ink, ground = THEMES[request.param]
    parts = "".join(f'<section id="{name.replace(" ", "-")}">{html}</section>' for name, html in shown.items())
    page = browser.new_page(viewport={"width": 800, "height": 900})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: said.append(asked.url))
    page.set_content(f'<body style="color: {ink}; background: {ground}">{parts}</body>')
    yield page, said, ink
    page.close()


def test_nothing_is_asked_for_said_or_wider_than_the_page(page):
    page, said, _ = page
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    wide = "all => all.filter(one => one.getBoundingClientRect().right > 800).map(one => one.outerHTML.slice(0, 80))"
    assert page.eval_on_selector_all(".thimble, .thimble svg, .thimble p, .thimble .scroll", wide) == []


def test_letters_are_of_the_pages_own_colour_on_its_ground(page):
    page, _, ink = page
    letters = ".thimble p, .thimble td, .thimble th, .thimble code, .thimble li, .thimble h4"
    assert set(page.eval_on_selector_all(letters, "all => all.map(one => getComputedStyle(one).color)")) == {ink}
    fills = "all => all.map(one => getComputedStyle(one).fill)"
    assert set(page.eval_on_selector_all(".thimble .diagram text", fills)) == {ink}


def test_tables_have_their_rows_and_pictures_are_seen(page):
    page, _, _ = page
    rows = {"study": 10, "confirmation": 2, "one-seed": 1, "ladder": 12, "empty": 0}
    assert {name: page.locator(f"#{name} table >> nth=0 >> tbody tr").count() for name in rows} == rows
    assert page.locator("#study tbody tr").first.inner_text().split("\t")[0] == "30"
    for name in ("study", "network", "design", "trained30", "pruned31"):
        box = page.locator(f"#{name} svg").first.bounding_box()
        assert box is not None, name
        assert min(box["width"], box["height"]) > 100, name
    assert page.locator("#study circle title").count() == 31
    assert page.locator("#trained29 polyline").count() == 2
    assert "<b>zoo</b>" in page.locator("#study").inner_text()
    assert "below <other> trials" in page.locator("#pruned31").inner_text()


def test_what_is_said_follows_from_the_values(shown):
    text = {name: re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL) for name, html in shown.items()}
    assert "31 trained, 2 pruned, 1 rejected, 1 waiting" in text["study"]
    assert "and 25 more trials" in text["study"]
    assert "no trials yet" in text["empty"]
    assert "No trial has been trained to its end yet." in text["untrained"]
    assert "96.000 % ± 0.000 %" in text["confirmation"]
    assert "95.00 %" in text["confirmation"]
    assert "one seed tells nothing of the spread between seeds" in text["one seed"]
    assert "±" not in text["one seed"]
    assert "Trial 33: rejected" in text["rejected33"]


def test_no_address_stands_in_it_and_no_script(shown):
    every = "".join(shown.values()).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|<script|@import|url\(", every)

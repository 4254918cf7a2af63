"""The page in a real browser: nothing is asked of the network, charts react, tables sort, nothing overflows."""

import re

import numpy as np
import pytest

from results.findings.importance import Importance
from results.report.page import render
from space.task import DIGITS
from tests.results.report.test_page import FACTS, confirmed_by
from tests.results.wording.test_ladder import ladder, rung

pytestmark = pytest.mark.slow

CHARTS = ("front", "history", "curves", "ladder", "undone", "bars")
RESIDUAL = "c8 gbn32 silu mp [ c8k3p1g8 gbn32 prelu [ c8k1 relu ] c8k1 bn ] silu c16 gbn32 relu mp gap c10k1"


@pytest.fixture(scope="module")
def file(tmp_path_factory, make_record):
    """A page with all there can be on it."""
    records = [
        *(make_record(n, 0.98 + (n * 7 % 60) / 4000, parameters=300 + 50 * n, notation=RESIDUAL) for n in range(60)),
        *(make_record(60 + n, reason="below other trials", accuracies=(0.2, 0.9)) for n in range(20)),
        make_record(80, 0.985, origin="zoo/2000", parameters=1999, notation=RESIDUAL),
        make_record(81, accuracies=(), screened=0.991),
    ]
    importance = Importance(
        shares={f"a_choice_with_a_long_name_{n}": 0.1 for n in range(10)}, chance=0.05, best=8, trials=80, of=80
    )
    digit = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    path = tmp_path_factory.mktemp("page") / "report.html"
    steps = [rung((0.97 + n / 1000, 0.98), name=f"a change with a long name {n}") for n in range(12)]
    page = render(
        FACTS,
        records,
        task=DIGITS,
        importance=importance,
        confirmed=confirmed_by(0.99, 0.992),
        ladder=ladder(*steps, without=steps[:9]),
        image=digit,
    )
    path.write_text(page)
    return path


@pytest.fixture
def opened(browser, file):
    """Opens the page; it must have said nothing to the console and asked for nothing but itself until the end."""
    pages, said, asked = [], [], []

    def open_page(width=1400, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert said == []
    assert {url for url in asked if not url.startswith("data:")} == {file.as_uri()}


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1400, "light")])
def test_the_page_loads_and_fits_its_window(opened, width, scheme):
    page = opened(width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in CHARTS:
        assert page.locator(f"#chart-{name} .main-svg").count() > 0
        assert page.locator(f"#chart-{name}").bounding_box()["width"] <= width
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ink, ground = (
        page.evaluate(f"getComputedStyle(document.querySelector('{where}')).{what}")
        for where, what in ((".diagram .title", "fill"), ("body", "backgroundColor"))
    )
    assert (brightness(ink) > brightness(ground)) == (scheme == "dark")
    assert abs(brightness(ink) - brightness(ground)) > 150
    letters = page.locator(".diagram .detail").first.bounding_box()["height"]
    assert letters >= 10  # pixels, so that it can be read on a phone


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_curve_and_mark_stands_out_from_its_ground(opened, scheme):
    """Three to one, as WCAG 2.2 asks of graphics (1.4.11), what is see-through blended with what lies below."""
    page = opened(1400, scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    drawn = page.evaluate(
        """() => [...document.querySelectorAll(
                "#chart-curves .js-line, #chart-history .js-line, .chart .points path")]
            .map(path => [getComputedStyle(path), path.classList.contains("js-line")])
            .map(([style, line]) => [line ? style.stroke : style.fill, Number(style.opacity) *
                Number(line ? style.strokeOpacity : style.fillOpacity), line ? parseFloat(style.strokeWidth) : 9])"""
    )
    assert len(drawn) > 100
    for colour, opacity, width in {tuple(one) for one in drawn}:
        if colour == "none":  # open marks
            continue
        blended = [
            opacity * over + (1 - opacity) * below for over, below in zip(rgb(colour), rgb(ground), strict=True)
        ]
        light, dark = sorted((luminance(blended), luminance(rgb(ground))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, (colour, opacity)
        assert width >= 1.5


def test_a_notation_is_one_line_until_it_is_asked_for(opened):
    for width in (1400, 390):
        page = opened(width)
        for where in (".panel .notation", "td.network .notation"):
            one = page.locator(where).first
            closed = one.bounding_box()["height"]
            assert closed < 32  # pixels
            one.locator("summary").click()
            assert one.bounding_box()["height"] > 1.5 * closed
            assert one.inner_text() == RESIDUAL
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def rgb(colour):
    return [int(number) for number in re.findall(r"\d+", colour)[:3]]


def luminance(colour):
    """As WCAG 2.2 defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (number / 255 for number in colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def brightness(colour):
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) / 3


def test_a_page_that_asks_for_something_is_noticed(browser, tmp_path):
    path, asked = tmp_path / "bad.html", []
    path.write_text("<script src='file:///nowhere.js'></script>")
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.close()
    assert asked == [path.as_uri(), "file:///nowhere.js"]


def test_charts_answer_to_the_pointer(opened):
    page = opened()
    chart = page.locator("#chart-front")
    chart.scroll_into_view_if_needed()
    assert chart.locator(".hoverlayer .hovertext").count() == 0
    chart.locator(".scatterlayer .trace").first.locator("path.point").nth(30).hover(force=True)
    chart.locator(".hoverlayer .hovertext").first.wait_for()
    assert "parameters, receptive field" in chart.locator(".hoverlayer").text_content()


def test_the_trials_sort_by_pointer_and_by_keyboard(opened):
    page = opened()

    def column(number):
        return page.locator(f"table.sortable tbody tr td:nth-child({number})").all_text_contents()

    def head(name):
        return page.get_by_role("button", name=name, exact=True)

    parameters = [int(text.replace(",", "")) for text in column(4)]
    head("parameters").click()
    assert [int(text.replace(",", "")) for text in column(4)] == sorted(parameters)
    head("parameters").focus()
    page.keyboard.press("Enter")
    assert [int(text.replace(",", "")) for text in column(4)] == sorted(parameters, reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("parameters")
    for _ in range(2):
        head("held-out").click()
        scores = column(3)
        assert column(2) == ["trained"] * (len(scores) - 21) + ["pruned"] * 21  # which have none, either way
    assert scores[:60] == sorted(scores[:60], reverse=True)
    head("verdict").click()
    assert column(2) == sorted(column(2))


def test_the_first_key_reaches_the_winner(opened):
    page = opened(390)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the winner"
    assert skip.bounding_box()["x"] >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

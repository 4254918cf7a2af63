"""Pages of studies of other pictures: colours, names and shapes; each in a real browser too."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from results.findings.answers import Answers, Mistake
from results.report.page import render
from space.architecture import Architecture
from space.task import Task
from tests.pictures import CASES
from tests.results.report.test_page import FACTS, confirmed_by

NAMES = tuple(f"a class with a name, the {number}th" for number in range(200))
TASKS = {
    **{name: case.task for name, case in CASES.items()},
    "hostile": Task(
        image=(3, 8, 16), class_names=("<script>alert(1)</script>", 'a "b" & c'), mean=(0.5,) * 3, std=(0.2,) * 3
    ),
    "two hundred": Task(image=(3, 64, 64), class_names=NAMES, mean=(0.5,) * 3, std=(0.2,) * 3),
}
NETWORKS = {
    **{name: case.notation for name, case in CASES.items()},
    "hostile": "3x8x16 c4 relu gap c2k1",
    "two hundred": "3x64x64 c8 relu mp c8 relu mp c8 relu mp c8 relu mp gap c200k1",
}


def pixels(task, seed=0):
    """An image as the first of a data set comes: (H, W), or (H, W, C)."""
    channels, height, width = task.image
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def answers(task):
    """Each class right 40 times, and of some confusions one that is the most frequent."""
    rng = np.random.default_rng(1)
    confusion = np.diag([40] * task.classes) + (rng.random((task.classes, task.classes)) < 0.1)
    confusion[1, 0] = 9
    mistakes = tuple(
        Mistake(image=pixels(task, n), truth=1, answer=n % task.classes if n != 1 else 0, certainty=0.9)
        for n in range(24)
    )
    return Answers(seed=1001, confusion=confusion.astype(int), mistakes=mistakes)


def page_of(name, make_record):
    task, network = TASKS[name], Architecture.parse(NETWORKS[name])
    records = [
        make_record(
            n,
            0.5 + n / 100,
            notation=network.notation,
            parameters=network.parameters,
            macs=network.macs,
            receptive_field=network.receptive_field,
        )
        for n in range(8)
    ]
    confirmed = replace(confirmed_by(0.55, 0.56), answers=answers(task), images=answers(task).images)
    facts = replace(FACTS, name=name, dataset="pictures")
    return render(facts, records, task=task, importance=None, confirmed=confirmed, ladder=None, image=pixels(task))


@pytest.mark.parametrize("name", [name for name in TASKS if TASKS[name].classes <= 20])
def test_few_classes_are_a_matrix_with_names(make_record, name):
    page, task = page_of(name, make_record), TASKS[name]
    table = page[page.index('<table class="confusion">') :].split("</table>")[0]
    heads = re.findall(r'<th scope="(?:col|row)"[^>]*><span>(.*?)</span></th>', table)
    from markupsafe import escape

    assert heads == [str(escape(one)) for one in task.class_names * 2]
    numbers = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr>")[2:]]
    assert np.array([[int(one or 0) for one in row] for row in numbers]).tolist() == answers(task).confusion.tolist()
    assert "<script>alert(1)" not in page
    assert "The most frequent confusions" not in page


@pytest.mark.parametrize("name", ["hundred", "two hundred"])
def test_many_classes_are_pairs_and_a_map(make_record, name):
    page, task = page_of(name, make_record), TASKS[name]
    assert '<table class="confusion">' not in page
    table = page[page.index('<table class="pairs">') :].split("</table>")[0]
    first, *others = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr>")[2:]]
    known = answers(task).confusion
    assert first == [task.class_names[1], task.class_names[0], "9", f"{900 / known[1].sum():.1f} %"]
    assert len(others) == 19
    assert all(row[2] == "1" and row[0] != row[1] for row in others)
    assert len(page) < 10_000_000


def test_pictures_keep_their_colours_and_their_shape(make_record):
    task = TASKS["not square"]
    page = page_of("not square", make_record)
    found = re.findall(r'<img src="data:image/png;base64,([^"]+)" alt="A b" width="24" height="40">', page)
    assert len(found) == 24
    with Image.open(io.BytesIO(base64.b64decode(found[3]))) as read:
        assert (np.asarray(read) == pixels(task, 3)).all()
    assert 'viewBox="0 0 24 40"' in page
    assert "whole image of 40×24 pixels" in page
    assert "<b>b</b> taken for <b>d</b>" in page


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1400, "light")])
@pytest.mark.parametrize("name", TASKS)
def test_the_page_fits_its_window(make_record, browser, tmp_path, name, width, scheme):
    file, said = tmp_path / "page.html", []
    file.write_text(page_of(name, make_record))
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
    matrix, chart = page.locator(".confusion"), page.locator("#chart-confusions")
    assert (matrix.count(), chart.count()) == ((1, 0) if TASKS[name].classes <= 20 else (0, 1))
    if chart.count():
        chart.scroll_into_view_if_needed()
        chart.locator(".heatmaplayer image").wait_for(state="attached")  # drawn when it is seen; there is one
        assert chart.bounding_box()["width"] <= width
    shown = page.locator(".mistakes img").first
    ratio = shown.evaluate("image => image.decode().then(() => image.naturalHeight / image.naturalWidth)")
    assert ratio == TASKS[name].image[1] / TASKS[name].image[2]
    page.close()
    assert said == []

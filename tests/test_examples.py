"""The examples do what they say: a notebook is executed, and what it shows is looked at in a browser."""

import os
import shutil

import pytest

from tests.source import ROOT

KERNEL = {"timeout": 300, "kernel_name": "python3"}
FIRST = "import sys\nsys.modules['ipywidgets'] = None"  # as where it is not installed


def executed(folder, *, first=None):
    """The notebook after all of its cells; `first` is executed before them."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "examples" / "digits.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "an example is stored without its outputs"
    if first:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, **KERNEL).execute(
        env={**os.environ, "THIMBLE_DATA": ""}
    )
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return executed(tmp_path_factory.mktemp("notebook"))


@pytest.mark.slow
def test_a_notebook_shows_study_trial_design_and_confirmation(notebook):
    every = outputs(notebook)
    assert {output.output_type for output in every} <= {"display_data", "execute_result"}  # nothing on standard error
    shown = [output.data["text/html"] for output in every if output.output_type == "execute_result"]
    for html, within in zip(
        shown, ("<h4>digits</h4>", "trained, held-out accuracy", 'class="diagrams"', "over 2 seeds"), strict=True
    ):
        assert html.startswith('<div class="thimble">')
        assert within in html


@pytest.mark.slow
def test_its_progress_is_drawn_and_comes_to_its_end(notebook):
    drawn = [output for output in outputs(notebook) if output.output_type == "display_data"]
    assert len(drawn) == 2  # of the search and of the confirmation
    assert all("application/vnd.jupyter.widget-view+json" in output.data for output in drawn)
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    bars = [one["state"] for one in states if one["model_name"] == "FloatProgressModel"]
    assert [(bar["value"], bar["max"]) for bar in bars] == [(2, 2), (12, 12)]
    assert {bar["bar_style"] for bar in bars} == {"success"}


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_looks_right_in_the_notebooks_own_style(notebook, theme, tmp_path):
    """JupyterLab's, whose rules for tables and code apply to what stands in a cell."""
    from nbconvert import HTMLExporter
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium")
    if not found:
        message = "there is no chromium: apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    file = tmp_path / "notebook.html"
    file.write_text(HTMLExporter(template_name="lab", theme=theme).from_notebook_node(notebook)[0])
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"]).new_page(
            viewport={"width": 800, "height": 900}
        )
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("http*://**", lambda route: route.abort())  # what JupyterLab's page asks for, not ours
        page.goto(file.as_uri())
        # None of ours: require.js is one of those that were not got.
        assert [error for error in errors if "require" not in error] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 800
        assert page.locator(".thimble").count() == 4
        assert page.locator(".thimble .trials tbody tr").count() == 2
        assert page.locator(".thimble .seeds tbody tr").count() == 2
        for place in range(4):
            box = page.locator(".thimble").nth(place).bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 800
        assert page.locator(".thimble svg").first.is_visible()
        assert page.locator(".thimble .diagram").last.is_visible()
        colours = "all => [...new Set(all.map(one => getComputedStyle(one).color))]"
        (ink,) = page.eval_on_selector_all(".thimble td, .thimble code, .thimble h4, .thimble p", colours)
        light = sum(map(int, ink.removeprefix("rgba").strip("rgb()").split(",")[:3])) > 3 * 128
        assert light == (theme == "dark")
        grounds = "all => [...new Set(all.map(one => getComputedStyle(one).backgroundColor))]"
        assert page.eval_on_selector_all(".thimble tr, .thimble code", grounds) == ["rgba(0, 0, 0, 0)"]


@pytest.mark.slow
def test_without_widgets_the_bar_is_of_text(tmp_path):
    streams = [output for output in outputs(executed(tmp_path, first=FIRST)) if output.output_type == "stream"]
    assert {stream.name for stream in streams} == {"stderr"}
    text = "".join(stream.text for stream in streams)
    assert "100%" in text
    assert "2/2" in text

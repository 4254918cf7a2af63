"""The guide in a real browser: each page fits a phone and a desk, in light and in dark, and lacks nothing."""

import functools
import http.server
import os
import subprocess
import sys
import threading

import pytest

from tests.source import ROOT

WIDTHS = (390, 1400)
LACKING = "() => [...document.images].filter(one => !one.complete || !one.naturalWidth).map(one => one.src)"
SCHEME = "() => document.body.dataset.mdColorScheme"
SPLIT = """() => [...document.querySelectorAll(".md-content .option, .md-content td > code")]
    .filter(one => one.matches(".option") || /^\\w+$/.test(one.innerText))
    .filter(one => one.getClientRects().length > 1).map(one => one.innerText)"""  # those that are cut in two
CUT = """() => [...document.querySelectorAll(".md-content pre > code")]
    .filter(one => Math.max(...one.innerText.split("\\n").map(line => line.length)) <= 112)
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"""  # code that a desk has room for
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The guide's folder, built."""
    folder = tmp_path_factory.mktemp("guide") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, check=True)
    return folder


@pytest.fixture(scope="module")
def address(site):
    """Where the guide is served; its search asks for files, which pages of a folder may not."""
    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def opened(browser, address):
    """Opens pages of the guide; what goes wrong on them is gathered."""
    troubles = []
    page = browser.new_page()
    page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("response", lambda got: troubles.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.on("request", lambda asked: asked.url.startswith((address, "data:", "blob:")) or troubles.append(asked.url))

    def open_page(name, scheme):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/{name}")
        return page

    yield open_page, troubles
    page.close()


def fits(page, width):
    """Returns whether a page is no wider than a window of that width, once what moves there has come to rest."""
    from playwright.sync_api import TimeoutError

    page.set_viewport_size({"width": width, "height": 900})
    try:
        page.wait_for_function(FITS)
    except TimeoutError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_its_window_and_lacks_nothing(opened, site, scheme):
    open_page, troubles = opened
    names = sorted(file.relative_to(site).as_posix() for file in site.rglob("*.html") if file.name != "404.html")
    assert len(names) > 60
    wide, split, cut = [], [], []
    for name in names:
        page = open_page(name, scheme)
        assert page.evaluate(SCHEME) == {"light": "default", "dark": "slate"}[scheme]
        troubles.extend(f"{name} lacks {address}" for address in page.evaluate(LACKING))
        for width in WIDTHS:
            if not fits(page, width):
                wide.append((name, width))
            split.extend((name, width, word) for word in page.evaluate(SPLIT))
        cut.extend((name, code) for code in page.evaluate(CUT))  # in the last, the widest window
    assert wide == []
    assert split == []
    assert cut == []
    assert troubles == []


@pytest.mark.slow
def test_a_page_that_lacks_something_is_noticed(opened, site):
    """A picture that is not there, a script that fails, what is wider than its window, and an option in two lines."""
    page = "<!doctype html><img src=gone.png><script>nothing()</script><p style='width: 500px'>wide</p>"
    page += "<div class=md-content style='width: 1em; word-break: break-all'>"
    page += "<code><span class=option>--ab</span></code>"
    page += "<pre style='word-break: normal'><code style='display: block; overflow: auto'>cut</code></pre></div>"
    (site / "bad.html").write_text(page)
    try:
        open_page, troubles = opened
        shown = open_page("bad.html", "light")
        assert not fits(shown, 390)
        assert len(shown.evaluate(LACKING)) == 1
        assert shown.evaluate(SPLIT) == ["--ab"]
        assert shown.evaluate(CUT) == ["cut"]
        assert any("404" in said for said in troubles)
        assert any("nothing is not defined" in said for said in troubles)
    finally:
        (site / "bad.html").unlink()

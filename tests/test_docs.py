"""What the pages say that can be checked: links, paths, tests by name, the notation, and the form of decisions."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib

import pytest

from results.findings.shares import standard_error
from tests.source import ROOT
from tests.test_borders import BESIDE, FLOORS

BESIDE_THEM = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = [ROOT / name for name in BESIDE_THEM] + sorted(ROOT.glob("docs/**/*.md"))
# The log and the records of 0.1 name files as they were called on their day.
HISTORY = {ROOT / "CHANGELOG.md", *ROOT.glob("docs/log/*.md")}
ROOMS = ("thimble", "search", "train", "space", "results", "tests", "benchmarks", "docs", "examples", ".ci")
SECTIONS = ["Context", "Decision", "Consequences", "What would change it", "Evidence"]


def named(page):
    return page.relative_to(ROOT).as_posix()


def without_blocks(text):
    """Returns a page's text without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """Returns the anchors that a page's headings have on GitHub."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def astray(page):
    """Returns the links of a page that lead nowhere."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text())):
        path, _, anchor = target.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            found.append(target)
    return found


def missing(page):
    """Returns the paths below the rooms, and the tests, that a page names in backticks and that are not there."""
    found = []
    for token in re.findall(r"`([^`\s]+)`", without_blocks(page.read_text())):
        path, _, test = token.partition("::")
        if not re.match(rf"({'|'.join(map(re.escape, ROOMS))})/", path):
            continue
        file = ROOT / path
        if not file.exists() or (test and f"def {test}(" not in file.read_text()):
            found.append(token)
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    assert astray(page) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in HISTORY], ids=named)
def test_every_path_and_test_on_a_page_exists(page):
    assert missing(page) == []


def test_the_checks_of_pages_can_fail(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading\n[a](page.md#one-heading) [b](page.md#two) [c](gone.md) [d](https://example.org/gone)\n"
        "`space/recipe.py` `space/gone.py` `runs/NAME` `tests/test_docs.py::test_gone`\n"
        "`tests/test_docs.py::test_every_link_leads_somewhere`\n```text\n[e](gone.md) `space/gone.py`\n```\n"
    )
    assert astray(page) == ["page.md#two", "gone.md"]
    assert missing(page) == ["space/gone.py", "tests/test_docs.py::test_gone"]


def test_the_walls_on_the_page_are_those_of_the_tests():
    """Rooms that the tests know and that are not there yet are not on the page."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| \d \| (.+) \| (.+) \|$", text, re.MULTILINE)
    there = {path.stem for path in (ROOT / "search").iterdir()} - {"__init__"}
    floors = [tuple(room for room in rooms if room in there) for rooms in FLOORS]
    assert [tuple(re.findall(r"`(\w+)`", rooms)) for rooms, _ in rows] == [rooms for rooms in floors if rooms]
    doors = {door for _, beside in rows for door in re.findall(r"`(\w+)` to `(\w+)`", beside)}
    assert doors == {(room, beside) for room, beside in BESIDE if room in there}


def test_the_map_on_the_page_is_drawn_straight():
    drawn = re.search(
        r"^```text\n(.+?)^```", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert drawn is not None
    rows = [line for line in drawn[1].splitlines() if line.endswith(tuple("┐│┤╡┘"))][1:]  # but for the arrow
    assert len(rows) > 15
    assert len(set(map(len, rows))) == 1


PYTHON = [page for page in PAGES if "import thimble" in page.read_text()]


def python_of(page):
    """Returns the Python of a page, one block after the other."""
    return "\n".join(re.findall(r"^```python\n(.+?)^```$", page.read_text(), re.MULTILINE | re.DOTALL))


def unknown(code):
    """Returns the calls of ours that there are not, or not with such arguments."""
    import thimble

    owners = {"thimble": thimble, "study": thimble.Study, "search": thimble.Search}
    found = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if owner in owners:
                called = getattr(owners[owner], name, None)
                names = inspect.signature(called).parameters if called else {}
                found += [f"{owner}.{name}"] if not called else []
                found += [f"{name}({one.arg}=)" for one in node.keywords if called and one.arg not in names]
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in owners:
                found += [] if hasattr(owners[owner], name) or name == "folder" else [f"{owner}.{name}"]
    return found


@pytest.mark.parametrize("page", PYTHON, ids=named)
def test_the_python_on_a_page_calls_what_there_is(page):
    assert unknown(python_of(page)) == []


def test_the_check_of_python_can_fail():
    code = "import thimble\nthimble.serach\nstudy.bset\nthimble.count('c8', stduy='x')\nsearch.go()"
    assert set(unknown(code)) == {"thimble.serach", "study.bset", "count(stduy=)", "search.go"}


@pytest.mark.slow
def test_the_python_on_the_page_of_python_runs(tmp_path):
    code = python_of(ROOT / "docs" / "python.md")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=220, stdout=subprocess.DEVNULL)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("net.py", "net.safetensors", "report.html", "runs", "classifier.py", "classifier.safetensors"),
    }


def test_standard_errors_on_the_page_are_those_that_decide_ties():
    text = (ROOT / "docs" / "figures.md").read_text()
    told = re.findall(
        r"with\s+([\d,]+)\s+images (?:one standard error is )?([\d.]+) points at ([\d.]+) %", text, re.IGNORECASE
    )
    assert [(images, share) for images, _, share in told] == [("10,000", "99.4"), ("250", "99")]
    for images, points, share in told:
        error = 100 * standard_error((float(share) / 100,), int(images.replace(",", "")))
        assert points == f"{error:.{len(points.partition('.')[2])}f}"


RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_a_decision_has_its_form(record):
    text = record.read_text()
    assert re.match(rf"# {record.name[:4]}: \S", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    evidence = text.partition("## Evidence\n")[2]
    assert re.search(r"\d", evidence)
    assert "../log.md" in evidence or "../records.md" in evidence


def test_the_list_of_decisions_is_complete():
    text = (ROOT / "docs" / "decisions" / "README.md").read_text()
    listed = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", text, re.MULTILINE)
    titles = [record.read_text().splitlines()[0].removeprefix("# ") for record in RECORDS]
    assert [f"{number}: {title}" for number, _, title in listed] == titles
    assert [file for _, file, _ in listed] == [record.name for record in RECORDS]
    assert [number for number, *_ in listed] == [f"{n:04}" for n in range(1, len(listed) + 1)]


def test_the_changelog_is_of_this_version():
    """Versions fall from the top, and the first that is dated is the one that pyproject.toml builds."""
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert versions[0] == project["version"]
    assert versions == sorted(versions, key=lambda version: [*map(int, version.split("."))], reverse=True)
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

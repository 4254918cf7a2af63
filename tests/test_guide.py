"""The guide has all that there is: commands, options, tokens, forms of data, extras, and the log."""

import importlib.util
import re
import subprocess
import sys
import tomllib

import pytest
import typer
import yaml

from tests.command_pages import FOLDER, MORE, commands, pages
from tests.source import ROOT, product

DOCS = ROOT / "docs"


def hook():
    """Returns the module that brings the files beside docs/ into the guide."""
    spec = importlib.util.spec_from_file_location("outside", DOCS / "hooks" / "outside.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_of_commands_are_those_of_the_command_line():
    """`python -m tests.command_pages` writes them anew."""
    assert {file.name: file.read_text() for file in FOLDER.glob("*.md")} == pages()


@pytest.mark.parametrize("name", commands())
def test_every_argument_and_option_of_a_command_is_on_its_page(name):
    text = (FOLDER / f"{name}.md").read_text()
    for parameter in commands()[name].params:
        if parameter.param_type_name == "argument":
            assert f"| `{parameter.metavar}" in text
            continue
        for option in (*parameter.opts, *parameter.secondary_opts):
            assert re.search(rf"^\| `[^`|]*(?<![\w-]){option}(?![\w-])", text, re.MULTILINE), option


@pytest.mark.parametrize("name", commands())
def test_a_page_where_a_command_is_told_more_of_names_it(name):
    for _, page in MORE[name]:
        assert re.search(rf"python -m search {name}\b|`{name}\b|commands/{name}\.md", (DOCS / page).read_text()), page


def test_a_range_is_not_told_as_a_default():
    rows = [line for file in FOLDER.glob("*.md") for line in file.read_text().splitlines() if line.endswith(" |")]
    assert len(rows) > 100
    assert [row for row in rows if re.search(r"\d to \d|or more", row.split(" | ")[-1])] == []


def test_every_option_of_the_program_itself_is_on_the_page_of_commands():
    from search.commands.main import app

    text = (FOLDER / "README.md").read_text()
    options = [option for parameter in typer.main.get_command(app).params for option in parameter.opts]
    assert "--version" in options
    assert [option for option in options if option not in text] == []


def test_every_command_is_in_the_guides_order_of_the_help():
    listed = re.findall(r"^\| \[`([a-z]+)`\]\(\1\.md\) \| .+ \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert listed == list(commands())
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert re.findall(r"([a-z]+): commands/\1\.md", navigation) == listed


def test_every_token_is_on_the_page_of_the_notation():
    from space.forms import FORMS

    text = (DOCS / "notation.md").read_text()
    for form in FORMS:
        for row in form.rows:
            assert f"| `{row.token}` |".replace("`|`", r"`\|`") in text, row.token


def test_every_form_of_data_is_on_the_page_of_pictures():
    from train.data.dataset import _FILES
    from train.data.forms.cifar import CIFAR_SETS
    from train.data.forms.folder import ENDINGS
    from train.data.forms.named import NAMES
    from train.data.forms.named_arrays import _CLASS_NAMES, _PAIRS
    from train.data.forms.table import _SPLIT, _WORDS

    text = (DOCS / "your-pictures.md").read_text()
    arrays = {name for pairs in _PAIRS.values() for pair in pairs for name in pair}
    packed = {name for one in CIFAR_SETS.values() for name in (one.archive, one.folder)}
    splits = {word for words in _SPLIT.values() for word in words}
    for name in (*NAMES, *_FILES, *_WORDS, *splits, *arrays, *_CLASS_NAMES, *packed):
        assert f"`{name}`" in text, name
    kinds = {"jpg": "jpeg", "tif": "tiff"}
    for ending in ENDINGS:
        kind = ending.removeprefix(".")
        assert kinds.get(kind, kind) in text.lower(), ending


def test_every_extra_is_on_the_page_of_installing():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    rows = re.findall(r"^\| (`.+?`) \|", (DOCS / "installing.md").read_text(), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == extras.keys()


def test_every_variable_that_is_read_is_on_the_page_of_files():
    """Those that a test or a benchmark reads are not a user's."""
    text = (DOCS / "files.md").read_text()
    read = set()
    for file in product(ROOT):
        code = file.read_text()
        constants = dict(re.findall(r"^([A-Z_]+) = \"([A-Z_]+)\"", code, re.MULTILINE))
        for name in re.findall(r"os\.environ(?:\.get\(|\.setdefault\(|\[)\"?([A-Z_]+)\b", code):
            read.add(constants.get(name, name))
    assert read >= {"THIMBLE_STORAGE", "XDG_CACHE_HOME", "RAY_USAGE_STATS_ENABLED"}
    read -= {"ONEDNN_PRIMITIVE_CACHE_CAPACITY"}  # set for speed, not for a user to set
    assert [name for name in sorted(read) if f"`{name}`" not in text] == []


def test_every_file_of_a_study_is_on_the_page_of_files():
    from search.study import room

    row = re.search(r"^\| `runs/NAME/` .*$", (DOCS / "files.md").read_text(), re.MULTILINE)
    assert row is not None
    names = {*room._OURS, *(name.removesuffix("-") for name in room._BEGINNINGS if name != ".")}
    assert [name for name in sorted(names) if not re.search(rf"`{name}(/|\.db)?`", row[0])] == []


def test_no_page_installs_the_thimble_of_a_package_index():
    """It is another project's there; only an installed program says so of its own extras."""
    pages = [ROOT / "README.md", *DOCS.glob("**/*.md"), *(ROOT / "examples").rglob("*.*")]
    assert [page.name for page in pages if "install 'thimble" in page.read_text()] == []


def test_a_report_is_gone_through_section_by_section():
    """In the order in which they stand in one, under their own headings."""
    template = (ROOT / "results" / "report" / "report.html.j2").read_text()
    sections = [title.partition(":")[0] for title in re.findall(r"<h2 id=\S+>(.+?)</h2>", template)]
    headings = re.findall(r"^## (.+)$", (DOCS / "report.md").read_text(), re.MULTILINE)
    assert len(sections) == 9
    assert headings[: len(sections)] == sections


def test_no_picture_or_page_beside_the_guide_asks_for_anything():
    files = [file for ending in ("html", "svg") for file in DOCS.rglob(f"*.{ending}")]
    assert len(files) > 2
    assert [file.name for file in files if re.search(r"""(src|href)=["']?(https?:)?//""", file.read_text())] == []


def test_every_entry_of_the_log_is_below_a_question():
    index = (DOCS / "log.md").read_text()
    slug = hook_slug()
    for file in (DOCS / "log").glob("*.md"):
        for heading in re.findall(r"^## (.+)$", file.read_text(), re.MULTILINE):
            date, _, title = heading.partition(": ")
            assert f"- {date}: [{title}](log/{file.name}#{slug(heading)})" in index


def hook_slug():
    """Returns what makes an anchor of a heading, as mkdocs.yml has it."""
    from pymdownx.slugs import slugify

    make = slugify(case="lower")
    return lambda heading: make(heading, "-")


def test_every_word_of_the_program_is_in_the_glossary():
    words = re.findall(r"^\*\*(.+?)\.\*\*", (DOCS / "glossary.md").read_text(), re.MULTILINE)
    assert words == sorted(words, key=str.lower)
    first = "budget, confirm, design, finals, held-out images, ladder, recipe, screening, study, trial, zoo"
    assert {word.lower() for word in words} >= set(first.split(", "))


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_links_lead_from_a_pages_place_in_the_guide():
    turned = hook().turned
    assert turned("[a](docs/report.md) [b](CONTRIBUTING.md#x) ![c](docs/pictures/report.png)", "README.md") == (
        "[a](report.md) [b](repository/CONTRIBUTING.md#x) ![c](pictures/report.png)"
    )
    assert turned("[a](../README.md) [b](../examples/script.py) [c](python.md)", "docs/report.md") == (
        "[a](index.md) [b](repository/examples/script.py) [c](python.md)"
    )
    assert turned("[a](docs/log.md) [b](https://example.org/x)", "CHANGELOG.md") == (
        "[a](../log.md) [b](https://example.org/x)"
    )
    assert turned("```text\n[a](docs/report.md)\n```\n[b](gone.md)", "README.md") == (
        "```text\n[a](docs/report.md)\n```\n[b](gone.md)"
    )


def test_bars_in_tables_are_shown_as_they_are_typed():
    """The repository's Markdown takes the backslash before one in a cell's code away, and the guide's does not."""
    from markdown import markdown

    text = hook().with_bars("| a | b |\n| --- | --- |\n| `\\|` | `[ c8 \\| c8k1 ]` or x \\| y |\n")
    cells = re.findall("<td>(.+)</td>", markdown(text, extensions=["tables"]))
    assert cells == ["<code>|</code>", "<code>[ c8 | c8k1 ]</code> or x | y"]
    assert hook().with_bars("```sh\n| `\\|` |\n```\n`\\|`") == "```sh\n| `\\|` |\n```\n`\\|`"


def test_an_option_in_a_sentence_stays_in_one_line():
    kept = hook().kept_together
    assert kept("<code>run --budget 8 -o a-b</code>") == (
        '<code>run <span class="option">--budget</span> 8 <span class="option">-o</span> a-b</code>'
    )
    assert kept("<pre><span></span><code>run --budget 8</code></pre>") == (
        "<pre><span></span><code>run --budget 8</code></pre>"
    )


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, whose tags name Python functions."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: suffix)


def navigation(part):
    """Yields each title of a part of the navigation with what is below it: a page, or a list."""
    for one in part:
        for title, rest in one.items() if isinstance(one, dict) else ():
            yield title, rest
            yield from navigation(rest) if isinstance(rest, list) else ()


NAVIGATION = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)["nav"]


def test_nothing_in_the_navigation_is_called_twice():
    every = [title for title, _ in navigation(NAVIGATION)]
    assert sorted(every) == sorted(set(every))


def test_a_page_for_users_is_called_what_the_navigation_calls_it():
    every = list(navigation(part for part in NAVIGATION if not part.keys() & {"Reference", "Work on it"}))
    for title, page in every:
        if isinstance(page, str):
            assert (ROOT / hook().source_of(page)).read_text().startswith(f"# {title}\n")
    assert len(every) > 15


@pytest.mark.slow
def test_the_guide_is_built_without_a_warning_and_asks_for_nothing(tmp_path):
    """No page names a script, style, font or picture that lies elsewhere."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    built = list((tmp_path / "site").rglob("*.html"))
    assert len(built) > 60
    for file in built:
        loaded = re.findall(r"<(?:script|img|iframe|source)[^>]+src=.?(https?:[^\"'\s>]+)", file.read_text())
        loaded += re.findall(
            r"<link[^>]+rel=.?(?:stylesheet|preconnect|icon)[^>]+href=.?(https?:[^\"'\s>]+)", file.read_text()
        )
        assert loaded == [], file.name

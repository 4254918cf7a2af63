"""The guide has all that there is: commands, options, Python names, tokens, forms of data, extras, and the log."""

import importlib.util
import inspect
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from tests.command_pages import FOLDER, commands, pages
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


def test_every_command_is_in_the_guides_order_of_the_help():
    listed = re.findall(r"^\| \[`([a-z]+)`\]\(\1\.md\) \| .+ \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert listed == list(commands())
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert re.findall(r"([a-z]+): commands/\1\.md", navigation) == listed


def test_every_public_name_has_its_docstring_in_the_guide():
    import thimble

    shown = re.findall(r"^::: thimble\.(\w+)$", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert sorted(shown) == sorted(thimble.__all__)


def returned(thing):
    """Returns the names of the classes that a public name's functions return, properties among them."""
    own = {name: one for name, one in vars(thing).items() if not name.startswith("_")}
    made = own.values() if inspect.isclass(thing) else [thing]
    functions = [one.fget if isinstance(one, property) else one for one in made]
    hints = " ".join(str(inspect.signature(one).return_annotation) for one in functions if inspect.isfunction(one))
    return set(re.findall(r"\b[A-Z]\w+", hints))


def test_what_functions_return_is_among_the_python_names():
    """Our own values, that is; what a callback is told of, too."""
    import thimble

    page = (DOCS / "api.md").read_text()
    shown = re.findall(r"^::: (\S+)\.(\w+)$", page, re.MULTILINE)
    for module, name in shown:
        assert hasattr(importlib.import_module(module), name)
    theirs = {"Any", "DataFrame", "Iterator", "Mapping", "Module", "None", "Path"}
    names = {"Running"}.union(*(returned(getattr(thimble, name)) for name in thimble.__all__)) - theirs
    assert names >= {"TrialRecord", "Confirmation", "Dataset", "EpochScore"}
    assert names <= {name for _, name in shown}


def test_every_public_method_is_named_where_python_is_shown():
    import thimble

    text = (DOCS / "python.md").read_text()
    for owner in (thimble.Search, thimble.Study):
        for name in vars(owner):
            assert name.startswith("_") or re.search(rf"\b{name}\b", text), f"{owner.__name__}.{name}"


def test_every_token_is_on_the_page_of_the_notation():
    from space.forms import FORMS

    text = (DOCS / "notation.md").read_text()
    for form in FORMS:
        for row in form.rows:
            assert f"| `{row.token}` |".replace("`|`", r"`\|`") in text, row.token


def test_every_form_of_data_is_on_the_page_of_pictures():
    from train.data.dataset import _FILES
    from train.data.forms.folder import ENDINGS
    from train.data.forms.named import NAMES
    from train.data.forms.table import _SPLIT, _WORDS

    text = (DOCS / "your-pictures.md").read_text()
    for name in (*NAMES, *_FILES, *_WORDS, *(word for words in _SPLIT.values() for word in words)):
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
    read = {
        name
        for file in product(ROOT)
        for name in re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z_]+)\"", file.read_text())
    }
    assert read >= {"THIMBLE_STORAGE", "XDG_CACHE_HOME"}
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

"""Brings what lies outside docs/ into the guide: the README as its first page, and every file of the repository that
a page links to, below `repository/`.

In the repository links are relative to the file that has them, so that they work where it is read; here they are
turned to where the guide has the file. What stands in code is shown as it is typed: with no backslash before a bar in
a table, which only the repository's Markdown takes away, and with no line that ends within an option.
"""

import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
FIRST = "README.md"  # of the repository; the guide's index.md
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)\s#]+)")
CODE = re.compile(r"`[^`\n]+`")
ROW = re.compile(r"^\|.*$", re.MULTILINE)
SHOWN = re.compile(r"(?<!<pre>)(?<!<span></span>)<code>([^<]+)</code>")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


def place_of(source: str) -> str:
    """Returns where the guide has a file of the repository, both relative with forward slashes."""
    if source == FIRST:
        return "index.md"
    return source.removeprefix("docs/") if source.startswith("docs/") else f"repository/{source}"


def source_of(place: str) -> str:
    """Returns the file of the repository that the guide has at a place: the other way round of `place_of`."""
    if place == "index.md":
        return FIRST
    return place.removeprefix("repository/") if place.startswith("repository/") else f"docs/{place}"


def linked(text: str, source: str) -> set[str]:
    """Returns the files of the repository that a page's text links to."""
    folder = posixpath.dirname(source)
    paths = {posixpath.normpath(posixpath.join(folder, link)) for link in LINK.findall(FENCED.sub("", text))}
    return {path for path in paths if (ROOT / path).is_file()}


def turned(text: str, source: str) -> str:
    """Returns a page's text with its links as they lead from its place in the guide."""
    folder, here = posixpath.dirname(source), posixpath.dirname(place_of(source))

    def turn(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[1]))
        return posixpath.relpath(place_of(target), here or ".") if (ROOT / target).is_file() else link[0]

    return outside_blocks(text, lambda part: LINK.sub(turn, part))


def outside_blocks(text: str, change: Callable[[str], str]) -> str:
    """Returns a page's text with what stands outside of its blocks of code changed."""
    blocks, parts = FENCED.findall(text), FENCED.split(text)
    return "".join(change(part) + block for part, block in zip(parts, [*blocks, ""], strict=True))


def with_bars(text: str) -> str:
    """Returns a page's text with the bars in its tables' code as they are, since code hides them from tables here."""
    return outside_blocks(
        text, lambda part: ROW.sub(lambda row: CODE.sub(lambda code: code[0].replace(r"\|", "|"), row[0]), part)
    )


def kept_together(html: str) -> str:
    """Returns a page's HTML in which no option in a sentence's code is cut in two, as at its dashes on a phone."""
    return SHOWN.sub(lambda code: OPTION.sub(r'<span class="option">\g<0></span>', code[0]), html)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the first page, and what pages link to, and what those link to in their turn."""
    open_ = {FIRST} | {f"docs/{file.src_uri}" for file in files.documentation_pages()}
    seen: set[str] = set()
    while open_:
        source = open_.pop()
        seen.add(source)
        if files.get_file_from_path(place_of(source)) is None:
            files.append(File.generated(config, place_of(source), abs_src_path=str(ROOT / source)))
        if source.endswith(".md"):
            open_ |= linked((ROOT / source).read_text(), source) - seen
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turns the links of a page, and takes the backslashes out of its tables' code."""
    return with_bars(turned(markdown, source_of(page.file.src_uri)))


def on_page_content(html: str, **_: object) -> str:
    """Keeps the options of a page together."""
    return kept_together(html)

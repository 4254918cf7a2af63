"""The guide's pages of commands, from the command line itself.

`python -m tests.command_pages` writes docs/commands/ anew; tests/test_guide.py holds the pages.
"""

import inspect
import re
from typing import Any

import typer

from tests.source import ROOT

FOLDER = ROOT / "docs" / "commands"
INDEX = """\
# Commands

There is a page for each command, generated from the command line itself, so that it says what `-h` says. Every `-h`
has an example; a wrong option is answered with the nearest right one; `thimble --version` shows the version, and
`thimble --install-completion` has the shell complete commands, options and names of studies (`--show-completion`
prints the script for it). What `--json` prints has [a page of its own](../json.md); [exit codes](../reliability.md)
stand with what may go wrong. `thimble` is the same program as `python -m search`, and the form to use in a folder
that holds a `search.py` or `search/` of your own.

| command | what it does |
| --- | --- |
{rows}

`python -m tests.command_pages` writes these pages.
"""
# Where the guide says more of a command: title and page.
MORE = {
    "run": (("Ten minutes", "tutorial.md"), ("How it searches", "how-it-searches.md")),
    "worker": (("Many machines", "many-machines.md"),),
    "train": (("The notation", "notation.md"), ("A network in torch", "from-torch.md")),
    "confirm": (("What a figure means", "figures.md"),),
    "explain": (("How it searches", "how-it-searches.md"),),
    "reproduce": (("Records", "records.md"),),
    "count": (("The notation", "notation.md"), ("A network in torch", "from-torch.md")),
    "data": (("Your own pictures", "your-pictures.md"),),
    "space": (("Your own space", "your-own-space.md"), ("How it searches", "how-it-searches.md")),
    "list": (("What lies where", "files.md"), ("As JSON", "json.md")),
    "delete": (("What lies where", "files.md"),),
    "best": (("Ten minutes", "tutorial.md"), ("Screens", "screens/README.md")),
    "show": (("Screens", "screens/README.md"),),
    "table": (("Reading a report", "report.md"), ("Screens", "screens/README.md")),
    "compare": (("What a figure means", "figures.md"),),
    "predict": (("Your own pictures", "your-pictures.md"),),
    "export": (("The exported file", "exported-file.md"),),
    "report": (("Reading a report", "report.md"),),
    "bench": (("How it searches", "how-it-searches.md"),),
    "dashboard": (("What is safe", "safety.md"), ("Reading a report", "report.md")),
}


def commands() -> dict[str, Any]:
    """Returns the program's commands by name, in the order of its help."""
    from search.commands.main import app

    group = typer.main.get_command(app)
    return {name: group.commands[name] for name in group.list_commands(None)}  # type: ignore[attr-defined, arg-type]


def page(name: str, command: Any) -> str:
    """Returns the page of one command."""
    context = command.context_class(command, info_name=f"python -m search {name}", help_option_names=["-h", "--help"])
    prose = [" ".join(part.split()) for part in re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))]
    usage = " ".join(command.collect_usage_pieces(context))
    examples = re.findall(r"^Example: (.+)$", " ".join((command.epilog or "").split()), re.MULTILINE)
    lines = [f"# `{name}`", "", *_paragraphs(prose), "```sh", f"python -m search {name} {usage}", "```", ""]
    lines += ["For example:", "", "```sh", *examples, "```", ""]
    for title, rows in sections(command, context).items():
        lines += [f"## {title}", "", "| what is typed | what it is | default |", "| --- | --- | --- |", *rows, ""]
    more = ", ".join(f"[{title}](../{target})" for title, target in MORE[name])
    return "\n".join([*lines, f"More: {more}. [All commands](README.md)."]) + "\n"


def sections(command: Any, context: Any) -> dict[str, list[str]]:
    """Returns the rows of a command's arguments and options by the panels of its help."""
    panels = getattr(command.callback, "help_panels", {})
    found: dict[str, list[str]] = {title: [] for title in ("Arguments", "Options", *panels)}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None:
            continue
        title = next((title for title, names in panels.items() if parameter.name in names), None)
        if title is None:
            title = "Arguments" if parameter.param_type_name == "argument" else "Options"
        name, text = record
        found[title].append(_row(name.partition(" <")[0] if title == "Arguments" else name, text))
    return {title: rows for title, rows in found.items() if rows}


def index() -> str:
    """Returns the page that lists all commands."""
    rows = [f"| [`{name}`]({name}.md) | {_first(command)} |" for name, command in commands().items()]
    return INDEX.format(rows="\n".join(rows))


def pages() -> dict[str, str]:
    """Returns all pages by their files' names."""
    return {"README.md": index()} | {f"{name}.md": page(name, command) for name, command in commands().items()}


def _first(command: Any) -> str:
    text = " ".join(re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))[0].split())
    return _cell(text)


def _paragraphs(prose: list[str]) -> list[str]:
    return [line for part in prose for line in (_plain(part), "")]


def _row(name: str, text: str) -> str:
    """Returns a row of a table: what click says in brackets at the end has a column of its own, ranges apart."""
    name = re.sub(r"<(\w+)[^>]*>", lambda kind: {"int": "N", "float": "N", "path": "PATH"}.get(kind[1], "TEXT"), name)
    said = " ".join(text.split())
    rest = ""
    if found := re.search(r"^(.*?) ?\[((?:default|required|env var|\d+<=|x>=).*)\]$", said):
        rules = {part: _rule(part) for part in found[2].split("; ")}
        said = " ".join([found[1], *(f"{rule}." for part, rule in rules.items() if "<=" in part or ">=" in part)])
        rest = ", ".join(rule for part, rule in rules.items() if "<=" not in part and ">=" not in part)
    return f"| `{name}` | {_cell(said)} | {rest} |"


def _rule(text: str) -> str:
    """Returns in words what click writes in brackets: a default, a variable, a range."""
    kind, _, value = text.partition(": ")
    if kind == "default":
        return f"`{value}`"
    if kind == "env var":
        return f"`${value}`"
    if found := re.fullmatch(r"(\d+)<=x<=(\d+)", text):
        return f"{int(found[1]):,} to {int(found[2]):,}"
    if found := re.fullmatch(r"x>=(\d+)", text):
        return f"{int(found[1]):,} or more"
    return "must be given" if text == "required" else text


def _cell(text: str) -> str:
    return _plain(text).replace("|", r"\|")


def _plain(text: str) -> str:
    """Returns a text in which nothing is taken for a mark of Markdown's."""
    return re.sub(r"(?<!`)<(\w+)>", r"\\<\1>", text)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()

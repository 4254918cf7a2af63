"""How the product is kept: files, functions and classes that a reader can hold, and docstrings that begin with a
whole sentence."""

import ast
import re

from tests.source import ROOT, definitions, parsed, product

MOST_LINES = {"file": 300, "function": 60, "class": 250}
# What a hover that begins so says of nothing it names: "Of the network with the weights of ..."
PREPOSITIONS = re.compile(
    "(About|Above|After|Against|Along|Among|Around|As|At|Before|Behind|Below|Beneath|Beside|Between|Beyond|By|Down|"
    "During|For|From|In|Inside|Into|Like|Near|Of|Off|On|Onto|Out|Outside|Over|Per|Since|Through|To|Toward|Under|"
    r"Until|Up|Upon|Via|With|Within|Without)\b"
)

# What a function whose first words are these does not say: that it returns it, writes it, or counts it.
NOUNS = re.compile(r"(The|A|An|What|How|Whether)\b")


def sizes(root):
    """Returns what is longer than MOST_LINES: every file, function and class with its lines."""
    found = []
    for file in product(root):
        place, text = file.relative_to(root).as_posix(), file.read_text()
        lines = [("file", place, len(text.splitlines()))]
        for name, node in definitions(parsed(text)):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            lines.append((kind, f"{place} {name}", (node.end_lineno or 0) - node.lineno + 1))
        found += [
            f"{what}: a {kind} of {count} lines, {MOST_LINES[kind]} at most"
            for kind, what, count in lines
            if count > MOST_LINES[kind]
        ]
    return found


def documented(root):
    """Yields every public docstring of the product, with where it stands, and whether it is that of a function: of
    no property, which is a value, and of no command, which says what is printed."""
    for file in product(root):
        tree = parsed(file.read_text())
        inner = {
            id(deep)
            for _, node in definitions(tree)
            if not isinstance(node, ast.ClassDef)
            for _, deep in definitions(node)
        }
        for name, node in [("the module", tree), *definitions(tree)]:
            hidden = id(node) in inner or any(part.startswith("_") for part in name.split("."))
            text = ast.get_docstring(node)
            if text is not None and not hidden:
                yield f"{file.relative_to(root).as_posix()} {name}", text, is_function(node)


def is_function(node):
    """Returns whether the definition is a function that is neither a property nor a command."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    decorators = {
        name for one in node.decorator_list for name in re.findall(r"\w+", ast.unparse(one).partition("(")[0])
    }
    return not decorators & {"property", "command"}


def fragments(docstrings):
    """Returns those that do not begin with a whole sentence. docstrings: as `documented` yields them."""
    found = []
    for place, text, of_function in docstrings:
        first, *_ = re.split(r"\n\s*\n", text.strip())
        if PREPOSITIONS.match(first):
            found.append(f"{place}: begins with a preposition, {first[:40]!r}")
        elif first[0].islower():
            found.append(f"{place}: begins small, {first[:40]!r}")
        elif of_function and NOUNS.match(first):
            found.append(f"{place}: begins with no verb, {first[:40]!r}")
        elif not re.search(r"[.?!][)\"'`]?(\s|$)", first):
            found.append(f"{place}: no full stop in its first paragraph, {first[:40]!r}")
    return found


def test_files_functions_and_classes_are_short():
    assert len(product(ROOT)) > 80
    assert sizes(ROOT) == []


def test_docstrings_begin_with_a_whole_sentence():
    docstrings = list(documented(ROOT))
    assert len(docstrings) > 200
    assert fragments(docstrings) == []


def test_the_check_of_sizes_can_fail(tmp_path):
    """A file, a class and a function of the most lines pass; with one more line none of them does."""
    (tmp_path / "space").mkdir()
    for more, expected in (
        (0, []),
        (
            1,
            [
                "space/long.py: a file of 301 lines, 300 at most",
                "space/long.py Long: a class of 251 lines, 250 at most",
                "space/long.py Long.method: a function of 61 lines, 60 at most",
            ],
        ),
    ):
        method = "    def method(self):\n" + "        pass\n" * (59 + more)
        (tmp_path / "space" / "long.py").write_text("class Long:\n" + method + "    x = 1\n" * 189 + "\n" * 50)
        assert sizes(tmp_path) == expected


def test_the_check_of_docstrings_can_fail(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "bad.py").write_text(
        '"""Of many things."""\n'
        "def good():\n"
        '    """Returns `x`\n    in two lines.\n\n    Of which this is none."""\n'
        "    def inner():\n"
        '        """of no interest"""\n'
        "def thing():\n"
        '    """The thing."""\n'
        "def _hidden():\n"
        '    """As it likes"""\n'
        "class Bad:\n"
        '    """A value without an end\n\n    Though here is one."""\n'
        "    def method(self):\n"
        '        """returns nothing."""\n'
        "    @property\n"
        "    def value(self):\n"
        '        """The value."""\n'
        "    def _method(self):\n"
        '        """From here"""\n'
    )
    assert fragments(documented(tmp_path)) == [
        "train/bad.py the module: begins with a preposition, 'Of many things.'",
        "train/bad.py thing: begins with no verb, 'The thing.'",
        "train/bad.py Bad: no full stop in its first paragraph, 'A value without an end'",
        "train/bad.py Bad.method: begins small, 'returns nothing.'",
    ]

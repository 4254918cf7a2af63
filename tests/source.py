"""What the tests of the house read from source files: their modules, imports and definitions."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("space", "train", "results", "search", "thimble")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def product(root: Path) -> list[Path]:
    """Returns the product's files below `root`."""
    return [file for package in PACKAGES for file in sorted((root / package).rglob("*.py"))]


@functools.cache
def parsed(text: str) -> ast.Module:
    """Returns the tree of a source text, which nobody may change: of the text, as tests write others to one name."""
    return ast.parse(text)


def module_of(file: Path, root: Path) -> str:
    """Returns the dotted name of a file's module, of a package's `__init__.py` the package's."""
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imported(file: Path, root: Path) -> Iterator[tuple[str, int]]:
    """Yields the dotted names that a file imports, wherever in it, with the line.

    `from a.b import c` yields `a.b.c`, whether c is a module or a name in one; a relative import comes whole; a name
    in an `import_module` or `run_module` call counts where it is written out.
    """
    module = module_of(file, root)
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(parsed(file.read_text())):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=name, names=names, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                start = ".".join([*above, *([name] if name else [])])
                yield from ((f"{start}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module" | "run_module")
                | ast.Attribute(attr="import_module" | "run_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name, node.lineno


def definitions(tree: ast.AST, outer: str = "") -> Iterator[tuple[str, Definition]]:
    """Yields every function and class below a node with its qualified name, outer ones first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{outer}{node.name}", node
            yield from definitions(node, f"{outer}{node.name}.")
        else:
            yield from definitions(node, outer)

"""The guide has all that `import thimble` has: names, methods, what they return, and what that is made of."""

import dataclasses
import importlib
import inspect
import re
import typing

from tests.source import ROOT

DOCS = ROOT / "docs"


def described():
    """Returns the names whose docstrings the page of Python names has, each with its module."""
    return re.findall(r"^::: (\S+)\.(\w+)$", (DOCS / "api.md").read_text(), re.MULTILINE)


def test_every_public_name_has_its_docstring_in_the_guide():
    import thimble

    assert sorted(name for module, name in described() if module == "thimble") == sorted(thimble.__all__)


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

    shown = described()
    for module, name in shown:
        assert hasattr(importlib.import_module(module), name)
    theirs = {"Any", "DataFrame", "Iterator", "Mapping", "Module", "None", "Path"}
    names = {"Running"}.union(*(returned(getattr(thimble, name)) for name in thimble.__all__)) - theirs
    assert names >= {"TrialRecord", "Confirmation", "Dataset", "EpochScore"}
    assert names <= {name for _, name in shown}


def test_what_these_values_are_made_of_is_among_the_python_names():
    """Layers, schedules and augmentations have names in the notation and in the table of choices."""
    from space.augmentations import Augmentation
    from space.layers import Layer
    from space.recipe import Schedule

    shown = described()
    kinds = {one.__name__ for union in (Layer, Schedule, Augmentation) for one in typing.get_args(union)}
    kinds |= {"OwnSpace", "Pick", "Real", "Whole", "Ray"}  # shown as text, and the options of a cluster
    values = [getattr(importlib.import_module(module), name) for module, name in shown]
    fields = [field for value in values if dataclasses.is_dataclass(value) for field in dataclasses.fields(value)]
    types = [getattr(field.type, "__name__", "") if inspect.isclass(field.type) else field.type for field in fields]
    made = set(re.findall(r"\b[A-Z]\w+", " ".join(map(str, types))))
    assert made >= {"Recipe", "Task", "Counts"}
    theirs = {"Literal", "Mapping", "Network", "None", "Optional", "Path", "Union"}
    assert made - kinds - theirs <= {name for _, name in shown}


def test_every_public_method_is_named_where_python_is_shown():
    import thimble

    text = (DOCS / "python.md").read_text()
    for owner in (thimble.Search, thimble.Study):
        for name in vars(owner):
            assert name.startswith("_") or re.search(rf"\b{name}\b", text), f"{owner.__name__}.{name}"

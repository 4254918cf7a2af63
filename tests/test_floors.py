from tests.floors import FLOORS, packages, table
from tests.source import PACKAGES


def report(**shares):
    """Returns what coverage says of one file a package, of a hundred lines, and a second one of none."""
    files = {name: {"summary": {"covered_lines": seen, "num_statements": 100}} for name, seen in shares.items()}
    return {"files": {f"{name}/deep/file.py": found for name, found in files.items()}}


def test_every_package_has_a_floor():
    assert set(FLOORS) == {*PACKAGES}


def test_a_package_below_its_floor_is_told():
    floors = dict.fromkeys(FLOORS, 80)
    counts = packages(report(space=80, train=79, results=100, search=81, thimble=80))
    lines, below = table(counts, floors)
    assert below == ["train"]
    assert [line.endswith("too little") for line in lines] == [False, False, True, False, False, False]


def test_a_package_that_was_not_measured_is_below_its_floor():
    assert table(packages(report(space=100)), dict.fromkeys(FLOORS, 0))[1] == [
        "train",
        "results",
        "search",
        "thimble",
    ]

"""The figures of a comparison as a table to read and as a file."""

import math
from statistics import fmean, stdev
from typing import Any


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Returns a line for each side: means over its searches, and by how much the first is better in pairs."""
    sides = {one["side"]: [other for other in rows if other["side"] == one["side"]] for one in rows}
    first = next(iter(sides.values()))
    lines = [
        f"{'':<22}{'test accuracy, %':>18}{'held out, %':>13}{'parameters':>12}{'tried':>7}{'trained':>9}"
        f"{'minutes':>9}   first is better by"
    ]
    for name, these in sides.items():
        mean = {key: fmean(one[key] for one in these) for key in ("held_out", "parameters", "trained", "seconds")}
        tried = fmean(one["trained"] + one["ended_early"] for one in these)
        gains = [100 * (a["test"] - b["test"]) for a, b in zip(first, these, strict=True)]
        lines.append(
            f"{name:<22}{spread([100 * one['test'] for one in these]):>18}{100 * mean['held_out']:>13.2f}"
            f"{mean['parameters']:>12,.0f}{tried:>7.1f}{mean['trained']:>9.1f}{mean['seconds'] / 60:>9.1f}"
            + (f"   {spread(gains)} points" if these is not first else "")
        )
    return [*lines, f"means over n = {len(first)} searches, ± error of the mean"]


def spread(figures: list[float]) -> str:
    error = f" ±{stdev(figures) / math.sqrt(len(figures)):.3f}" if len(figures) > 1 else ""
    return f"{fmean(figures):.3f}{error}"


def csv_of(rows: list[dict[str, Any]]) -> str:
    columns = [key for key in rows[0] if key not in ("test_by_seed", "recipe")]
    lines = [",".join(columns), *(",".join(str(one[column]) for column in columns) for one in rows)]
    return "\n".join(lines) + "\n"

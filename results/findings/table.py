"""All trials as a table."""

from collections.abc import Sequence
from statistics import fmean

import pandas as pd

from results.findings.records import TrialRecord
from results.findings.selection import ranked

_COLUMNS = (
    "trial",
    "verdict",
    "score",
    "reached",
    "parameters",
    "macs",
    "receptive_field",
    "epochs",
    "seconds",
    "origin",
    "notation",
    "reason",
    "finals",
    "recipe",
)

_KINDS = dict.fromkeys(("trial", "parameters", "macs", "receptive_field", "epochs"), "int64")
_KINDS |= dict.fromkeys(("score", "reached", "seconds", "finals"), "float64")  # also where all of it is missing


def frame(records: list[TrialRecord], more: Sequence[str] = ()) -> pd.DataFrame:
    """Returns a data frame with a row a trial, in the order of `ranked`; more: attributes that have a column, too.

    Score, `TrialRecord.reached` and the mean in the finals are shares in [0, 1], missing where there are none.
    """
    columns = list(dict.fromkeys([*_COLUMNS, *more]))
    rows = [
        {name: getattr(record, name) for name in columns}
        | {"finals": fmean(record.finals) if record.finals else None}
        | {"recipe": record.recipe.describe() if record.recipe else ""}
        for record in ranked(records)
    ]
    return pd.DataFrame(rows, columns=columns).astype(_KINDS)

"""All trials as a table."""

import pandas as pd

from results.records import TrialRecord, ranked

_COLUMNS = (
    "trial",
    "verdict",
    "score",
    "parameters",
    "macs",
    "receptive_field",
    "epochs",
    "seconds",
    "origin",
    "notation",
    "reason",
    "recipe",
)


def frame(records: list[TrialRecord]) -> pd.DataFrame:
    """A row a trial in the order of `ranked`; score is a share in [0, 1], missing without an end."""
    rows = [
        {name: getattr(record, name) for name in _COLUMNS}
        | {"recipe": record.recipe.describe() if record.recipe else ""}
        for record in ranked(records)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))

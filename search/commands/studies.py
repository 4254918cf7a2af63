"""The command `list`: all studies at a glance."""

import json as json_module
from typing import TYPE_CHECKING, Any

from search.commands.app import RUNS, Json, command
from search.commands.columns import tell

if TYPE_CHECKING:
    from search.study.summaries import Summary


@command(short_help="List all studies, the latest searched first.", epilog="Example: python -m search list")
def list(json: Json = False) -> int:
    """All studies of runs/, the latest searched first: data, budget, trials, the best, size on disk, and whether they
    are being searched."""
    from search.study.summaries import summaries

    found = summaries(RUNS)
    if not found:
        tell(f"no study in {RUNS}/ yet; begin one: python -m search run --budget 8000", beside=json)
    elif json:
        for one in found:
            print(json_module.dumps(_as_object(one)))
    else:
        from search.commands.drawing.studies import print_studies

        print_studies(found)
    return 0


def _as_object(study: "Summary") -> dict[str, Any]:
    trials = study.trials
    best = trials.best if trials else None
    return {
        "study": study.name,
        "dataset": study.dataset,
        "budget": study.budget,
        "budgets": [*study.budgets],
        "max_macs": study.limits.get("macs"),
        "max_activation_bytes": study.limits.get("activation_bytes"),
        "total": study.total,
        "trials": dict(trials.counts) if trials else None,
        "best": best
        and {
            "trial": best.trial,
            "accuracy": best.accuracy,
            "of": "finals" if best.finals else "held-out",
            "parameters": best.parameters,
        },
        "bytes": study.size,
        "running": trials.running if trials else None,
        "searched": study.searched.isoformat(timespec="seconds") if study.searched else None,
        "storage": study.storage,
        "problem": study.problem or None,
    }

"""What a notebook shows of what a caller gets: `_repr_html_`, by which IPython and others ask a value for HTML.

The classes of `space` and `results` get theirs here: the first know nothing of pictures, and of both the pictures are
made under our names (`thimble.names`), which only what a caller calls can see to.
"""

import logging
from collections.abc import Callable
from typing import Any

from results.findings.confirmation import Confirmation
from results.findings.ladder import Ladder
from results.findings.records import TrialRecord
from search.study.folder import StudyFolder
from space.architecture import Architecture
from space.design import Design
from thimble.names import with_ours

_LOG = logging.getLogger("thimble")
_PARTS = {
    Architecture: "network",
    Confirmation: "confirmation",
    Design: "design",
    Ladder: "ladder",
    TrialRecord: "trial",
}  # of `results.report.notebook`


def study_html(folder: StudyFolder) -> str | None:
    """Returns what a notebook shows of a study as it stands; None where it cannot be read."""
    return _html(_study, folder)


def _study(folder: StudyFolder) -> str:
    from results.findings.selection import best
    from results.report import notebook
    from search.replication.estimate import least_optimistic
    from search.study.allowed import allowed
    from search.study.begun import stored_identity
    from search.study.reading import read_records, read_settings

    settings, identity, records = read_settings(folder), stored_identity(folder) or {}, read_records(folder)
    winner = best(records)
    return notebook.study(
        records,
        estimate=least_optimistic(winner, folder) if winner else None,
        name=folder.name,
        dataset=settings["dataset"],
        budget=settings["budget"][0],
        limits=allowed(identity),
    )


def _html(make: Callable[[Any], str], value: Any) -> str | None:
    """Returns HTML of a value; None where it cannot be made, and the notebook shows the value as text."""
    try:
        with with_ours():
            return make(value)
    except Exception as error:
        _LOG.debug("a notebook shows no HTML: %s", error)
        return None


def _method(part: str) -> Callable[[Any], str | None]:
    def made(value: Any) -> str:
        from results.report import notebook

        return getattr(notebook, part)(value)

    def _repr_html_(self: Any) -> str | None:
        return _html(made, self)

    return _repr_html_


def teach() -> None:
    """Gives the classes their `_repr_html_`."""
    for kind, part in _PARTS.items():
        setattr(kind, "_repr_html_", _method(part))  # noqa: B010 - an assignment is none of the type's

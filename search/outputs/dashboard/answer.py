"""The dashboard's answer about a study as JSON, short enough to be sent and drawn."""

import json
from typing import Any

from search.outputs.dashboard.view import Shown
from search.study.outline import Outline

_MOST = 9_700_000  # bytes
_EMPTY = (  # of a trial in short; the line is on the page, from `search.outputs.dashboard.page`
    '"params":[],"fixed_params":[],"user_attrs":[],"artifacts":[],"constraints":[],"intermediate_values":[],'
    '"note":{"version":0,"body":"In short: see the line below."}'
)


def as_json(answer: dict[str, Any], shown: Shown, *, study_id: int, after: int) -> str:
    """Returns the dashboard's answer in JSON with a trial for each number from `after` on.

    Those that the answer has are in full, as long as there is room; the others are in short. The last of them is the
    last of all: the latest are always in full.
    """
    notes = {trial["number"]: trial["note"] for trial in answer["trials"]}
    rest = _json({name: value for name, value in answer.items() if name != "trials"})
    asked = shown.outlines[after : max(notes, default=-1) + 1]
    full = {trial["number"]: _json(trial) for trial in answer["trials"] if trial["number"] >= after}
    short = {outline.number: _in_short(outline, study_id) for outline in asked}
    room = _MOST - len(rest) - sum(map(len, short.values()))
    ordered = [number for number in (*shown.order, *full) if number in full and number in short]
    for number in dict.fromkeys(ordered):
        room -= len(full[number]) - len(short[number])
        if room < 0:
            break
        short[number] = full[number]
    return f'{{"trials":[{",".join(short.values())}],{rest[1:]}'


def _in_short(outline: Outline, study_id: int) -> str:
    """Writes a trial without what is long, by hand: there may be tens of thousands."""
    text = (
        f'{{"trial_id":{outline.trial_id},"study_id":{study_id},"number":{outline.number},'
        f'"state":"{outline.state.name.capitalize()}",{_EMPTY}'
    )
    if outline.value is not None:
        text += f',"values":[{json.dumps(outline.value)}]'
    if outline.start:
        text += f',"datetime_start":"{outline.start.isoformat(timespec="seconds")}"'
    if outline.complete:
        text += f',"datetime_complete":"{outline.complete.isoformat(timespec="seconds")}"'
    return text + "}"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))

"""Reads single tokens, and answers what is none with the nearest."""

import re
from difflib import get_close_matches

from space.form import Form
from space.forms import FORMS
from space.invalid import InvalidDesign
from space.layers import Layer


def read(token: str) -> Layer:
    """Reads one token; raises InvalidDesign, which names the nearest, without saying where it stands."""
    for form in FORMS:
        if match := form.pattern.fullmatch(token):
            return form.read(match)
    nearest = _nearest(token)
    words = re.split("[;:]", nearest.rows[0].words)[0]
    raise InvalidDesign(f"not a layer; the nearest is `{nearest.usage or nearest.rows[0].token}`, {words}")


def _nearest(token: str) -> Form:
    """Returns the form whose token, or name that people know, is most like what was written."""
    signs = {form.rows[0].token[0]: form for form in FORMS if not form.rows[0].token[0].isalpha()}
    if token[:1] in signs:
        return signs[token[:1]]
    known = {_stem(name): form for form in reversed(FORMS) for name in (*form.called, form.rows[0].token)}
    stem = _stem(token[:40].lower())
    close = get_close_matches(stem, known, n=1, cutoff=0.6)
    begins = [name for name in known if len(name) > 1 and stem.startswith(name)]
    if not close and begins:
        return known[max(begins, key=len)]
    return known[(close or get_close_matches(stem, known, n=1, cutoff=0))[0]]


def _stem(name: str) -> str:
    """Returns the small letters of a name."""
    return re.sub("[^a-z]", "", name)

"""A search space of somebody's own, read from a TOML file or from what a study has kept, and written as that."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from space.choices.idle import IDLE
from space.choices.kinds import Choice, Pick, Value
from space.choices.own_ranges import WIDTHS, choice_of, is_width, limit_of, outer, said, shown, value_of
from space.choices.search_space import FORMS_OF, BadSpace, Condition, FormName, OwnSpace, SpaceName, Written
from space.choices.template import Template
from space.invalid import InvalidDesign
from space.notation import parse_network
from space.toml_text import NotToml, parsed

KEYS = ("name", "base", "forms", "templates", "start")
"""The keys of a file that are no choices."""

_OF_CHOICE = ("low", "high", "log", "options", "when", "otherwise")
_MOST = 64  # templates and networks to start with


def read_space(text: str, *, file: str, name: str) -> OwnSpace:
    """Reads a space from a file's text. file: as it is named in errors; name: the space's, where the text has none.

    Raises:
        BadSpace: It is none; one line that names the file, the line and the key.
    """
    try:
        document, lines = parsed(text)
    except NotToml as error:
        raise BadSpace(f"not TOML: {error}", written=Written(file=file, lines={}), line=error.line) from None
    return space_of(document, name=name, written=Written(file=file, lines=lines))


def space_of(document: Mapping[str, Any], *, name: str, written: Written | None = None) -> OwnSpace:
    """Reads a space from what `document_of` returned, or from a file's keys; raises BadSpace."""
    return _Reading(document, name, written).space()


def document_of(space: OwnSpace) -> dict[str, Any]:
    """Returns what `space_of` reads back as an equal space, of values that JSON and TOML have."""
    document: dict[str, Any] = {"name": space.name, "base": space.base, "forms": list(space.forms)}
    document |= {"templates": list(space.templates)} if space.templates else {}
    document |= {"start": list(space.start)} if space.start else {}
    return document | said_of(dict(space.narrowed), dict(space.conditions))


def said_of(choices: Mapping[str, Choice], conditions: Mapping[str, Condition]) -> dict[str, Any]:
    """Returns what is said of choices and of when they matter, by name."""
    document = {name: said(choice) for name, choice in choices.items()}
    for name, condition in conditions.items():
        range_of = document.get(name, {})
        if not isinstance(range_of, dict):
            range_of = {"options": range_of if isinstance(range_of, list) else [range_of]}
        when = {other: list(values) for other, values in condition.needs}
        document[name] = range_of | {"when": when, "otherwise": condition.otherwise}
    return document


def resolved(space: OwnSpace, every: Mapping[str, Choice]) -> dict[str, Any]:
    """Returns all that a space says to a search, every choice among it, of values that JSON has: two searches choose
    from the same where that is equal. every: the choices."""
    start = {"start": list(space.start)} if space.start else {}
    return {"base": space.base} | start | said_of(every, dict(space.conditions))


class _Reading:
    """A document that is being read."""

    def __init__(self, document: Mapping[str, Any], name: str, written: Written | None) -> None:
        self._document = document
        self._name = name
        self._written = written

    def _error(self, rule: str, *key: str | int) -> BadSpace:
        return BadSpace(rule, key, written=self._written)

    def space(self) -> OwnSpace:
        """Returns what it says."""
        for key in self._document:
            self._check_known(key)
        base, templates = self._one_of("base", get_args(SpaceName), "wide"), self._texts("templates")
        for place, text in enumerate(templates):
            self._check(Template, text, "templates", place)
        start = self._texts("start")
        for place, text in enumerate(start):
            self._check(parse_network, text, "start", place)
        narrowed: dict[str, Choice] = {}
        conditions: dict[str, Condition] = {}
        for name in self._document:
            if name not in KEYS:
                self._read_choice(name, narrowed, conditions)
        return OwnSpace(
            name=self._own_name(),
            base=base,
            forms=self._forms(base, templates),
            templates=templates,
            start=start,
            narrowed=tuple(sorted(narrowed.items())),
            conditions=self._in_order(conditions),
            written=self._written,
        )

    def _check_known(self, key: str) -> None:
        if key == "family":
            raise self._error('which kinds of networks there are is said by forms, as forms = ["stages"]', key)
        if key in KEYS or limit_of(key) is not None:
            return
        near = get_close_matches(key, [*KEYS, *outer()], n=1, cutoff=0)[0]
        raise self._error(f"there is no key {shown(key)}; the nearest is {near}", key)

    def _check(self, read: Any, text: str, *key: str | int) -> None:
        try:
            read(text)
        except InvalidDesign as error:
            raise self._error(f"{key[0]} {shown(text)} cannot be read: {error}", *key) from None

    def _own_name(self) -> str:
        name = self._document.get("name", self._name)
        if not isinstance(name, str) or not 0 < len(name) <= 64 or not name.isprintable():
            raise self._error(f"name must be 1 to 64 printable characters, not {shown(name)}", "name")
        return name

    def _one_of(self, key: str, known: tuple[Any, ...], default: Any) -> Any:
        value = self._document.get(key, default)
        if value not in known:
            raise self._error(f"{key} must be one of {', '.join(known)}, not {shown(value)}", key)
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        texts = self._document.get(key, [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise self._error(f"{key} must be a list of texts in the notation, not {shown(texts)}", key)
        if len(texts) > _MOST:
            raise self._error(f"{key} has at most {_MOST} networks, not {len(texts)}", key)
        written = [" ".join(text.split()) for text in texts]
        for place, text in enumerate(written):
            if text in written[:place]:
                raise self._error(f"{key} lists {shown(text)} twice", key, place)
        return tuple(written)

    def _forms(self, base: SpaceName, templates: tuple[str, ...]) -> tuple[FormName, ...]:
        known = (*FORMS_OF[base], "template")
        forms = self._document.get("forms", [*FORMS_OF[base], *(["template"] * bool(templates))])
        if not isinstance(forms, list) or not forms:
            raise self._error(f"forms must be a list of some of {', '.join(known)}, not {shown(forms)}", "forms")
        for place, form in enumerate(forms):
            if form not in known:
                rule = f"forms of base {base} are some of {', '.join(known)}, not {shown(form)}"
                raise self._error(rule, "forms", place)
        if "template" in forms and not templates:
            raise self._error("forms has template, and there are none; write templates = [...]", "forms")
        if templates and "template" not in forms:
            raise self._error("there are templates, and forms has no template; add it or leave them out", "forms")
        return tuple(one for one in known if one in forms)

    def _read_choice(self, name: str, narrowed: dict[str, Choice], conditions: dict[str, Condition]) -> None:
        stated, limit = self._document[name], limit_of(name)
        assert limit is not None
        table = stated if isinstance(stated, dict) else {}
        for key in table:
            if key not in _OF_CHOICE:
                near = get_close_matches(key, _OF_CHOICE, n=1, cutoff=0)[0]
                raise self._error(f"{name} has no key {shown(key)}; the nearest is {near}", name, key)
        ends = {key: table[key] for key in ("low", "high", "log") if key in table}
        if "options" in table and (ends or not isinstance(table["options"], list)):
            raise self._error(f"{name} has options, a list, or low and high, not both", name, "options")
        ranged = table["options"] if "options" in table else ends if isinstance(stated, dict) else stated
        if not (ranged == {} and "when" in table):
            narrowed[name] = self._read(choice_of, limit, ranged, name)
        if "when" in table:
            conditions[name] = self._condition(name, limit, table)
        elif "otherwise" in table:
            raise self._error(f"{name} has otherwise, which goes with when; add that", name, "otherwise")

    def _read(self, read: Any, limit: Choice, stated: Any, name: str, *below: str | int) -> Any:
        try:
            return read(limit, stated)
        except ValueError as error:
            named = f"{name}, {below[0]}," if below else name
            raise self._error(f"{named} {error}", name, *below) from None

    def _condition(self, name: str, limit: Choice, table: Mapping[str, Any]) -> Condition:
        when = table["when"]
        if is_width(name):
            raise self._error(f"{name} is of widths, which have no when", name, "when")
        if not isinstance(when, dict) or not when:
            raise self._error(f'{name} must have when as a table, such as {{ optimizer = "sgd" }}', name, "when")
        needs: list[tuple[str, tuple[Value, ...]]] = []
        for other, wanted in when.items():
            of_other = Pick(get_args(FormName)) if other == "family" else limit_of(other)
            if is_width(other):
                rule = f"{name}, when, names choices of networks and trainings, not widths, such as {shown(other)}"
                raise self._error(rule, name, "when")
            if of_other is None or other == name:
                near = get_close_matches(other, {"family", *outer()} - {name, *WIDTHS}, n=1, cutoff=0)[0]
                rule = f"{name}, when, must name another choice, not {shown(other)}; the nearest is {near}"
                raise self._error(rule, name, "when")
            read = self._read(choice_of, of_other, wanted, name, "when")
            if not isinstance(read, Pick):
                raise self._error(f"{name}, when, takes a value or a list of values of {other}", name, "when")
            needs.append((other, read.options))
        if "otherwise" in table:
            otherwise = self._read(value_of, limit, table["otherwise"], name, "otherwise")
        elif name in IDLE:
            otherwise = IDLE[name]
        else:
            raise self._error(f"{name} has when, and needs otherwise, the value beside others", name, "when")
        return Condition(needs=tuple(needs), otherwise=otherwise)

    def _in_order(self, conditions: Mapping[str, Condition]) -> tuple[tuple[str, Condition], ...]:
        """Returns the conditions, each behind those of the choices that it looks at."""
        ordered: dict[str, Condition] = {}
        waiting = dict(sorted(conditions.items()))
        while waiting:
            ready = [name for name, one in waiting.items() if not any(other in waiting for other, _ in one.needs)]
            if not ready:
                name = next(iter(waiting))
                raise self._error(f"{name} matters when another does that matters when {name} does", name, "when")
            for name in ready:
                ordered[name] = waiting.pop(name)
        return tuple(ordered.items())

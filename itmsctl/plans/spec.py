"""The fields of a document, typed by the kind that declares them; notation never decides what a value is.

`null` empties a field. A text is what was typed; one without quotes that other readers take for something else is
refused. Whole numbers are plain decimals, yes or no is `true` or `false`. Every function returns what it read, and
what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from itmsctl.documents.located import Located
from itmsctl.errors import InputError
from itmsctl.plans.problems import MOST, Problem, Problems
from itmsctl.plans.traps import trap
from itmsctl.values.kind import Field, Kind, Owner, Type
from itmsctl.values.names import did_you_mean, near_or_all
from itmsctl.values.types import meaning
from itmsctl.values.untrusted import is_storable

# In documents these are written in one way only, and without quotes.
_PLAIN = {
    Type.BOOL: re.compile(r"true|false"),
    Type.INT: re.compile(r"-?(0|[1-9]\d{0,18})"),
    Type.REAL: re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?"),
}
SHOWN = 60

ReadValue = tuple[Any, Problems]


def spec_of(kind: Kind, spec: Located) -> tuple[dict[str, Any], list[Problem]]:
    """Return the typed fields of a document, from its `spec`, and what is wrong with them."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    if spec.value is None:
        return found, problems
    if not isinstance(spec.value, dict):
        return found, [Problem(spec.place(), "`spec` is a map of fields", f"see: itmsctl schema {kind.name}")]
    for name, at in spec.parts():
        field = kind.field(name)
        if field is None or field.owner is not Owner.ADMIN:
            problems.append(Problem(at.key(), *_unknown(kind, name, field), name))
        else:
            found[name], wrong = _value(field, at)
            problems += [p._replace(what=f"`{name}`: {p.what}", field=name) for p in wrong]
        if len(problems) >= MOST:
            break
    return found, problems


def _unknown(kind: Kind, name: str, field: Field | None) -> tuple[str, str]:
    if field is not None and field.owner is Owner.SECRET:
        return f"`{name}` is secret: no document holds it", ""
    if field is not None:
        return f"`{name}` of {kind.one} is not set by anybody", f"leave it out: {field.help}"
    known = [f.name for f in kind.admin_fields]
    also = {f.option: f.name for f in kind.admin_fields if f.option}
    hint = f"did you mean `{also[name]}`?" if name in also else did_you_mean(name, known)
    return f"{kind.one} has no field `{short(name)}`", hint or f"see: itmsctl schema {kind.name}"


def _value(field: Field, at: Located) -> ReadValue:
    value = at.value
    if value is None:
        return None, ()
    match field.type:
        case Type.LIST:
            if not isinstance(value, list):
                return _wrong(at, "a list is expected", "write it as [a, b], or one `- a` a line")
            members = [_member(field, one) for _, one in at.parts()]
            return [one for one, _ in members], _all(members)
        case Type.MAP:
            if not isinstance(value, dict):
                return _wrong(at, "a map of names and texts is expected", "write it as NAME: VALUE")
            named = {name: _named_text(name, one) for name, one in at.parts()}
            return {name: one for name, (one, _) in named.items()}, _all(named.values())
    if isinstance(value, (list, dict)):
        return _wrong(at, f"one value is expected, not a {'list' if isinstance(value, list) else 'map'}")
    if field.type in _PLAIN:
        fits = _PLAIN[field.type].fullmatch(value)
        if not (fits and at.is_plain):
            error = meaning(field.type).refusal(value)
            return _wrong(at, error.message, "write it without quotes" if fits else error.hint)
    elif field.type is not Type.DURATION:
        return _text(field, at)
    try:
        return meaning(field.type).value(value), ()
    except InputError as error:
        return _wrong(at, error.message, error.hint)


def _all(read: Iterable[ReadValue]) -> Problems:
    return [problem for _, problems in read for problem in problems]


def _wrong(at: Located, what: str, hint: str = "") -> ReadValue:
    return None, (Problem(at.place(), what, hint),)


def _member(field: Field, at: Located) -> ReadValue:
    return _parts(field, at) if field.parts and isinstance(at.value, dict) else _text(field, at)


def _parts(field: Field, at: Located) -> ReadValue:
    known = {part.name: part for part in field.parts}
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, one in at.parts():
        if name in known:
            found[name], wrong = _value(known[name], one)
            problems += wrong
        else:
            hint = near_or_all(name, known)
            problems.append(Problem(one.key(), f"no field `{short(name)}` here", hint))
    missing = [part.name for part in field.parts if part.required and at.value.get(part.name) is None]
    problems += [Problem(at.place(), f"`{name}` is missing") for name in missing]
    return found, problems


def _named_text(name: Any, at: Located) -> ReadValue:
    if not is_storable(str(name)):
        return None, (Problem(at.key(), "a name in it holds a character that is no text"),)
    return _text(None, at)


def _text(field: Field | None, at: Located) -> ReadValue:
    """Return a text; of a field with choices it is one of them."""
    value = at.value
    if not isinstance(value, str):
        return _wrong(at, "a text is expected" + (", not nothing" if value is None else ""))
    if at.is_plain and (other := trap(value)):
        return _wrong(at, f"`{short(value)}` may also be read as {other}", f'quote it: "{short(value)}"')
    if not is_storable(value):
        return _wrong(at, "it holds a character that is no text")
    if field is not None and field.choices and value and value not in field.choices:
        hint = near_or_all(value, field.choices)
        return _wrong(at, f"`{short(value)}` is no value here", hint)
    return value, ()


def short(text: Any) -> str:
    """Return a text that somebody wrote, cut for a message."""
    said = str(text)
    return said if len(said) <= SHOWN else said[:SHOWN] + "..."


def names_in(field: Field, value: Any) -> Sequence[tuple[Field, str]]:
    """Return the names that a typed value gives in fields that refer to others, each with its field."""
    if value is None:
        return ()
    if field.parts:
        inner = {part.name: part for part in field.parts}
        alone = next(part.name for part in field.parts if part.required)  # what a member that is a text names
        return [
            found
            for member in value
            for part, one in (member.items() if isinstance(member, Mapping) else [(alone, member)])
            if part in inner
            for found in names_in(inner[part], one)
        ]
    if not (field.ref or field.selects):
        return ()
    return [(field, one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]

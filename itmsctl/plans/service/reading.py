"""From documents as they were read to what they declare: kinds, names, typed fields, tables; every mistake is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from itmsctl.documents.located import Located
from itmsctl.errors import InputError
from itmsctl.plans.declared import Batch, DeclaredObject, DeclaredTable
from itmsctl.plans.problems import MOST, Problem, Problems, refuse, taken
from itmsctl.plans.schema import IMPORT, STATES
from itmsctl.plans.service.sources import DocumentSource, read_sources
from itmsctl.plans.spec import short, spec_of
from itmsctl.plans.traps import trap
from itmsctl.values.kind import Kind
from itmsctl.values.kind_order import kinds_in_order
from itmsctl.values.names import check_name, did_you_mean, is_guid, name_key, near_or_all
from itmsctl.values.untrusted import log_text

_KEYS = ("kind", "name", "guid", "was", "state", "set", "spec")
_TABLE_KEYS = ("kind", "noun", "from", "shared")

Read = tuple[DeclaredObject | DeclaredTable | None, Problems]


def read_batch(paths: Sequence[str], stdin: BinaryIO, *, recursive: bool = False, group: str | None = None) -> Batch:
    """Return what files of documents declare; `group` is the apply set of those that name none.

    Raises DocumentsRejectedError that names every mistake, NotFoundError for a file that is not there.
    """
    sources, problems = read_sources(paths, stdin, recursive=recursive)
    objects: list[DeclaredObject] = []
    tables: list[DeclaredTable] = []
    for source in sources:
        declared, wrong = _document(source, (group,) if group else ())
        problems += wrong
        refuse(problems, at_least=MOST)
        if isinstance(declared, DeclaredObject):
            objects.append(declared)
        elif declared is not None:
            tables.append(declared)
    problems += _said_twice(objects)
    refuse(problems)
    return Batch(tuple(objects), tuple(tables))


@cache
def _kinds() -> Mapping[str, Kind]:
    return {kind.name: kind for kind in kinds_in_order()}


def _document(source: DocumentSource, groups: tuple[str, ...]) -> Read:
    at, known = source.at, _kinds()
    if not isinstance(at.value, dict):
        return None, [Problem(at.place(), "a document is a map", "kind: site, name: rome, spec: {...}")]
    name = at.value.get("kind")
    if name == IMPORT:
        return _table(source)
    if isinstance(name, str) and name in known:
        return _object(known[name], source, groups)
    words = [*known, IMPORT]
    if name is None:
        return None, [Problem(at.place(), "the document says no `kind`", "kind: " + "|".join(words))]
    hint = near_or_all(str(name), words)
    return None, [Problem(at.place("kind"), f"there is no kind `{_shown(name)}`", hint, "kind")]


# --- an object --------------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """What one key of a document means, and what is wrong with it."""

    value: Any
    problems: Problems = ()


_NOTHING = _Part(None)


def _object(kind: Kind, source: DocumentSource, groups: tuple[str, ...]) -> Read:
    at = source.at
    said = {key for key, value in at.value.items() if value is not None}
    name = _name(kind, at.part("name"))
    was = _name(kind, at.part("was")) if "was" in said else _NOTHING
    state = _state(at.part("state")) if "state" in said else _NOTHING
    sets = _groups(at.part("set")) if "set" in said else _Part(groups)
    guid = _guid(at.part("guid")) if "guid" in said else _NOTHING
    spec, wrong = spec_of(kind, at.part("spec"))
    unknown = list(_unknown_keys(at, _KEYS, "a document", kind))
    problems = [*unknown, *name.problems, *was.problems, *state.problems, *sets.problems, *guid.problems, *wrong]
    if was.value is not None and (state.value == "absent" or (name.value is not None and is_guid(name.value))):
        what = "what is absent, or named by its GUID, is not renamed"
        problems.append(Problem(at.place("was"), what, "leave `was` out", "was"))
    if problems or name.value is None:
        return None, problems
    key = name.value.lower() if is_guid(name.value) else name_key(name.value)
    absent = state.value == "absent"
    return DeclaredObject(
        kind, name.value, key, spec, at, source.folder, absent, sets.value, was.value, guid.value
    ), problems


def _unknown_keys(at: Located, known: Sequence[str], what: str, kind: Kind | None = None) -> Iterator[Problem]:
    for key in at.value:
        if key not in known:
            field = kind is not None and kind.field(key)
            hint = "write it under `spec`" if field else did_you_mean(key, known) or "known: " + ", ".join(known)
            yield Problem(at.key(key), f"{what} has no key `{_shown(key)}`", hint, key)


def _name(kind: Kind, at: Located) -> _Part:
    key, name = str(at.path[-1]), at.value
    if not isinstance(name, str):
        what = "the document says no `name`" if name is None else "a name is a text"
        return _Part(None, [Problem(at.place(), what, "", key)])
    if at.is_plain and (other := trap(name)):
        return _Part(None, [Problem(at.place(), f"`{name}` may also be read as {other}", f'quote it: "{name}"', key)])
    if is_guid(name):
        return _Part(name)
    try:
        return _Part(kind.load_shelf().name_of(name))
    except InputError as error:
        return _Part(None, [taken(at.place(), error.about(key))])


def _state(at: Located) -> _Part:
    if at.value in STATES:
        return _Part(at.value)
    hint = did_you_mean(str(at.value), STATES) or "present or absent"
    return _Part(None, [Problem(at.place(), f"`{_shown(at.value)}` is no state", hint, "state")])


def _groups(at: Located) -> _Part:
    """Return the apply sets of a document: a text, or several."""
    names = at.value if isinstance(at.value, list) else [at.value]
    if not names or not all(isinstance(name, str) for name in names):
        return _Part((), [Problem(at.place(), "the name of an apply set is a text, or a list of texts", "", "set")])
    problems = []
    for one in [one for _, one in at.parts()] if isinstance(at.value, list) else [at]:
        try:
            check_name(one.value, "name of an apply set")
        except InputError as error:
            problems.append(taken(one.place(), error.about("set")))
    return _Part(tuple(dict.fromkeys(names)), problems)


def _guid(at: Located) -> _Part:
    guid = at.value.lower() if isinstance(at.value, str) else ""
    if is_guid(guid):
        return _Part(guid)
    hint = "such as 4c4c4544-0042-4510-8052-b4c04f4d3332"
    return _Part(None, [Problem(at.place(), "it is not a GUID", hint, "guid")])


# --- several documents ------------------------------------------------------------------------------------------------


def _said_twice(objects: Iterable[DeclaredObject]) -> Iterator[Problem]:
    """Yield what several documents say: an object, a GUID, or a former name that another one has too."""
    declared: dict[Any, DeclaredObject] = {}
    guids: dict[str, DeclaredObject] = {}
    for one in objects:
        other = declared.setdefault(one.node, one)
        if other is not one:
            yield Problem(one.place(), f"{one.kind.name} `{one.name}` stands in {other.place()} too", "", "name")
        if one.guid is not None and (same := guids.setdefault(one.guid, one)) is not one:
            yield Problem(one.place("guid"), f"this GUID stands in {same.place('guid')} too", "", "guid")
    said: dict[Any, DeclaredObject] = {}
    for one in declared.values():
        if one.was_node is None or one.was_node == one.node:
            continue
        before = declared.get(one.was_node) or said.get(one.was_node)
        if before is not None:
            yield Problem(one.place("was"), f"{one.kind.name} `{one.was}` stands in {before.place()} too", "", "was")
        said[one.was_node] = one


# --- a table ----------------------------------------------------------------------------------------------------------


def _table(source: DocumentSource) -> Read:
    at = source.at
    noun, shared = at.value.get("noun"), at.value.get("shared")
    problems = list(_unknown_keys(at, _TABLE_KEYS, "an import"))
    importing = [kind.name for kind in _kinds().values() if kind.importer]
    if noun not in importing:
        hint = near_or_all(str(noun), importing)
        problems.append(Problem(at.place("noun"), f"no table of `{_shown(noun)}` is read", hint, "noun"))
    if shared not in (None, "true", "false"):
        problems.append(Problem(at.place("shared"), "`shared` is true or false", "", "shared"))
    path = _inside(source.folder, at.part("from"))
    problems += path.problems
    if problems:
        return None, problems
    return DeclaredTable(_kinds()[str(noun)], path.value, str(at.value["from"]), at, shared == "true"), ()


def _inside(folder: Path, at: Located) -> _Part:
    given = at.value
    if not isinstance(given, str) or not given:
        return _Part(None, [Problem(at.place(), "which file? `from` names it", "from: computers.csv", "from")])
    home = folder.resolve()
    path = (home / given).resolve()
    said = log_text(given)[:200]
    if Path(given).is_absolute() or not path.is_relative_to(home):
        return _Part(None, [Problem(at.place(), f"`{said}` lies outside the folder of its document", "", "from")])
    if not path.is_file():
        return _Part(None, [Problem(at.place(), f"there is no file `{said}`", "", "from")])
    return _Part(path)


def _shown(text: Any) -> str:
    return short(log_text(str(text)))

"""From documents as they were read to what they declare: kinds, names, typed fields, tables; every mistake is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from itmsctl.errors import InputError
from itmsctl.plans.declared import Batch, DeclaredObject, DeclaredTable
from itmsctl.plans.problems import Problems
from itmsctl.plans.schema import IMPORT, STATES
from itmsctl.plans.service.sources import DocumentSource, read_sources
from itmsctl.plans.spec import spec_of
from itmsctl.plans.traps import trap
from itmsctl.values.kind import Kind
from itmsctl.values.kind_order import kinds_in_order
from itmsctl.values.names import did_you_mean, is_guid, name_key
from itmsctl.values.untrusted import log_text

_KEYS = ("kind", "name", "guid", "was", "state", "set", "spec")
_TABLE_KEYS = ("kind", "noun", "from", "shared")


def read_batch(paths: Sequence[str], stdin: BinaryIO, *, recursive: bool = False, group: str | None = None) -> Batch:
    """Return what files of documents declare; `group` is the apply set of those that name none.

    Raises DocumentsRejectedError that names every mistake, NotFoundError for a file that is not there.
    """
    problems = Problems()
    sources = read_sources(paths, stdin, problems, recursive=recursive)
    reader = _DocumentReader(problems, group)
    for source in sources:
        reader.take(source)
    reader.refuse_renamed_twice()
    problems.refuse()
    return Batch(tuple(reader.objects.values()), tuple(reader.tables))


class _DocumentReader:
    def __init__(self, problems: Problems, group: str | None) -> None:
        self.problems = problems
        self.group = group
        self.kinds = {kind.name: kind for kind in kinds_in_order()}
        self.objects: dict[tuple[str, str], DeclaredObject] = {}
        self.tables: list[DeclaredTable] = []
        self.guids: dict[str, str] = {}  # where each stands

    def take(self, source: DocumentSource) -> None:
        """Read one document."""
        value = _inner(source)
        place = _placed(source)
        if not isinstance(value, Mapping):
            self.problems.add(place(), "a document is a map", "kind: site, name: rome, spec: {...}")
            return
        name = value.get("kind")
        if name == IMPORT:
            self._table(source, value, place)
        elif isinstance(name, str) and name in self.kinds:
            self._object(self.kinds[name], source, value, place)
        elif name is None:
            self.problems.add(place(), "the document says no `kind`", "kind: " + "|".join([*self.kinds, IMPORT]))
        else:
            words = [*self.kinds, IMPORT]
            hint = did_you_mean(str(name), words) or "one of " + ", ".join(words)
            self.problems.add(place("kind"), f"there is no kind `{log_text(str(name))[:60]}`", hint)

    def _object(self, kind: Kind, source: DocumentSource, value: Mapping[str, Any], place: Any) -> None:
        before = len(self.problems.found)
        self._keys(kind, value, place)
        stored = self._name(kind, source, value.get("name"), place)
        state, groups = value.get("state"), self._groups(value.get("set"), place)
        was = self._name(kind, source, value["was"], place, "was") if value.get("was") is not None else None
        if state is not None and state not in STATES:
            hint = did_you_mean(str(state), STATES) or "present or absent"
            self.problems.add(place("state"), f"`{log_text(str(state))[:60]}` is no state", hint)
        if was is not None and (state == "absent" or (stored is not None and is_guid(stored))):
            self.problems.add(place("was"), "what is absent, or named by its GUID, is not renamed", "leave `was` out")
        guid = self._guid(value.get("guid"), place)
        spec = spec_of(kind, source.document, value.get("spec"), (*source.path, "spec"), self.problems)
        if stored is None or len(self.problems.found) > before:
            return
        key = stored.lower() if is_guid(stored) else name_key(stored)
        known = self.objects.get((kind.name, key))
        if known is not None:
            self.problems.add(place(), f"{kind.name} `{stored}` stands in {known.place()} too")
            return
        self.objects[kind.name, key] = DeclaredObject(
            kind, stored, key, spec, place, source.folder, state == "absent", groups, was, guid
        )

    def _groups(self, given: Any, place: Any) -> tuple[str, ...]:
        """Return the apply sets of a document: a text, or several; without any that of the command."""
        if given is None:
            return (self.group,) if self.group else ()
        names = given if isinstance(given, list) else [given]
        if not names or not all(isinstance(name, str) and name.strip() for name in names):
            self.problems.add(place("set"), "the name of an apply set is a text, or a list of texts")
            return ()
        return tuple(dict.fromkeys(names))

    def refuse_renamed_twice(self) -> None:
        """Note documents that say a former name which another document declares, or says too."""
        said: dict[Any, DeclaredObject] = {}
        for one in self.objects.values():
            if one.was_node is None or one.was_node == one.node:
                continue
            other = self.objects.get(one.was_node) or said.get(one.was_node)
            if other is not None:
                self.problems.add(one.place("was"), f"{one.kind.name} `{one.was}` stands in {other.place()} too")
            said[one.was_node] = one

    def _guid(self, given: Any, place: Any) -> str | None:
        if given is None:
            return None
        guid = given.lower() if isinstance(given, str) else ""
        if not is_guid(guid):
            self.problems.add(place("guid"), "it is not a GUID", "such as 4c4c4544-0042-4510-8052-b4c04f4d3332")
            return None
        if guid in self.guids:
            self.problems.add(place("guid"), f"this GUID stands in {self.guids[guid]} too")
        self.guids.setdefault(guid, place("guid"))
        return guid

    def _keys(self, kind: Kind, value: Mapping[str, Any], place: Any) -> None:
        for key in value:
            if key not in _KEYS:
                field = kind.field(key)
                hint = "write it under `spec`" if field else did_you_mean(key, _KEYS) or "known: " + ", ".join(_KEYS)
                self.problems.add(place(key, key=True), f"a document has no key `{log_text(key)[:60]}`", hint)

    def _name(self, kind: Kind, source: DocumentSource, name: Any, place: Any, key: str = "name") -> str | None:
        if not isinstance(name, str):
            what = "the document says no `name`" if name is None else "a name is a text"
            self.problems.add(place(key), what)
            return None
        if (*source.path, key) in source.document.plain and (other := trap(name)):
            self.problems.add(place(key), f"`{name}` may also be read as {other}", f'quote it: "{name}"')
            return None
        if is_guid(name):
            return name
        try:
            stored: str = kind.load_shelf().name_of(name)
        except InputError as error:
            self.problems.take(place(key), error)
            return None
        return stored

    def _table(self, source: DocumentSource, value: Mapping[str, Any], place: Any) -> None:
        before = len(self.problems.found)
        for key in value:
            if key not in _TABLE_KEYS:
                hint = did_you_mean(key, _TABLE_KEYS) or "known: " + ", ".join(_TABLE_KEYS)
                self.problems.add(place(key, key=True), f"an import has no key `{log_text(key)[:60]}`", hint)
        noun, given, shared = value.get("noun"), value.get("from"), value.get("shared")
        importing = [kind.name for kind in self.kinds.values() if kind.importer]
        if noun not in importing:
            hint = did_you_mean(str(noun), importing) or "one of " + ", ".join(importing)
            self.problems.add(place("noun"), f"no table of `{log_text(str(noun))[:60]}` is read", hint)
        if shared not in {None, "true", "false"}:
            self.problems.add(place("shared"), "`shared` is true or false")
        path = self._inside(source.folder, given, place)
        if path is None or len(self.problems.found) > before:
            return
        self.tables.append(DeclaredTable(self.kinds[str(noun)], path, str(given), place, shared == "true"))

    def _inside(self, folder: Path, given: Any, place: Any) -> Path | None:
        if not isinstance(given, str) or not given:
            self.problems.add(place("from"), "which file? `from` names it", "from: computers.csv")
            return None
        home = folder.resolve()
        path = (home / given).resolve()
        if Path(given).is_absolute() or not path.is_relative_to(home):
            self.problems.add(place("from"), f"`{log_text(given)[:200]}` lies outside the folder of its document")
            return None
        if not path.is_file():
            self.problems.add(place("from"), f"there is no file `{log_text(given)[:200]}`")
            return None
        return path


def _inner(source: DocumentSource) -> Any:
    value = source.document.value
    for step in source.path:
        value = value[step]
    return value


def _placed(source: DocumentSource) -> Any:
    def place(*path: str | int, key: bool = False) -> str:
        return source.document.place(*source.path, *path, key=key)

    return place

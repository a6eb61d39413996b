"""Types of resources that a file declares: several, in any order, all or none; one that is there grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.faults import bad_format
from itmsctl.documents.files import typed_text
from itmsctl.documents.located import Document
from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.errors import FileFormatError, InputError
from itmsctl.resources.own import RESOURCE_TYPE
from itmsctl.resources.service.resource_types import RESOURCE_TYPES
from itmsctl.values.names import did_you_mean

_LONGEST = 1 << 20
_EXPORTED = "what `export` wrote, with GUIDs, is for `itmsctl apply -f`"
_KNOWN = ("kind", "name", *(field.name for field in RESOURCE_TYPE.fields))


def types_in(file: str, stdin: TextIO) -> list[Document]:
    """Return the documents of a file, or of the input, each a type as a person writes it; its kind may be left out.

    Raises NotFoundError, InputError, FileFormatError with file, line and column.
    """
    name = "-" if file == "-" else str(Path(file))
    found = list(read_yaml(typed_text(file, stdin, _LONGEST, "a type is far smaller").encode(), name))
    if not found:
        raise bad_format(name, "no resource type stands in it", hint="name: rack-pdu")
    names: set[str] = set()
    for document in found:
        _refuse_misformed(document)
        called = document.value["name"]
        if called in names:
            raise _refusal(document, f"`{called}` is declared twice", "name")
        names.add(called)
    return found


def declare_types(unit: UnitOfWork, documents: Sequence[Document]) -> list[Outcome]:
    """Add the types of documents, or let those that are there grow: all or none; parents come before those below them.

    Raises FileFormatError that names the place, NameTakenError.
    """
    return [_declared(unit, document) for document in _parents_first(documents)]


def _declared(unit: UnitOfWork, document: Document) -> Outcome:
    fields = {key: value for key, value in document.value.items() if key not in {"kind", "name"} and value is not None}
    if "fields" in fields:
        fields["fields"] = _texts(document)
    try:
        if RESOURCE_TYPES.find(unit, document.value["name"]) is None:
            return RESOURCE_TYPES.add(unit, document.value["name"], fields)
        return RESOURCE_TYPES.set(unit, document.value["name"], fields)
    except InputError as error:
        place = document.root.blamed(error.details)
        said = f"{error.message}: {error.why}" if error.why else error.message
        raise bad_format(place.file, said, line=place.line, column=int(place.column), hint=error.hint) from error


def _parents_first(documents: Sequence[Document]) -> list[Document]:
    waiting = {document.value["name"]: document for document in documents}
    found: list[Document] = []
    while waiting:
        ready = [name for name, one in waiting.items() if one.value.get("parent") not in waiting]
        # Those that stand under each other in a circle have no first one: the shelf refuses it.
        for name in ready or list(waiting):
            found.append(waiting.pop(name))
    return found


def _texts(document: Document) -> list[str]:
    """Return fields as the shelf takes them: a list of NAME:TYPE, or a map from NAME to TYPE."""
    given: Any = document.value["fields"]
    if isinstance(given, Mapping):
        given = [name if type_ is None else f"{name}:{type_}" for name, type_ in given.items()]
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _refusal(document, "the fields are a list of NAME:TYPE, or a map from NAME to TYPE", "fields")
    return given


def _refuse_misformed(document: Document) -> None:
    if not isinstance(document.value, dict):
        raise _refusal(document, "a resource type is a map", hint="name: rack-pdu")
    for key, value in document.value.items():
        if key not in _KNOWN:
            hint = _EXPORTED if key in {"guid", "spec"} else did_you_mean(key, _KNOWN) or ", ".join(_KNOWN)
            raise _refusal(document, f"a resource type has no `{key}`", key, hint=hint, key=True)
        if key != "fields" and value is not None and not isinstance(value, str):
            raise _refusal(document, f"`{key}` is one text", key)
    if document.value.get("kind") not in {None, RESOURCE_TYPE.name}:
        hint = "what is of other kinds is for `itmsctl apply -f`"
        raise _refusal(document, f"a {document.value['kind']} is not a resource type", "kind", hint=hint)
    if not document.value.get("name"):
        raise _refusal(document, "it has no name", hint="name: rack-pdu")


def _refusal(document: Document, what: str, *path: str, hint: str = "", key: bool = False) -> FileFormatError:
    place = document.place(*path, key=key)
    return bad_format(place.file, what, line=place.line, column=int(place.column), hint=hint)

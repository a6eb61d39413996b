"""`export`: every object as a document, in one order, so that two exports of one estate are equal byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.documents.files import replacing
from itmsctl.documents.write import write_json, write_json_object, write_ndjson, write_yaml_documents
from itmsctl.errors import UsageError
from itmsctl.plans.service.looking_back import as_of
from itmsctl.plans.service.set_rows import holders
from itmsctl.values.kind import Kind
from itmsctl.values.kind_order import kinds_in_order
from itmsctl.values.names import near_or_all
from itmsctl.values.times import to_text


def documents(reader: Reader, kinds: Sequence[Kind], at: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Yield the documents of every object of some kinds: kinds in the order given, objects by code points of names.

    Secrets, what computers reported, and what the system keeps for itself are in none of them. Memory is constant;
    with `at`, which tells how everything was at a moment, one kind is held at a time. Which apply sets held what then
    is not known.
    """
    held = holders(reader) if at is None else {}
    for kind in kinds:
        shelf = kind.load_shelf()
        for doc in (shelf if at is None else as_of(kind, at)).list(reader):
            yield document(kind, shelf, doc, held.get(doc.guid, ()))


def write(reader: Reader, kinds: Sequence[Kind], sink: TextIO, form: str, at: datetime | None = None) -> int:
    """Write the documents of some kinds as `yaml`, `json` or `ndjson`, as they are or were; return how many."""
    writer = {"yaml": write_yaml_documents, "json": write_json, "ndjson": write_ndjson}[form]
    return writer(documents(reader, kinds, at), sink)


def keep(path: Path, source: TextIO, *, force: bool = False) -> None:
    """Write a text to a file of mode 0600, whole or not at all. Raises OutputExistsError where it exists."""
    with replacing(path, force=force) as stream:
        for line in source:
            stream.write(line.encode())


def write_schema(schema: dict[str, Any], sink: TextIO) -> None:
    """Write a schema as JSON for people."""
    write_json_object(schema, sink)


def document(kind: Kind, shelf: Shelf, doc: Doc, sets: Sequence[str] = ()) -> dict[str, Any]:
    """Return the document of one object, with the apply sets that hold it."""
    spec = {name: plain(value) for name, value in shelf.document_of(doc).items()}
    held = {"set": sets[0] if len(sets) == 1 else list(sets)} if sets else {}
    return {"kind": kind.name, "name": doc.name, "guid": doc.guid, **held, **({"spec": spec} if spec else {})}


def plain(value: Any) -> Any:
    """Return a value as documents write it: whole numbers without a point, moments as text."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def kinds_of(names: Sequence[str]) -> list[Kind]:
    """Return the kinds of these names, or all, in the order in which they are made. Raises UsageError."""
    known = kinds_in_order()
    for name in names:
        if name not in {kind.name for kind in known}:
            words = [kind.name for kind in known]
            raise UsageError(f"there is no kind `{name}`", hint=near_or_all(name, words))
    return [kind for kind in known if not names or kind.name in names]

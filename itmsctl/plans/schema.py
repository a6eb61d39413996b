"""What a document of a kind may say, as JSON Schema (2020-12), so that editors complete and check it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from itmsctl.values.kind import Field, Kind, Type
from itmsctl.values.types import meaning

DIALECT = "https://json-schema.org/draft/2020-12/schema"
STATES = ("present", "absent")
IMPORT = "import"  # the kind of a document that names a table


def schema_of(kind: Kind) -> dict[str, Any]:
    """Return the schema of the documents of one kind."""
    return {"$schema": DIALECT, **_kind(kind)}


def schema_of_all(kinds: Iterable[Kind]) -> dict[str, Any]:
    """Return the schema of a document of any kind, tables of many objects among them."""
    known = list(kinds)
    parts = {kind.name: _kind(kind) for kind in known} | {IMPORT: _import([k.name for k in known if k.importer])}
    return {
        "$schema": DIALECT,
        "title": "document",
        "description": "A document of `itmsctl apply`: one object of the CMDB, or a table of many.",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(parts)}},
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in parts],
        "$defs": parts,
    }


def _kind(kind: Kind) -> dict[str, Any]:
    return {
        "title": kind.name,
        "description": kind.help,
        "type": "object",
        "required": ["kind", "name"],
        "additionalProperties": False,
        "properties": {
            "kind": {"const": kind.name},
            "name": {"type": "string", "description": f"Name of the {kind.name}."},
            "guid": {
                "type": "string",
                "format": "uuid",
                "description": "The GUID that it has where it is made again; one that is there keeps its own.",
            },
            "state": {"enum": list(STATES), "description": "absent removes it. Default: present."},
            "was": {"type": "string", "description": "The name that it had: the object of that name is renamed."},
            "set": {
                "type": ["string", "array"],
                "items": {"type": "string"},
                "description": "Apply set, or sets, that it belongs to: `apply --prune --set` goes by it.",
            },
            "spec": {
                "type": "object",
                "description": "Its fields. One that is not said is left alone; null empties it.",
                "additionalProperties": False,
                "properties": {field.name: _field(field) for field in kind.admin_fields},
            },
        },
    }


def _import(nouns: list[str]) -> dict[str, Any]:
    return {
        "title": IMPORT,
        "description": "A table of many objects, CSV or NDJSON, beside the document or below its folder.",
        "type": "object",
        "required": ["kind", "noun", "from"],
        "additionalProperties": False,
        "properties": {
            "kind": {"const": IMPORT},
            "noun": {"enum": nouns, "description": "What the rows are."},
            "from": {"type": "string", "description": "The file, from the folder of the document."},
            "shared": {
                "type": "boolean",
                "description": "New names with a known UUID or serial number are other computers.",
            },
        },
    }


def _field(field: Field) -> dict[str, Any]:
    return {**_value(field), "description": field.help}


def _value(field: Field) -> dict[str, Any]:
    if field.choices and field.type is not Type.LIST:
        return {"enum": [*field.choices, None]}
    schema = meaning(field.type).schema
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    items = {"items": _member(field)} if field.type is Type.LIST else {}
    return {**schema, "type": [*types, "null"], **items}


def _member(field: Field) -> dict[str, Any]:
    if not field.parts:
        return {"enum": list(field.choices)} if field.choices else {"type": "string"}
    whole = {
        "type": "object",
        "required": [part.name for part in field.parts if part.required],
        "additionalProperties": False,
        "properties": {part.name: _field(part) for part in field.parts},
    }
    return {"anyOf": [{"type": "string"}, whole]}

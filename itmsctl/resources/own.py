"""Types of resources that an administrator adds at run time, and their resources (PLAT-13).

A type stands under a level of the hierarchy or under another such type, and has the fields of all above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from itmsctl.errors import FieldError, InputError
from itmsctl.resources.devices import DEVICE, LEVELS, RESOURCE
from itmsctl.values.column import TableColumn
from itmsctl.values.kind import Danger, Field, Kind, Type
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean, near_or_all
from itmsctl.values.naming import naming
from itmsctl.values.replicated import item, resource
from itmsctl.values.types import meaning
from itmsctl.values.untrusted import is_storable

FIELD_TYPES = (Type.TEXT, Type.INT, Type.REAL, Type.BOOL, Type.LIST)
MAX_FIELDS = 200
MAX_VALUE = 4096
MAX_DEPTH = 16  # of types that stand under each other
_TYPE_NAME = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"  # compiled where a type is added: every command loads this module
_FIELD_NAME = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
_LONGEST = 40

RESOURCE_TYPE = Kind(
    name="resource-type",
    table="resource_type",
    help="A type of resources that an administrator added.",
    shelf="itmsctl.resources.service.resource_types:RESOURCE_TYPES",
    danger=Danger.SEVERE,
    own=(TableColumn("level"),),
    replication=item(),
    fields=(
        Field(
            "parent",
            "What it stands under: device, another such type, or resource, where nothing is said.",
            ref="resource-type",
        ),
        Field(
            "fields",
            f"Field of its resources, as NAME or NAME:TYPE: {', '.join(one.value for one in FIELD_TYPES)}.",
            Type.LIST,
            option="field",
        ),
        Field("description", "What people should know about the type."),
    ),
)
OWN_RESOURCE = Kind(
    name="resource",
    table="resource",
    help="A resource of a type that an administrator added.",
    shelf="itmsctl.resources.service.own_resources:OWN_RESOURCES",
    danger=Danger.MODERATE,
    typed="resource_own",
    parent="resource",
    replication=resource(),
    fields=(
        Field("type", "Its type, one of those that were added.", Type.REF, ref="resource-type", required=True,
              column="type_id"),
        Field("fields", "Field of its type, as NAME=VALUE.", Type.MAP, option="field"),
        *DEVICE.fields,
    ),
)  # fmt: skip
DEVICE_ALONE = frozenset(field.name for field in DEVICE.fields) - {field.name for field in RESOURCE.fields}
_TAKEN = frozenset({field.name for field in OWN_RESOURCE.fields}) | {
    "id", "guid", "name", "name_key", "kind", "level", "revision", "created_at", "changed_at", "resource_id",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class OwnType:
    """A type with the fields that its resources have beside those of its level: those of the types above it too."""

    name: str
    parent: str
    level: str
    fields: tuple[Field, ...]
    above: tuple[str, ...] = ()  # the types and levels that it stands under, the nearest first

    @property
    def table(self) -> str:
        """Return the name of the table that has its fields as columns."""
        return f"res_{self.name.replace('-', '_')}"

    @property
    def view(self) -> str:
        """Return the name of its documented view."""
        return f"v_{self.name.replace('-', '_')}"

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((one for one in self.fields if one.name == name), None)


def checked_type_name(text: str) -> str:
    """Return the name of a type. Raises InputError: its table and its view bear it."""
    if not re.fullmatch(_TYPE_NAME, text) or len(text) > _LONGEST:
        raise InputError(
            f"`{text[:60]}` cannot be the name of a resource type",
            why="its view bears it",
            hint=f"small letters, digits and hyphens, at most {_LONGEST}: rack-pdu",
        )
    return text


def read_fields(texts: Sequence[str]) -> tuple[Field, ...]:
    """Return the fields that a type declares, as NAME or NAME:TYPE. Raises FieldError that names the place."""
    if len(texts) > MAX_FIELDS:
        raise FieldError(f"{len(texts)} fields are too many", hint=f"at most {MAX_FIELDS}").about("fields")
    found: dict[str, Field] = {}
    for position, text in enumerate(texts):
        with naming("fields", position):
            one = _field(text)
            if one.name in found:
                raise FieldError(f"the field `{one.name}` is declared twice")
            found[one.name] = one
    return tuple(found.values())


def written(field: Field) -> str:
    """Return a field as a type declares it."""
    return f"{field.name}:{field.type.value}"


def _field(text: str) -> Field:
    name, _, word = text.strip().partition(":")
    if not re.fullmatch(_FIELD_NAME, name) or len(name) > _LONGEST:
        raise FieldError(
            f"`{name[:60]}` cannot be the name of a field", hint="small letters, digits and _: max_amperes"
        )
    if name in _TAKEN:
        raise FieldError(f"every resource has `{name}`", hint="call yours otherwise")
    words = [one.value for one in FIELD_TYPES]
    if word and word not in words:
        raise FieldError(f"`{word[:60]}` is not a valid type of a field", hint=near_or_all(word, words))
    return Field(name, f"{name.replace('_', ' ').capitalize()}.", Type(word or "text"))


# --- the types of a CMDB ----------------------------------------------------------------------------------------------


def resolved(rows: Iterable[tuple[str, str | None, Sequence[str]]]) -> dict[str, OwnType]:
    """Return types by name, each with the fields of all above it, from rows of name, parent and declared fields."""
    declared = {name: (parent or RESOURCE.name, fields) for name, parent, fields in rows}
    levels = {level.name: level.parent for level in LEVELS}
    found: dict[str, OwnType] = {}
    for name, (parent, _) in declared.items():
        chain, at = [name], parent
        while at in declared and at not in chain and len(chain) <= MAX_DEPTH:
            chain.append(at)
            at = declared[at][0]
        level = at if at in levels else RESOURCE.name
        above = [*chain[1:], level, *([levels[level]] if levels[level] else [])]
        fields = {field.name: field for one in reversed(chain) for field in read_fields(declared[one][1])}
        found[name] = OwnType(name, parent, level, tuple(fields.values()), tuple(above))
    return found


def value_of(field: Field, text: Any) -> Any:
    """Return what a value of a field means: that of its column. Raises InputError."""
    if field.type is Type.LIST:
        return [part.strip() for part in str(text).split(",") if part.strip()]
    return meaning(field.type).value(text)


def checked_values(one: OwnType, given: Mapping[str, Any]) -> dict[str, str]:
    """Return values of the fields of a type as texts in their usual form. Raises FieldError that names the field."""
    found = {}
    for name, value in given.items():
        field = one.field(name)
        if field is None:
            known = [f.name for f in one.fields]
            hint = did_you_mean(name, known) or ", ".join(known) or "it has none of its own"
            raise FieldError(f"a {one.name} has no field `{name}`", hint=hint).about("fields", name, key=True)
        with naming("fields", name):
            text = str(value)
            if len(text) > MAX_VALUE or not is_storable(text):
                raise FieldError("the value is too long, or no text", hint=f"at most {MAX_VALUE} characters")
            found[name] = said(value_of(field, text))
    return found


def said(value: Any) -> str:
    """Return a value as a document says it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)

"""The options that follow from a noun's declaration: one for each field, and two for the members of each list."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli.declare import option
from itmsctl.cli.naming import is_source
from itmsctl.errors import InputError, UsageError
from itmsctl.values.kind import Field, Kind, Type
from itmsctl.values.lean import dataclass
from itmsctl.values.types import meaning

if TYPE_CHECKING:
    from itmsctl.cmdb.lists import Adjustment


_METAVARS = {
    Type.INT: "N",
    Type.REAL: "N",
    Type.DURATION: "TIME",
    Type.TIME: "TIME",
    Type.MAP: "KEY=VALUE",
    Type.ADDRESS: "ADDRESS",
    Type.PREFIX: "CIDR",
}


@dataclass(frozen=True, eq=False, repr=False)
class GivenFields:
    """What was typed of a noun's fields: their values, and what is to be put into lists (`add_x`) or taken out."""

    kind: Kind
    values: dict[str, Any]
    members: Mapping[str, Sequence[str] | None] = dataclasses.field(default_factory=dict)

    def read(self, names: Callable[[Sequence[str], str], list[str]]) -> GivenFields:
        """Return the same with the members that `-` and `@FILE` stand for, of lists of objects: `names` reads them."""
        read: list[dict[str, Any]] = []
        lists = {key: field.ref for field in _lists(self.kind) if field.ref for key in _keys(field)}
        for given in (self.values, self.members):
            asked: dict[str, Any] = {key: given[key] for key in lists if any(map(is_source, given.get(key) or ()))}
            read.append({**given, **{key: names(words, lists[key]) for key, words in asked.items()}})
        return GivenFields(self.kind, *read)

    def changing(self, unset: Sequence[str]) -> tuple[dict[str, Any], dict[str, Adjustment]]:
        """Return the changes, with the fields emptied that `unset` names, and those of lists.

        Raises UsageError where a list is replaced as well.
        """
        changes = self.values | _cleared(self.kind, unset)
        return changes, _adjustments(self.kind, self.members, changes)


class FieldOptions:
    """An option for each field that an administrator may set; with `lists` those for single members too."""

    def __init__(self, kind: Kind, *, lists: bool = False) -> None:
        self._kind, self._lists = kind, lists

    def parameters(self) -> list[inspect.Parameter]:
        """Return the options."""
        own = [_field_option(field) for field in self._kind.admin_fields]
        return [*own, *_list_options(self._kind)] if self._lists else own

    def made(self, given: Mapping[str, Any]) -> GivenFields:
        """Return what was typed of the fields."""
        members = {key: split_members(given[key]) for f in _lists(self._kind) for key in _keys(f) if given.get(key)}
        return GivenFields(self._kind, _field_values(self._kind, given), members)


class Several:
    """Options that are handed on together, by their names."""

    def __init__(self, options: Sequence[inspect.Parameter]) -> None:
        self._options = options

    def parameters(self) -> Sequence[inspect.Parameter]:
        """Return the options."""
        return self._options

    def made(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return their values."""
        return {one.name: given[one.name] for one in self._options}


def _lists(kind: Kind) -> list[Field]:
    return [field for field in kind.admin_fields if field.type is Type.LIST and not field.parts]


def _keys(field: Field) -> tuple[str, str, str]:
    return field.name, f"add_{field.name}", f"remove_{field.name}"


def lists_help(kind: Kind) -> str:
    """Return what the help of `set` says of lists; empty for a kind that has none."""
    lists = _lists(kind)
    if not lists:
        return ""
    flag = lists[0].flag[2:]
    text = f" A list is replaced as a whole by --{flag}; --add-{flag} and --remove-{flag} change single members."
    named = [field.flag[2:] for field in lists if field.ref]
    return text + (f" --add-{named[0]} - reads names from standard input, @FILE from a file." if named else "")


def metavar(field: Field) -> str:
    """Return what stands for the value of a field in help: what it is, not the flag once more."""
    if field.ref or field.selects:
        return (field.ref or field.selects[0]).upper()
    if field.form == "zone":
        return "ZONE"
    return _METAVARS.get(field.type, "WORD" if field.choices else "TEXT")


def _list_options(kind: Kind) -> list[inspect.Parameter]:
    """Return the two options that change single members, `--add-x` and `--remove-x`, of each list."""
    found = []
    for field in _lists(kind):
        for word, text in (("add", "Put into the list"), ("remove", "Take out of the list")):
            shown = typer.Option(f"--{word}-{field.flag[2:]}", help=f"{text}: {field.help}", metavar=metavar(field))
            annotation = Annotated[list[str], shown]
            found.append(option(f"{word}_{field.name}", annotation, []))
    return found


def _adjustments(kind: Kind, options: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Adjustment]:
    """Return what the options of `_list_options` ask for; raise UsageError where the list is replaced as well."""
    from itmsctl.cmdb.lists import Adjustment

    found: dict[str, Adjustment] = {}
    for field in _lists(kind):
        add, remove = (list(options.get(f"{word}_{field.name}") or ()) for word in ("add", "remove"))
        if not add and not remove:
            continue
        if field.name in changes:
            raise UsageError(
                f"{field.flag} replaces the list, and --add-{field.flag[2:]} changes it", hint="leave one of them out"
            )
        found[field.name] = Adjustment(add, remove)
    return found


def split_members(given: Sequence[str]) -> list[str]:
    """Return the members of lists that were given as options; one may hold several, with `;` between them."""
    return [part.strip() for text in given for part in text.split(";") if part.strip()]


def _field_option(field: Field) -> inspect.Parameter:
    many = field.type in {Type.LIST, Type.MAP}
    settings: dict[str, Any] = {"help": field.help}
    if field.choices:
        settings["help"] += f" One of {', '.join(field.choices)}."
    flags = [field.flag]
    if field.type is Type.BOOL:
        flags = [f"{field.flag}/--{field.negative or f'no-{field.flag[2:]}'}"]
        settings["show_default"] = False
    else:
        settings["metavar"] = metavar(field)
    wanted: Any = list[str] if many else meaning(field.type).option | None
    return option(f"field_{field.name}", Annotated[wanted, typer.Option(*flags, **settings)], [] if many else None)


def _field_values(kind: Kind, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given as options; lists may also be written with `;` between their members."""
    values: dict[str, Any] = {}
    for field in kind.admin_fields:
        given = options.get(f"field_{field.name}")
        if given is None or given == []:
            continue
        if field.type is Type.LIST:
            values[field.name] = split_members(given)
        elif field.type is Type.MAP:
            values[field.name] = {key: value.strip() for key, value in map(pair, given)}
        else:
            values[field.name] = given
    return values


def _cleared(kind: Kind, names: Sequence[str]) -> dict[str, Any]:
    """Return the empty values of fields named by `--unset`; FieldError comes from the shelf for an unknown one."""
    empty: dict[str, Any] = {}
    for name in names:
        key = name.replace("-", "_")
        field = kind.field(key) or next((f for f in kind.fields if f.option == name), None)
        empty[field.name if field else key] = None
    return empty


def pair(text: str) -> tuple[str, str]:
    """Read `KEY=VALUE`; a bare KEY has an empty value. The value is taken as it stands.

    Raises InputError for an empty key.
    """
    key, _, value = text.partition("=")
    if not key.strip():
        raise InputError(f"`{text}` is not KEY=VALUE")
    return key.strip(), value

"""What a noun is, declared once (house rule 9), and the filter fields that rooms add.

Every room's `kinds.py` holds only these declarations, as text, so that help, completion, schemas and expressions read
them without importing SQLModel. `house()` finds them by listing.

Beside them `HOOKS` names functions that an earlier room or the ground calls at an event without knowing who listens:
{"doctor": "itmsctl.resources.service:shared_identities"}. Events: `doctor(reader)` and `doctor_reach(store, sample)`
give `values.findings.Finding`; `database_restored(unit)` is called in the unit of work that starts a new epoch;
`defined_tables(connection)` gives the tables that follow from definitions (`cmdb.defined`);
`memberships(unit)` answers who is in what now, to be compared later (`cmdb.losses.Memberships`);
`object_renamed(unit, kind, before, after)` and `object_removed(unit, kind, name)` follow what is named by text;
`object_guarded(unit, kind, changes)` forbids changes of objects, each given before and after (`cmdb.guards`);
`object_used(reader, kind, id)` names what still refers to an object that is to be removed;
`classes_asked(reader)` names the data classes that filters and rules ask for;
`classes_changed(unit, changed)` is called with whose rows of which classes an update of memberships takes up;
`data_classes()` offers data classes to the filter language (`expressions.registry.Offered`);
`own_data_classes(connection)` gives those of a CMDB, and `own_views(connection)` their views;
`hosting_facts(reader, computer_id)` gives what decides about site services (`sites.fitness.HostingFacts`);
`purgeable()` gives `admin.retention.Purgeable`;
`audit_needed(reader)` answers from when on the audit must stay;
`recorded(reader)` gives what the audit keeps beside documents, to be compared (`cmdb.standing`);
`support(reader, names)` gives parts of a support bundle by name; `runs_purged(unit, ids)` is called for runs that are
about to go; `task_kind:NAME` is a kind of task of a later room (`tasks.action.Action`), and `interviewer:NAME` what
reads computers for it (`tasks.service.interviews.Interviewer`); `usage_told(unit, computer, told)` keeps events of
programs that a file tells, and says what of them it did not keep; `as_of(kind, moment)` answers a kind as it was;
`undo_barriers(reader, change_set_id, at)` and
`keeper:KIND` are those of `plans.service.undo`.

`VERBS` names functions that add verbs to a group, mostly of another room, called with its Typer app when the group is
asked for help or for a verb that it has not itself: {"schedule": "itmsctl.policies.commands.tick:register"}.

Views of a room's tables stand apart, in its `views.py` (`values.view`): only SQL filters and reports need them.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Any

from itmsctl.values.column import Sql, TableColumn
from itmsctl.values.counts import with_article
from itmsctl.values.lean import dataclass
from itmsctl.values.replicated import Replication


class Owner(Enum):
    """Whose a field is: who may change it, and whether it may be shown."""

    ADMIN = "admin"
    REPORTED = "reported"
    SECRET = "secret"  # noqa: S105 - the word, not a secret
    SYSTEM = "system"


class Type(Enum):
    """The type of a field, as filters, schemas and options know it."""

    TEXT = "text"
    INT = "int"
    REAL = "real"
    BOOL = "bool"
    TIME = "time"
    DURATION = "duration"  # seconds; written as 90, 15m or 1d12h
    ADDRESS = "address"
    PREFIX = "prefix"
    GUID = "guid"
    VERSION = "version"
    LIST = "list"
    MAP = "map"
    REF = "ref"


@dataclass(frozen=True, eq=False, repr=False)
class Link:
    """Where a LIST of references is kept: a table of pairs, and its columns of the owner's id and the other's."""

    table: str
    own: str
    other: str


@dataclass(frozen=True, eq=False, repr=False)
class Field:
    """One field of a noun: its name in JSON, options (`--os-family`), documents and history."""

    name: str
    help: str
    type: Type = Type.TEXT
    owner: Owner = Owner.ADMIN
    ref: str = ""  # the kind that a REF, or each member of a LIST, names
    choices: tuple[str, ...] = ()
    required: bool = False
    option: str = ""  # the flag, where it is not the name: a list field `services` is asked by `--service`
    column: str = ""  # the column, where it is not the name
    negative: str = ""  # the flag that says no to a BOOL, where it is not `no-` and the name
    link: Link | None = None  # where the shelf keeps a LIST with `ref` by itself
    selects: tuple[str, ...] = ()  # the kinds that a selector in it, or in each of its members, may name
    asks: tuple[str, ...] = ()  # the kinds that a text in it may name in words of its own: an expression
    parts: tuple[Field, ...] = ()  # the fields of each member of a LIST whose members are more than a text
    form: str = ""  # what each text must be, beyond its type: `zone`, the IANA name of a time zone
    kept: bool = False  # a document says it also where it is empty: where it says nothing, something else is kept
    # Of its column, what the type does not say:
    apart: bool = False  # it has none: it is kept in another table, or made when it is read
    null: bool | None = None  # whether it may be empty; one that is required, and a BOOL, may not
    sql: Sql | None = None
    default: Any = None  # of a BOOL it is false

    @property
    def flag(self) -> str:
        """Return the option that sets this field."""
        return "--" + (self.option or self.name).replace("_", "-")

    @property
    def column_name(self) -> str:
        """Return the name of its column; empty where it has none."""
        return "" if self.apart or self.link is not None else self.column or self.name


class Danger(Enum):
    """How much a removal can hurt: no question, a y/N, or the name typed."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, eq=False, repr=False)
class Kind:
    """A noun of the CMDB."""

    name: str
    table: str
    help: str
    fields: tuple[Field, ...]
    key: str = "name"  # the natural key: the field that people identify it by
    danger: Danger = Danger.MILD
    shelf: str = ""  # what serves it, as `module:NAME`, where that is more than a plain shelf; imported when asked for
    named_for: str = ""  # the kind whose object it is and whose name it bears: a server is a computer
    importer: str = ""  # what reads a table of many, as `module:NAME` (`resources.service.tables.ComputerDocument`)
    own: tuple[TableColumn, ...] = ()  # columns that are no field: the program's own
    typed: str = ""  # the table of its fields, where `table` is shared by kinds: a row has the id of its row there
    replication: Replication | None = None  # how its objects come to other servers: every kind of a room says it
    parent: str = ""  # of a resource: the level of their hierarchy that it stands under (`resources.devices`)

    @property
    def one(self) -> str:
        """Return its name with the article before it: `a site`, `an inventory-policy`."""
        return with_article(self.name)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    def load_shelf(self) -> Any:
        """Return the shelf that serves this noun (`cmdb.shelf.Shelf`); its module is imported only now."""
        return _named(self.shelf) if self.shelf else _named("itmsctl.cmdb.shelf:plain_shelf")(self)

    def load_importer(self) -> Any:
        """Return what opens a table of this noun, such as `resources.service.tables.ComputerDocument`; None without."""
        return _named(self.importer) if self.importer else None

    @property
    def links(self) -> tuple[tuple[Field, Link], ...]:
        """Return the lists of references that the shelf keeps in tables of pairs."""
        return tuple((f, f.link) for f in self.fields if f.link is not None)

    @property
    def admin_fields(self) -> tuple[Field, ...]:
        """Return what an administrator may set."""
        return tuple(f for f in self.fields if f.owner is Owner.ADMIN)


@dataclass(frozen=True, eq=False, repr=False)
class FilterField:
    """A field of the filter language: a column of its class.

    `of` is what it is computed from: a noun and those of its fields, such as ("site", "region"). When one of them
    changes, filters look again at the computers behind the object (`values.sources`).
    """

    name: str
    type: Type
    help: str
    column: str = ""
    of: tuple[str, ...] = ()
    order: str = ""  # the column by which it is compared, where that is another one: a version has a key beside it

    @property
    def column_name(self) -> str:
        """Return the column that holds it."""
        return self.column or self.name


@dataclass(frozen=True, eq=False, repr=False)
class FilterClass:
    """A data class of the filter language.

    A single-row class has one row a computer (`key` is its primary key) and its fields are asked as `class.field`; the
    class named `computer` gives its fields bare. A multi-row class is asked as `class(condition)`. `any_fields` names
    fields of a multi-row class that may also be asked bare and mean "any row": {"address": "address"}. `map_key` makes
    a class of key/value rows: `tags.env` reads the `map_value` of the row whose `map_key` is `env`.
    """

    name: str
    table: str
    key: str
    fields: tuple[FilterField, ...]
    help: str
    multi: bool = False
    any_fields: tuple[tuple[str, str], ...] = ()
    map_key: str = ""
    map_value: str = ""
    # How to know that a computer's rows were ever collected: the name of a column of `computer` that is not NULL then.
    # Empty: an administrator's data, which is always known.
    collected: str = ""
    # Or the table that says it for many classes: a row (`computer_id`, `class_name`, `collected_at`) of each.
    collected_in: str = ""
    changes_with: str = ""  # the class whose changes change this one too, where they are the same rows
    # What decides its rows, or what views with it show beyond its fields: nouns, each with fields, as `FilterField.of`.
    of: tuple[tuple[str, ...], ...] = ()
    tables: tuple[
        str, ...
    ] = ()  # tables that it reads and no shelf writes: their writer says which computers' rows changed
    # Where the computers of an object stand, by noun, for each noun that it is computed from and that is no computer;
    # a noun that stands there several times has computers in each of these places.
    links: tuple[tuple[str, Link], ...] = ()

    @property
    def is_gathered(self) -> bool:
        """Return whether it may never have been collected from a computer."""
        return bool(self.collected or self.collected_in)

    @property
    def sources(self) -> tuple[tuple[str, ...], ...]:
        """Return all that it is computed from: nouns, each with those of its fields."""
        return (*self.of, *(field.of for field in self.fields if field.of))


# The parts of the root's help page: what each is called there, in their order.
PARTS = {
    "plan": "Plan an estate",
    "know": "Know what there is",
    "target": "Say which computers",
    "run": "Run things on them",
    "keep": "Keep watch",
    "database": "Database and program",
}


@dataclass(frozen=True, eq=False, repr=False)
class Group:
    """A command group of the root: found in a room's `kinds.GROUPS`, its Typer app in `<module>.<app>` of the room.

    A room of several groups gives each a module (`commands.site`), so that a command imports its own group only.
    """

    name: str
    help: str
    app: str
    module: str = "commands"
    part: str = ""  # the part of the root's help page that it stands in, one of `PARTS`


@dataclass(frozen=True, eq=False, repr=False)
class Room:
    """What a room declares in its `kinds.py`."""

    name: str
    groups: tuple[Group, ...] = ()
    kinds: tuple[Kind, ...] = ()
    filter_classes: tuple[FilterClass, ...] = ()
    hooks: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    verbs: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class House:
    """All rooms, in the order of their names."""

    rooms: tuple[Room, ...] = field(default_factory=tuple)

    def kinds(self) -> Iterator[Kind]:
        """Yield every declared noun."""
        for room in self.rooms:
            yield from room.kinds

    def kind(self, name: str) -> Kind | None:
        """Return the noun of that name, or None."""
        return next((k for k in self.kinds() if k.name == name), None)

    def groups(self) -> dict[str, tuple[str, Group]]:
        """Return every command group by name, with its room."""
        return {g.name: (room.name, g) for room in self.rooms for g in room.groups}

    def filter_classes(self) -> tuple[FilterClass, ...]:
        """Return every data class that rooms give the filter language."""
        return tuple(c for room in self.rooms for c in room.filter_classes)

    def modules(self, name: str) -> Iterator[ModuleType]:
        """Yield the modules of this name of all rooms that have one; each is imported only now."""
        for room in self.rooms:
            module = _module_of(room.name, name)
            if module is not None:
                yield module

    def hooks(self, event: str) -> tuple[str, ...]:
        """Return what rooms want called at an event, as `module:function`, from their `kinds.HOOKS`."""
        found: list[str] = []
        for room in self.rooms:
            found += _several(room.hooks.get(event, ()))
        return tuple(found)

    def words(self, event: str) -> tuple[str, ...]:
        """Return every WORD for which a room has registered `event:WORD`."""
        start = f"{event}:"
        return tuple(sorted({h.removeprefix(start) for room in self.rooms for h in room.hooks if h.startswith(start)}))

    def calls(self, event: str) -> Iterator[Callable[..., Any]]:
        """Yield the functions that rooms want called at an event; each module is imported only now."""
        yield from map(_named, self.hooks(event))

    def verbs_of(self, group: str) -> Iterator[Callable[..., Any]]:
        """Yield the functions that add verbs to a group; each module is imported only now."""
        for room in self.rooms:
            yield from map(_named, _several(room.verbs.get(group, ())))


def _several(declared: str | tuple[str, ...]) -> tuple[str, ...]:
    return (declared,) if isinstance(declared, str) else declared


def _named(dotted: str) -> Callable[..., Any]:
    module, _, function = dotted.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


@cache
def house() -> House:
    """Return what all rooms declare; imports their `kinds` modules only."""
    import itmsctl

    found = []
    for name in sorted(
        entry.name for entry in os.scandir(itmsctl.__path__[0]) if entry.is_dir() and entry.name[0] != "_"
    ):
        module = _module_of(name, "kinds")
        if module is not None:
            found.append(
                Room(
                    name=name,
                    groups=getattr(module, "GROUPS", ()),
                    kinds=getattr(module, "KINDS", ()),
                    filter_classes=getattr(module, "FILTER_CLASSES", ()),
                    hooks=getattr(module, "HOOKS", {}),
                    verbs=getattr(module, "VERBS", {}),
                )
            )
    return House(tuple(found))


def _module_of(package: str, name: str) -> ModuleType | None:
    try:
        return importlib.import_module(f"itmsctl.{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name == f"itmsctl.{package}.{name}":
            return None
        raise

"""How objects of a kind come to other management servers: as what, which way, and what of them stays (REPL-6..11, 17).

Each `Kind` says it (`Kind.replication`). Rooms of replication read it: none of them knows a kind by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from importlib import import_module

from itmsctl.values.lean import dataclass


class Carried(Enum):
    """What objects of a kind are for replication: by what it is told that one has to be sent."""

    ITEM = "item"  # configuration: by the hash of its content (REPL-7, REPL-8)
    RESOURCE = "resource"  # by the moment of its last change (REPL-11)
    PACKAGE = "package"  # configuration that brings content, which comes through package servers (REPL-17)
    SECURITY = "security"  # always complete (REPL-10)
    NEVER = "never"


@dataclass(frozen=True, eq=False, repr=False)
class Replication:
    """How objects of a kind replicate."""

    what: Carried
    down: bool = False  # from a parent to its children
    up: bool = False
    editable: tuple[str, ...] = ()  # fields that a parent may open to its children's edits; closed by default (HIER-10)
    local: tuple[str, ...] = ()  # fields that mean something on one server only, and stay there
    told: tuple[str, ...] = ()  # fields that each server says for itself, and that neighbours are told beside the rest
    arrives: str = ""  # `module:function`: hears of each that came, with what was told beside it
    why: str = ""  # of one that never does

    @property
    def stays(self) -> tuple[str, ...]:
        """Return the fields that are not taken from another server."""
        return self.local + self.told

    def load_arrives(self) -> Callable[..., None] | None:
        """Return what hears of each that came; None where nothing does. Its module is imported only now."""
        if not self.arrives:
            return None
        module, _, function = self.arrives.partition(":")
        found: Callable[..., None] = getattr(import_module(module), function)
        return found


def item(*editable: str, local: tuple[str, ...] = ()) -> Replication:
    """Return that of configuration: it goes down; which fields a parent may open to edits, and which stay."""
    return Replication(Carried.ITEM, down=True, editable=editable, local=local)


def package(*editable: str, local: tuple[str, ...] = (), told: tuple[str, ...] = (), arrives: str = "") -> Replication:
    """Return that of packages and what is said of them: they go down, and their content through package servers."""
    return Replication(Carried.PACKAGE, down=True, editable=editable, local=local, told=told, arrives=arrives)


def resource(*local: str) -> Replication:
    """Return that of resources: up or down; which fields stay."""
    return Replication(Carried.RESOURCE, down=True, up=True, local=local)


def never(why: str) -> Replication:
    """Return that of objects which stay on their server, and why."""
    return Replication(Carried.NEVER, why=why)


SECURITY_DOWN = Replication(Carried.SECURITY, down=True)
"""That of what opens doors: down, always complete."""

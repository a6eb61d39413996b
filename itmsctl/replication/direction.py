"""Which objects go which way: what rules may say, and what a server holds every sender to (REPL-6..11, 17, 20, 26)."""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.hierarchy.peer import CHILD, PARENT, STANDALONE
from itmsctl.replication.kinds import DOWN, OUT, UP
from itmsctl.values.kind import Kind
from itmsctl.values.replicated import Carried

DIRECTION_TO: Mapping[str, str] = {CHILD: DOWN, PARENT: UP, STANDALONE: OUT}  # by what the other server is to this one

_WHY: Mapping[tuple[Carried, str], str] = {
    (Carried.ITEM, UP): "configuration goes down only (REPL-6)",
    (Carried.PACKAGE, UP): "packages go down only (REPL-17)",
    (Carried.PACKAGE, OUT): "packages go down a hierarchy only (REPL-26)",
    (Carried.SECURITY, UP): "security goes down only (REPL-10)",
}


def refused(kind: Kind, direction: str) -> str:
    """Return why objects of a kind do not go this way; nothing where they do."""
    said = kind.replication
    if said is None or said.what is Carried.NEVER:
        return f"a {kind.name} stays on its server: {said.why if said else 'nothing says how it goes'}"
    why = _WHY.get((said.what, direction), "")
    if not why and direction == UP and not said.up:
        return "it does not go up"
    if not why and direction == DOWN and not said.down:
        return "it does not go down"
    return why

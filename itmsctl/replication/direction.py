"""Which objects go which way: the table that a server holds all to (REPL-6..11, REPL-17, REPL-20, REPL-26)."""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.values.replicated import Carried, Replication

PARENT, CHILD, STANDALONE = "parent", "child", "peer"  # what the sender is to this server

_WHY: Mapping[tuple[Carried, str], str] = {
    (Carried.ITEM, CHILD): "configuration goes down only (REPL-6)",
    (Carried.PACKAGE, CHILD): "packages go down only (REPL-17)",
    (Carried.PACKAGE, STANDALONE): "packages go down a hierarchy only (REPL-26)",
    (Carried.SECURITY, CHILD): "security goes down only (REPL-10)",
}


def refusal(carried: Replication | None, relation: str) -> str:
    """Return why this server takes no such object from a server of this relation; empty where it does."""
    if carried is None or carried.what is Carried.NEVER:
        return "it stays on its server"
    why = _WHY.get((carried.what, relation), "")
    if not why and relation == CHILD and not carried.up:
        return "it does not go up"
    if not why and relation == PARENT and not carried.down:
        return "it does not go down"
    return why

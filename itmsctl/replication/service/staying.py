"""What does not leave this server though its kind does: jobs of the server, credentials that are not for a child."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nouns import table_of_kind
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import Peer
from itmsctl.replication.service.naming_others import split
from itmsctl.tasks.catalogue import action
from itmsctl.values.kind import Kind
from itmsctl.values.names import name_key


class Staying:
    """Judges objects of one view of the database."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def why(self, kind: Kind, doc: Doc, refs: Mapping[str, str], peer: Peer) -> str:
        """Return why an object stays: it is a job of the server, or runs one (REPL-9), or a credential that is not for
        a child alone; nothing where it goes.
        """
        if kind.name == "credential":
            return "" if self._is_for(peer, doc) else f"its scope is not sites that `{peer.name}` manages (CH2)"
        if kind.name == "task":
            return f"a task of kind {doc.fields['type']} runs on the server (REPL-9)" if self._runs_here(doc) else ""
        for reference in refs:
            if split(reference) in self._here:
                return f"it runs the server's {split(reference)[0]} `{split(reference)[1]}` (REPL-9)"
        return ""

    @staticmethod
    def _runs_here(doc: Doc) -> bool:
        return action(doc.fields["type"]).side == "server"

    @cached_property
    def _here(self) -> Collection[tuple[str, str]]:
        """Return the tasks that run on the server, and the jobs with such a step."""
        from itmsctl.tasks.service.jobs import JOBS

        table = table_of_kind("task")
        rows = self._reader.connection.execute(sa.select(table.c.name, table.c.type))
        tasks = {name for name, type_ in rows if action(type_).side == "server"}
        if not tasks:
            return frozenset()
        jobs = {doc.name for doc in JOBS.list(self._reader) if tasks & {step["task"] for step in doc.fields["steps"]}}
        return frozenset({*(("task", name) for name in tasks), *(("job", name) for name in jobs)})

    def _is_for(self, peer: Peer, doc: Doc) -> bool:
        """Return whether a credential is for a child: only those whose scope is sites that it manages (CH2)."""
        sites = self._sites_of(peer)
        scope = doc.fields
        return (
            bool(scope["sites"]) and not scope["subnets"] and not scope["targets"] and sites.issuperset(scope["sites"])
        )

    def _sites_of(self, peer: Peer) -> frozenset[str]:
        """Return the sites that a server manages, as its `management-server` says."""
        from itmsctl.hierarchy.service.management_server import MANAGEMENT_SERVERS

        found = MANAGEMENT_SERVERS.find(self._reader, peer.name)
        if found is None or name_key(found.name) != name_key(peer.name):
            return frozenset()
        return frozenset(found.fields["sites"])

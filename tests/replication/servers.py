"""Servers for tests of what arrives: each a CMDB, whose objects are written as records and applied at another."""

from __future__ import annotations

import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from itmsctl.admin.service.life import verify_audit
from itmsctl.cmdb import check
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.hierarchy.peer import OPPOSITE, Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.applied import Applied
from itmsctl.replication.envelope import BatchMark
from itmsctl.replication.records import ObjectPut, content_hash, parsed, written
from itmsctl.replication.replicated import travelling
from itmsctl.replication.rows import replicated_objects
from itmsctl.replication.service.applying import apply_records
from itmsctl.replication.service.kept import kept_of
from itmsctl.replication.service.opening import opened_of
from itmsctl.replication.service.surviving import survivors_of, take
from itmsctl.values.kind import Kind, Type, house
from itmsctl.values.kind_order import kinds_in_order
from tests.servers.postgres import PostgresServer

RULE = "rule"


@dataclass(frozen=True)
class SentHeader:
    """The part of a header that applying reads."""

    seq: int
    rule: str = RULE

    @property
    def mark(self) -> BatchMark:
        return BatchMark(1, self.seq)


@dataclass
class TestServer:
    """A CMDB, and the numbers of its batches."""

    __test__ = False
    name: str
    store: Store
    sent: dict[str, int] = field(default_factory=dict)

    @property
    def guid(self) -> str:
        return self.store.identity.server_guid

    def link(self, other: TestServer, relation: str) -> None:
        """Have both know each other; `relation` is what the other is to this one."""
        for one, its, word in ((self, other, relation), (other, self, OPPOSITE[relation])):
            one.store.write(lambda unit, its=its, word=word: peers.put(unit, its.as_peer(word, unit)))  # type: ignore[misc]

    def as_peer(self, relation: str, unit: UnitOfWork) -> Peer:
        return Peer(self.guid, self.name, relation, "file", None, "nonce", 1, unit.now)

    def add(self, kind: Kind, name: str, **fields: Any) -> str:
        doc = self.store.write(lambda unit: kind.load_shelf().add(unit, name, fields)).doc
        return str(doc.guid)

    def set(self, kind: Kind, name: str, **fields: Any) -> None:
        self.store.write(lambda unit: kind.load_shelf().set(unit, name, fields))

    def get(self, kind: Kind, name: str) -> dict[str, Any]:
        with self.store.read() as reader:
            return dict(kind.load_shelf().get(reader, name).document())

    def all(self, kind: Kind) -> dict[str, dict[str, Any]]:
        """Return the documents of a kind, by GUID."""
        with self.store.read() as reader:
            return {doc.guid: doc.document() for doc in kind.load_shelf().list(reader)}

    # --- sending ------------------------------------------------------------------------------------------------------

    def puts(self, kinds: Iterable[Kind], *, foreign: bool = False) -> list[dict[str, Any]]:
        """Return its own objects as records; `foreign` those that came to it too."""
        with self.store.read() as reader:
            return [
                record for kind in kinds_in_order() if kind in kinds for record in self._puts(reader, kind, foreign)
            ]

    def _puts(self, reader: Reader, kind: Kind, foreign: bool) -> Iterator[dict[str, Any]]:
        docs = list(kind.load_shelf().list(reader))
        opened = opened_of(reader, kind.name, [doc.guid for doc in docs])
        kept = kept_of(reader, [(kind.name, doc.guid) for doc in docs])
        table = kind.load_shelf().table
        changed = {row.guid: row.changed_at for row in reader.rows(sa.select(table.c.guid, table.c.changed_at))}
        for doc in docs:
            known = kept.get((kind.name, doc.guid))
            if known is not None and not foreign:
                continue
            document, may = doc.document(), opened.get(doc.guid, ())
            fields = {name: document[name] for name in travelling(kind)}
            hash_ = content_hash(doc.name, fields, may)
            owner = self.guid if known is None else known.owner
            refs = dict(_refs(reader, kind, fields))
            yield parsed(
                written(ObjectPut(kind.name, doc.guid, doc.name, hash_, owner, changed[doc.guid], fields, refs, may))
            )

    def send(self, to: TestServer, records: Iterable[Mapping[str, Any]], rule: str = RULE) -> Applied:
        """Apply records at another server, and take its answer."""
        self.sent[to.guid] = self.sent.get(to.guid, 0) + 1
        applied = to.apply(self.guid, records, SentHeader(self.sent[to.guid], rule))
        answer = applied.as_dict()
        if answer["survivors"]:
            self.store.write(lambda unit: self._take(unit, to.guid, answer["survivors"]))
        return applied

    def _take(self, unit: UnitOfWork, guid: str, survivors: dict[str, list[str]]) -> None:
        peer = peers.of_guid(unit, guid)
        assert peer is not None
        take(unit, peer, survivors_of(survivors))

    def apply(self, origin: str, records: Iterable[Mapping[str, Any]], header: SentHeader) -> Applied:
        def work(unit: UnitOfWork) -> Applied:
            peer = peers.of_guid(unit, origin)
            assert peer is not None
            return apply_records(unit, header, records, peer)

        return self.store.write(work)

    def held(self, origin: TestServer, kind: Kind) -> dict[str, str]:
        """Return the hashes of what it has from a server."""
        with self.store.read() as reader:
            own = replicated_objects.c
            came = sa.select(own.guid, own.hash).where(own.origin == origin.guid, own.kind == kind.name)
            return {row.guid: row.hash for row in reader.rows(came)}


def _refs(reader: Reader, kind: Kind, fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in kind.fields:
        names = [fields[one.name]] if one.type is Type.REF and fields.get(one.name) else []
        if one.type is Type.LIST and one.ref and one.link is not None:
            names = list(fields.get(one.name) or ())
        other = house().kind(one.ref)
        for name in names:
            assert other is not None
            yield f"{one.ref}/{name}", other.load_shelf().get(reader, name).guid


class Databases(ABC):
    """Where servers of a test have their databases."""

    folder: Path

    @abstractmethod
    def make(self, name: str, clock: Any, of: str | None = None) -> TestServer:
        """Return a new server, or one on a copy that `copy` returned."""

    @abstractmethod
    def copy(self, of: TestServer, name: str) -> str:
        """Copy the database of a server; return where."""

    @abstractmethod
    def put_back(self, of: TestServer, copy: str) -> str:
        """Put a copy in the place of the database of a server, which is closed; return where that is."""

    def drop(self) -> None:
        """Remove all databases."""
        shutil.rmtree(self.folder)


class InFiles(Databases):
    """Databases in files of SQLite."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder, self.template = folder, template

    def make(self, name: str, clock: Any, of: str | None = None) -> TestServer:
        path = Path(of or self.folder / f"{name}.sqlite")
        if of is None:
            shutil.copyfile(self.template, path)
        path.chmod(0o600)
        with closing(sqlite3.connect(path)) as connection:
            for key, value in own_marks(name).items():
                connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
            connection.commit()
        return TestServer(name, open_at(str(path), self.folder, clock))

    def copy(self, of: TestServer, name: str) -> str:
        copy = self.folder / f"{name}.copy"
        with closing(sqlite3.connect(str(of.store.place.path))) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        return str(copy)

    def put_back(self, of: TestServer, copy: str) -> str:
        of.store.close()
        path = of.store.place.path
        assert path is not None
        shutil.copyfile(copy, path)
        for more in ("-wal", "-shm"):
            Path(f"{path}{more}").unlink(missing_ok=True)
        return str(path)


class OnPostgres(Databases):
    """Databases on a server of PostgreSQL."""

    def __init__(self, folder: Path, server: PostgresServer, template: str) -> None:
        self.folder, self.server, self.template = folder, server, template
        self._made: list[str] = []

    def make(self, name: str, clock: Any, of: str | None = None) -> TestServer:
        own = of or self._new(name, self.template)
        for key, value in own_marks(name).items():
            self.server.execute(f"UPDATE meta SET value = '{value}' WHERE key = '{key}'", own)
        return TestServer(name, open_at(self.server.dsn(own), self.folder, clock))

    def copy(self, of: TestServer, name: str) -> str:
        of.store.engine.dispose()  # a database that somebody is connected to is no template
        return self._new(name, str(of.store.place.url.database))

    def put_back(self, of: TestServer, copy: str) -> str:
        of.store.close()
        own = str(of.store.place.url.database)
        self.server.drop_database(own)
        return self.server.create_database(own, copy)

    def drop(self) -> None:
        for name in self._made:
            self.server.drop_database(name)
        super().drop()

    def _new(self, name: str, template: str) -> str:
        own = f"{name}_{uuid4().hex[:12]}"
        self.server.create_database(own, template)
        self._made.append(own)
        return own


def own_marks(name: str) -> dict[str, str]:
    """Return what tells a server apart that was made from a template."""
    return {"server_guid": str(UUID(bytes=sha256(name.encode()).digest()[:16], version=4)), "nonce": uuid4().hex}


def open_at(url: str, folder: Path, clock: Any) -> Store:
    return open_store(place_of(url), clock=clock, actor=Actor("tester", "test"), state_folder=folder / "state")


def assert_audit(store: Store) -> None:
    """Check that the audit says of every object what it is."""
    verify_audit(store)
    with store.read() as reader:
        assert [str(one) for one in check.of_rows(reader.connection) if not one.ok] == []

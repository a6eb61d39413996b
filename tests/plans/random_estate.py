"""Random changes of every kind through the shelves, all of them in one unit of work, and dumps to judge them by."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.resources.service import associations as relations
from itmsctl.sites.kinds import SITE_STATUSES
from itmsctl.values.kind import Kind, Owner, house

Fields = dict[str, Any]
ODD = ("no", "0777", "1e3", "são paulo", "ﬁx", "a, b & c", "null")
DUMPED = ("association", "association_type")


def shelf(kind: str) -> Any:
    found = house().kind(kind)
    assert found is not None
    return found.load_shelf()


def stored_kinds() -> list[Kind]:
    return [kind for kind in house().kinds() if kind.shelf]


def dump(reader: Reader) -> dict[str, dict[str, Any]]:
    """Return every object as its document, by kind and GUID; what is reported is not an administrator's."""
    found = {}
    for kind in stored_kinds():
        reported = {field.name for field in kind.fields if field.owner is Owner.REPORTED}
        for doc in kind.load_shelf().list(reader):
            found[f"{kind.name} {doc.guid}"] = {k: v for k, v in doc.document().items() if k not in reported}
    for relation in reader.rows(
        sa.text(
            "SELECT t.name, a.guid, b.guid, r.source, r.since FROM association r JOIN association_type t"
            " ON t.id = r.type_id JOIN resource a ON a.id = r.from_id JOIN resource b ON b.id = r.to_id"
        )
    ):
        name, one, other, source, since = relation
        found[f"association {name} {one} {other}"] = {"source": source, "since": str(since)}
    for kind_of in relations.types(reader):
        found[f"association_type {kind_of.name}"] = {"many": kind_of.many}
    return found


def dump_hash(reader: Reader) -> str:
    """Return the dump as one digest."""
    return hashlib.sha256(canonical(dump(reader)).encode()).hexdigest()


class Estate:
    """Random operations. Those that the estate refuses leave no trace."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.serial = 0
        self.makes_credentials = True  # one that is removed does not come back: its secret is gone

    def run(self, unit: UnitOfWork, count: int) -> None:
        """Do so many operations that are not refused, all in one unit of work."""
        done = 0
        while done < count:
            kind = self.random.choice([*self.fields, "computer", "group", "subnet", "relation"])
            act = self.random.choices((self.add, self.change, self.rename, self.remove), (6, 5, 2, 3))[0]
            if kind == "relation":
                act = self.relate
            if self.attempt(unit, lambda act=act, kind=kind: act(unit, kind)):
                done += 1
                self.done[f"{act.__name__} {kind}"] += 1

    @staticmethod
    def attempt(unit: UnitOfWork, act: Callable[[], bool]) -> bool:
        """Try an operation; what it wrote before it was refused goes away."""
        draft = unit.draft
        assert draft.rows._file is None, "too many changes: those of a refused operation could not be taken back"
        summary = {kind: dict(counts) for kind, counts in draft.summary.items()}
        kept = (list(draft.rows._last), list(draft.tombstones), summary, draft.hasher.copy())
        nested = unit.connection.begin_nested()
        try:
            done = act()
            nested.commit()
        except ItmsError:
            nested.rollback()
            draft.rows._last, draft.tombstones, draft.summary, draft.hasher = kept
            return False
        return done

    # --- operations -----------------------------------------------------------------------------------------------

    def add(self, unit: UnitOfWork, kind: str) -> bool:
        if kind == "credential" and not self.makes_credentials:
            return False
        given = self.fields[kind](self, unit)
        name = given.pop("name", None) or self.name(kind)
        return bool(shelf(kind).add(unit, name, given).action == "created")

    def change(self, unit: UnitOfWork, kind: str) -> bool:
        given = self.fields[kind](self, unit)
        given.pop("name", None)
        some = {f: v for f, v in given.items() if self.random.random() < 0.6}
        return bool(shelf(kind).set(unit, self.one(unit, kind), some).action == "updated")

    def rename(self, unit: UnitOfWork, kind: str) -> bool:
        given = self.fields[kind](self, unit)
        new = given.get("name") if kind == "subnet" else self.name(kind)
        return bool(shelf(kind).set(unit, self.one(unit, kind), {}, rename=new).action == "updated")

    def remove(self, unit: UnitOfWork, kind: str) -> bool:
        if kind == "credential":
            return False
        return bool(shelf(kind).remove(unit, self.one(unit, kind)).action == "removed")

    def relate(self, unit: UnitOfWork, kind: str) -> bool:
        known = relations.types(unit)
        if not known or self.random.random() < 0.2:
            relations.define_type(unit, self.name("relation"), "computer", "computer", many=self.random.random() < 0.5)
            return True
        name = self.random.choice(known).name
        one, other = (shelf("computer").get(unit, self.one(unit, "computer")).id for _ in range(2))
        if self.random.random() < 0.3:
            return relations.dissociate(unit, name, one, other)
        return relations.associate(unit, name, one, other)

    # --- what they are given --------------------------------------------------------------------------------------

    def name(self, kind: str) -> str:
        """Return a name that is often new, and now and then another kind's, or odd."""
        if self.random.random() < 0.15:
            return self.random.choice(ODD)
        self.serial += 1
        number = self.random.randrange(40) if self.random.random() < 0.5 else self.serial
        return f"{self.random.choice((kind[0], 'x'))}{number}"

    def names(self, unit: UnitOfWork, kind: str) -> list[str]:
        found = house().kind(kind)
        assert found is not None
        where = " WHERE kind = 'computer'" if kind == "computer" else ""
        return [row[0] for row in unit.rows(sa.text(f"SELECT name FROM {found.table}{where} ORDER BY name"))]

    def one(self, unit: UnitOfWork, kind: str) -> str:
        names = self.names(unit, kind)
        return self.random.choice(names) if names else "nobody"

    def some(self, unit: UnitOfWork, kind: str, most: int = 3) -> list[str]:
        names = self.names(unit, kind)
        return self.random.sample(names, min(len(names), self.random.randint(0, most)))

    def maybe(self, value: Any) -> Any:
        return value if self.random.random() < 0.6 else None

    def prefix(self) -> str:
        length = self.random.choice((8, 16, 24))
        octets = [10, self.random.randrange(4), self.random.randrange(4), 0]
        return ".".join(str(o if 8 * i < length else 0) for i, o in enumerate(octets)) + f"/{length}"

    def address(self) -> str:
        return f"10.{self.random.randrange(4)}.{self.random.randrange(4)}.{self.random.randrange(1, 250)}"

    def question(self) -> str:
        return self.random.choice(
            (
                "os_family = 'linux'",
                "site = 'x1'",
                "tags.env = 'prod'",
                "tags.env is null",
                "name like 'x%'",
                "port > 20",
            )
        )

    def site(self, unit: UnitOfWork) -> Fields:
        words = {f: self.maybe(f"{f}{self.random.randrange(5)}") for f in ("description", "facility", "region")}
        words["status"] = self.maybe(self.random.choice(SITE_STATUSES))
        return words | {"time_zone": self.maybe("Europe/Rome"), "management_server": self.random.random() < 0.2}

    def subnet(self, unit: UnitOfWork) -> Fields:
        return {"name": self.prefix(), "site": self.maybe(self.one(unit, "site")), "description": self.maybe("d")}

    def computer(self, unit: UnitOfWork) -> Fields:
        return {
            "address": [self.address() for _ in range(self.random.randrange(3))],
            "os_family": self.maybe(self.random.choice(("linux", "windows"))),
            "tags": {"env": self.random.choice(("prod", "test"))} if self.random.random() < 0.5 else {},
            "serial": [f"S{self.random.randrange(50)}"] if self.random.random() < 0.3 else [],
            "port": self.maybe(self.random.randrange(1, 100)),
            "description": self.maybe("höst"),
        }

    def server(self, unit: UnitOfWork) -> Fields:
        services = self.random.sample(("task", "package", "boot"), self.random.randint(1, 3))
        given = {"services": services, "sites": self.some(unit, "site"), "constrained": self.random.random() < 0.3}
        return given | {"name": self.one(unit, "computer"), "max_sessions": self.maybe(10)}

    def profile(self, unit: UnitOfWork) -> Fields:
        given = {"transport": self.random.choice(("ssh", "local")), "user": self.maybe("root"), "port": self.maybe(22)}
        return given | {
            "connect_timeout_s": self.maybe(5),
            "run_dir": self.maybe("/srv/itms runs"),
            "credential": self.maybe(self.one(unit, "credential")),
        }

    def credential(self, unit: UnitOfWork) -> Fields:
        scope = {"sites": self.some(unit, "site", 2), "subnets": self.some(unit, "subnet", 2)}
        return {"kind": "password", "user": self.maybe("ops"), "targets": self.some(unit, "target", 1)} | scope

    def filter_(self, unit: UnitOfWork) -> Fields:
        given: Fields = {"description": self.maybe("f")}
        if self.random.random() < 0.6:
            return given | {"where": self.question()}
        return given | {"members": self.some(unit, "computer", 4)}

    def view(self, unit: UnitOfWork) -> Fields:
        return {"description": self.maybe("v")}

    def group(self, unit: UnitOfWork) -> Fields:
        given: Fields = {"parent": self.maybe(self.one(unit, "group")), "description": self.maybe("g")}
        if not given["parent"] or self.random.random() < 0.3:
            given["view"] = self.one(unit, "view")
        if self.random.random() < 0.4:
            return given | {"where": self.question()}
        return given | {"members": self.some(unit, "computer", 4)}

    def spelled(self, unit: UnitOfWork, kinds: tuple[str, ...]) -> str:
        kind = self.random.choice(kinds)
        name = self.one(unit, kind)
        quoted = f"'{name}'" if not name.isalnum() else name
        return f"{kind}:{quoted}"

    def target(self, unit: UnitOfWork) -> Fields:
        parts = ("filter", "group", "view")
        return {
            "owner": "admin",
            "views": self.random.choice((["all"], self.some(unit, "view", 2))),
            "groups": self.some(unit, "group", 2),
            "filters": self.some(unit, "filter", 2),
            "excludes": [self.spelled(unit, parts)] if self.random.random() < 0.5 else [],
            "is": f"{self.spelled(unit, parts)} - {self.spelled(unit, parts)}" if self.random.random() < 0.4 else None,
        }

    def when(self) -> Fields:
        way = self.random.choice(
            ({"daily": "18:00"}, {"weekly": "monday 03:30"}, {"every_s": 3600}, {"cron": "0 5 * * *"},
             {"monthly": "first monday 18:00"}, {"rrule": "FREQ=WEEKLY;BYDAY=MO;BYHOUR=18;BYMINUTE=0"})
        )  # fmt: skip
        return dict(way)

    def schedule(self, unit: UnitOfWork) -> Fields:
        return self.when() | {"time_zone": self.maybe("Europe/Rome"), "missed": self.maybe("skip")}

    def window(self, unit: UnitOfWork) -> Fields:
        aims = [self.spelled(unit, ("filter", "group", "target", "view"))]
        given = {"type": self.random.choice(("maintenance", "blockout")), "duration_s": 3600, "targets": aims}
        return self.when() | given | {"enabled": self.random.random() < 0.8}

    def task(self, unit: UnitOfWork) -> Fields:
        return {
            "type": "command",
            "body": f"echo {self.random.randrange(9)}",
            "parameters": {"who": "me"} if self.random.random() < 0.5 else {},
            "time_limit_s": self.maybe(60),
            "idempotent": self.random.random() < 0.5,
            "success_codes": self.maybe("0,3"),
        }

    def job(self, unit: UnitOfWork) -> Fields:
        names = self.names(unit, "task") or ["nobody"]
        steps = [{"task": self.random.choice(names), "name": f"s{n}"} for n in range(self.random.randint(1, 3))]
        return {"steps": steps, "description": self.maybe("j")}

    def policy(self, unit: UnitOfWork) -> Fields:
        return {
            "task": self.one(unit, "task"),
            "target": self.random.choice(("all", self.spelled(unit, ("filter", "group", "target")))),
            "schedule": self.maybe(self.one(unit, "schedule")),
            "transport": "local",
            "deadline_s": self.maybe(3600),
            "enabled": self.random.random() < 0.7,
            "batch": self.maybe("1,10%"),
        }

    def management_server(self, unit: UnitOfWork) -> Fields:
        given = {"site": self.maybe(self.one(unit, "site")), "sites": self.some(unit, "site"), "cores": self.maybe(4)}
        more = {"volumes": {"data": "D:"} if self.random.random() < 0.5 else {}, "agent_interval_s": self.maybe(3600)}
        return given | more | {"parent": self.maybe(self.one(unit, "management-server")), "ram_gb": self.maybe(16)}

    def report(self, unit: UnitOfWork) -> Fields:
        number = self.random.randrange(5)
        query = "SELECT name FROM v_computer WHERE name = :who" if number else "SELECT name FROM v_computer"
        return {"sql": query, "parameters": {"who": f"x{number}"} if number else {}, "limit": self.maybe(number + 1)}

    def gateway(self, unit: UnitOfWork) -> Fields:
        return {"servers": self.some(unit, "management-server", 2), "cores": self.maybe(2), "zone": self.maybe("dmz")}

    fields: Mapping[str, Callable[[Estate, UnitOfWork], Fields]] = {
        "site": site, "subnet": subnet, "computer": computer, "server": server, "profile": profile,
        "credential": credential, "filter": filter_, "view": view, "group": group, "target": target,
        "schedule": schedule, "window": window, "task": task, "job": job, "policy": policy,
        "management-server": management_server, "gateway": gateway,
        "report": report,
    }  # fmt: skip

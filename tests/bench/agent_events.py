"""Collecting what agents tell: `python -m tests.bench.agent_events [--agents 35000] [--engine sqlite|postgres]`.

As many agents as asked register, are approved, and each tells its status once: signed files in an inbox, collected as
`event collect` does. The same is done for fewer agents with one unit of work an event, which is how it was before.
CPU of this process, and on PostgreSQL of its server process too. Exits with 1 where an event was not taken.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from itmsctl.agents.form import EVENT_SPACE, FIRST, agent_id, digest, event_name, joined, written
from itmsctl.agents.rows import agents
from itmsctl.agents.service import collecting, taking
from itmsctl.cmdb import bulk
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.packages.trust.sshsig import signature
from itmsctl.values.times import system_clock
from tests.bench import estate
from tests.bench.agent_publish import server_process
from tests.bench.import_computers import Clock, databases
from tests.bench.measure import say


class Teller:
    """An agent that tells."""

    def __init__(self) -> None:
        secret = Ed25519PrivateKey.generate()
        self.key = SigningKey(VerifyKey(secret.public_key().public_bytes_raw()), secret.sign)
        self.id = agent_id(self.key.public.raw)
        self.number, self.before = 0, FIRST

    def tell(self, inbox: Path, kind: str, body: bytes = b"", **more: object) -> None:
        self.number += 1
        head = {
            "agent": self.id, "number": self.number, "before": self.before, "kind": kind, "at": 1_800_000_000,
            "machine": "m" * 32, "nonce": secrets.token_hex(8), "size": len(body), "sha256": digest(body), **more,
        }  # fmt: skip
        line = written(head)
        self.before = digest(line)
        signed = joined(line, signature(self.key, line, EVENT_SPACE), body)
        (inbox / event_name(self.id, self.number)).write_bytes(signed)


def collected(store: Store, clock: Clock, inbox: Path, what: str) -> Counter[str]:
    """Collect an inbox, and say what it cost."""
    begin = clock.now()
    states = Counter(one.taken.state for one in collecting.collect(store, [inbox]))
    spent = clock.now() - begin
    each = spent / max(1, states.total()) * 1000
    say(f"{what:>34}: {states.total():6} events {spent:8.2f} s CPU  {each:6.2f} ms each")
    return states


def approve(store: Store) -> None:
    """Have all agents that wait trusted, each for a computer of its own."""
    computers = iter(estate.add_computers(store, count(store)))
    with store.read() as reader:
        waiting = reader.connection.execute(sa.select(agents.c.id).where(agents.c.state == "pending")).scalars().all()

    def work(unit: UnitOfWork) -> None:
        rows = [("approved", next(computers), id_) for id_ in waiting]
        bulk.update(unit.connection, agents.name, ("state", "computer_id"), ("id",), rows)
        unit.note("agent", approved=len(rows))

    store.write(work)


def count(store: Store) -> int:
    """Return how many agents wait."""
    with store.read() as reader:
        return int(reader.scalar(sa.select(sa.func.count()).where(agents.c.state == "pending")))


def scene(store: Store, clock: Clock, inbox: Path, number: int) -> bool:
    """Register agents, approve them, collect their status; return whether all was taken."""
    inbox.mkdir()
    tellers = [Teller() for _ in range(number)]
    for place, one in enumerate(tellers):
        said = written({"name": f"pc-{place}", "system": "linux"})
        one.tell(inbox, "registration", said, key=one.key.public.raw.hex())
    first = collected(store, clock, inbox, "registrations")
    approve(store)
    for one in tellers:
        one.tell(inbox, "status", policy=1, version="0.1.0", refused="")
    second = collected(store, clock, inbox, "status")
    return first == second == Counter(taken=number)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--agents", type=int, default=35_000)
    known.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    given = known.parse_args(argv)
    right, at_once = True, collecting._EVENTS_A_UNIT
    taking.MOST_WAITING = max(taking.MOST_WAITING, given.agents)  # all of them wait at once here
    with tempfile.TemporaryDirectory() as name, databases(given.engine, Path(name)) as make:
        for number, size in ((given.agents, at_once), (min(given.agents, 1000), 1)):
            say(f"{number} agents, {size} events a unit of work")
            collecting._EVENTS_A_UNIT = size
            state = Path(name) / f"state{size}"
            store = open_store(place_of(make()), clock=system_clock, actor=Actor("bench", "bench"), state_folder=state)
            right &= scene(store, Clock(server_process(store)), Path(name) / f"inbox{size}", number)
            store.close()
    collecting._EVENTS_A_UNIT = at_once
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Change rows past the program, in every table and column, and see that the checks name each change (must-show 10).

    python -m tests.faults.edits [--edits 2000] [--seed 1] [--engine sqlite|postgresql]

Tables and columns come from the schema, so that a new one joins by itself; what is left out is listed with its reason.
Each edit is made in a transaction of its own, checked there with what `audit verify` and `db check` ask, and taken
back. An edit that the engine refuses, or that changes nothing, is counted apart. Ends with 0 where none was missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import check, compare
from itmsctl.cmdb.store import Store

Say = Callable[[str], None]

# What may differ without a word, each with the reason: `table` or `table.column`.
EXEMPT = {
    "agent_group": "what was published for whom; the next whole look of `agent publish` says it anew",
    "agent_source": "as above",
    "alembic_version": "the schema's own; a wrong one is refused at opening",
    "computer_told": "what each source reported of a computer's fields; what counts of it stands in the computer",
    "collection_state": "what the next membership update has to look at",
    "computer_site": "worked out from addresses and subnets; `site check` compares it",
    "dirty": "what the next delta update has to look at",
    "former_member": "names for the log of membership",
    "id_block": "the next number; `db check` looks at it by itself",
    "inventory_churn": "what was counted of reports",
    "inventory_closed": "what computers reported",
    "inventory_computer": "what computers reported",
    "inventory_digests": "what computers reported; `inventory_state` holds the digest of all of them",
    "inventory_file": "which files were loaded",
    "inventory_set_aside": "what a split would bring back; merging and splitting are in the audit",
    "inventory_state": "what computers reported",
    "lease": "who does what now; it ends by itself",
    "member": "worked out from filters, groups and targets; the next complete update writes it anew",
    "batch_sent": "what was made for neighbours and became of it; its bytes are signed, and lie outside",
    "arrived_secret": "sealed for this server by its parent, bound to its place: one that was changed does not open",
    "link_trouble": "what last went wrong on a link; the next run tells it again",
    "batch_taken": "what neighbours sent: one that comes again brings what is there already",
    "arrived_event": "what runs of other servers came to, as those told it: they have the runs themselves",
    "baseline_result": "what the last comparison found; comparing again tells it",
    "baseline_deviation": "as above",
    "member_log": "what membership updates did, for people",
    "package_awaited": "what another server told of a package, and how far that is; every byte is compared",
    "package_stale": "what is to go from package servers; the next copying finds out",
    "package_copy": "how far packages are on servers, as it was last seen; `package verify --read-back` looks again",
    "package_revision": "former contents, whose manifests the library holds under their digests",
    "membership_run": "what membership updates did, for people",
    "metering_day": "what computers used",
    "metering_event": "as above",
    "metering_part": "as above",
    "metering_program": "as above",
    "metering_state": "as above",
    "metering_usage": "as above",
    "meta": "facts of the file: its server, place and epoch are judged at opening",
    "occurrence": "what the tick has decided; the run that came of it is compared",
    "policy_event": "what was raised and waits for the tick",
    "policy_seen": "whom a policy has seen",
    "apply_set": "which documents declared what: it decides what `apply --prune` proposes",
    "apply_set_member": "which documents declared what: it decides what `apply --prune` proposes",
    "replicated_object": "whose an object is and as what it came: its owner says it again with the next complete run",
    "replication_conflict": "what a person is to look at",
    "peer.changed_by": "the last change-set that touched it",
    "peer.seen_at": "when a neighbour was last in touch",
    "peer.skew_s": "by how much its clock differed then",
    "opened_field.changed_by": "the last change-set that touched it",
    "resource_merge": "what a split would bring back; merging and splitting are in the audit",
    "tombstone": "what an undone deletion takes up again: id, revision and age",
    "computer.last_seen": "reported by the computer",
    **{f"{table}.last_seen": "reported" for table in ("network_device", "printer", "resource_own", "virtual_machine")},
    "job_step.position": "the order of the steps is compared, not how they are numbered",
    "credential_scope.ord": "the order of a scope says nothing",
    **{
        f"agent.{column}": "how far an agent and its policy have come; its events and policy are signed and numbered"
        for column in (
            "version",
            "seen_at",
            "number",
            "recent",
            "policy",
            "content",
            "expires_at",
            "taken",
            "again",
            "group_id",
        )
    },
    "agent.changed_by": "the last change-set that touched it",
    "software_judging": "how far software was judged; the next judging looks again",
    "software_due": "whom the next judging of software looks at",
    "software_state": "what inventory and deliveries told; `software check --again` judges it again",
    "sent_mark": "what neighbours were given; the next complete run says it again",
    "sent_object": "as above",
    "target_part": "worked out from the definition of a target, which is compared",
    **{
        f"{policy}.{column}": "how far the tick has come"
        for policy in ("policy", "inventory_policy", "metering_policy", "delivery", "replication_rule")
        for column in ("handled", "timing", "put_to_use", "event_id")
    },
    "computer_identity.first_seen": "when a value was given; of learned ones it is compared",
    "run.changed_by": "the last change-set that touched it",
    "run.policy_id": "whose occurrence it was may be forgotten with its policy",
}

# What the estate has nothing of, and where edits of it are tried.
ELSEWHERE = {
    "baseline": "a noun like any other",
    "chain_checkpoint": "tests/cmdb/test_checkpoint.py",
    "data_class": "tests/inventory/test_class_tables.py",
    "import_mapping": "a noun like any other",
    "package": "a noun like any other",
    "sizing_exception": "a noun like any other",
}


@dataclass
class Tally:
    """What became of the edits."""

    named: int = 0
    refused: int = 0
    same: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)


def edits(store: Store, count: int, seed: int, say: Say = lambda _: None) -> Tally:
    """Make that many edits, one after the other, each taken back."""
    dice, tally = random.Random(seed), Tally()
    tables = [t for name, t in sorted(compare.declared().tables.items()) if name not in EXEMPT]
    with store.engine.connect().execution_options(itms_write=True) as connection:
        filled = [t for t in tables if connection.execute(sa.select(sa.literal(1)).select_from(t).limit(1)).first()]
        connection.rollback()
        for number in range(count):
            table = filled[number % len(filled)]
            _one(connection, table, dice, tally, say)
    return tally


def _one(
    connection: Connection, table: sa.Table, dice: random.Random, tally: Tally, say: Callable[[str], None]
) -> None:
    what = table.name
    try:
        connection.begin()
        _let_anything(connection)
        before = _rows(connection, table)
        what = _edit(connection, table, dice, before)
        if _is_exempt(what) or _rows(connection, table) == before:
            tally.same += 1
            return
        tally.tried[what] += 1
        if named(connection):
            tally.named += 1
        else:
            tally.missed[what] += 1
            say(f"missed: {what}")
    except sa.exc.DBAPIError:
        tally.refused += 1  # by a constraint of the engine
    finally:
        connection.rollback()


def _is_exempt(what: str) -> bool:
    """Return whether a difference says nothing. An id is a number inside the database: what refers to it is named."""
    return what in EXEMPT or what.endswith(".id")


def named(connection: Connection) -> bool:
    """Return whether a check of the rows finds something."""
    return any(not result.ok for result in check.of_rows(connection))


def _let_anything(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _rows(connection: Connection, table: sa.Table) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    keys = ", ".join(str(n + 1) for n, _ in enumerate(table.primary_key.columns))
    return [
        tuple(map(_plain, r)) for r in connection.exec_driver_sql(f'SELECT {names} FROM "{table.name}" ORDER BY {keys}')
    ]


def _plain(value: Any) -> Any:
    if value in ("", "{}", "[]"):
        return None  # nothing, said in another way
    return bytes(value) if isinstance(value, memoryview) else value


def _edit(connection: Connection, table: sa.Table, dice: random.Random, before: list[tuple[Any, ...]]) -> str:
    """Change one row, and return the column; or take a row away."""
    row = dict(zip([c.name for c in table.columns], dice.choice(before), strict=True))
    plain = sa.table(table.name, *(sa.column(c.name) for c in table.columns))
    this = sa.and_(*(plain.c[c.name] == row[c.name] for c in table.primary_key))
    if dice.random() < 0.1:
        connection.execute(sa.delete(plain).where(this))
        return table.name
    column = dice.choice(list(table.columns))
    value = _other(row[column.name], column, dice)
    connection.execute(sa.update(plain).where(this).values({column.name: value}))
    return f"{table.name}.{column.name}"


def _other(value: Any, column: sa.Column[Any], dice: random.Random) -> Any:
    """Return another value of the same sort, or none where the column may be empty."""
    if value is not None and column.nullable and dice.random() < 0.2:
        return None
    if value is None:
        return _made_up(column)
    if isinstance(value, bool):
        return not value
    if isinstance(value, bytes):
        at = dice.randrange(len(value)) if value else 0
        return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] if value else b"x"
    if isinstance(value, int):
        return 1 - value if isinstance(column.type, sa.Boolean) else value + dice.choice((1, 7))
    if isinstance(value, float):
        return value + 1.0
    if isinstance(value, str):
        return _other_text(value, dice)
    return value.replace(microsecond=(value.microsecond + 1) % 1_000_000)  # a moment


def _other_text(value: str, dice: random.Random) -> str:
    with contextlib.suppress(ValueError):
        held = json.loads(value)
        if isinstance(held, dict | list):
            return json.dumps([*held, "x"] if isinstance(held, list) else {**held, "x": 1}, sort_keys=True)
    at = dice.randrange(len(value)) if value else 0
    return value[:at] + ("b" if value[at : at + 1] != "b" else "c") + value[at + 1 :]


def _made_up(column: sa.Column[Any]) -> Any:
    kind = column.type.python_type if not isinstance(column.type, sa.types.TypeDecorator) else str
    return {int: 1, float: 1.0, bytes: b"x", bool: 1}.get(kind, "2026-01-01T00:00:00.000000Z")


# --- by hand ----------------------------------------------------------------------------------------------------------


def main() -> int:
    """Make an estate, change it, and tell what was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    with _fresh(asked.engine) as store:
        tally = edits(store, asked.edits, asked.seed, lambda line: sys.stdout.write(line + "\n"))
    missed = sum(tally.missed.values())
    sys.stdout.write(f"{tally.named} named, {missed} missed, {tally.refused} refused, {tally.same} changed nothing\n")
    return int(missed > 0)


@contextlib.contextmanager
def _fresh(engine: str) -> Iterator[Store]:
    from tests.faults.estate import fill, opened
    from tests.servers.postgres import shared_server

    with tempfile.TemporaryDirectory(prefix="itmsctl-edits-") as folder, contextlib.ExitStack() as stack:
        url = str(Path(folder) / "cmdb.sqlite")
        if engine == "postgresql":
            url = shared_server().create_database("edits")
        fill(url, Path(folder))
        store = opened(url, Path(folder))
        stack.callback(store.close)
        yield store


if __name__ == "__main__":
    sys.exit(main())

"""Estates for benchmarks of membership, by raw inserts: computers with addresses and tags, filters, targets."""

from __future__ import annotations

import random
from collections.abc import Sequence

from itmsctl.cmdb import bulk
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.targeting.definition import Definition
from itmsctl.targeting.service import definition_of
from itmsctl.values.addresses import to_bytes
from itmsctl.values.names import new_guid

ITEM = ("id", "guid", "name", "name_key", "revision", "origin", "changed_by", "created_at", "changed_at")
FAMILIES = ("linux", "windows", "mac", "unix")
ENVIRONMENTS = ("prod", "test", "dev")


def _items(unit: UnitOfWork, names: Sequence[str]) -> list[tuple[object, ...]]:
    now = bulk.moment(unit.connection, unit.now)
    return [
        (i, new_guid(), name, name, 1, unit.server_guid, unit.change_set_id, now, now)
        for i, name in zip(unit.next_ids(len(names)), names, strict=True)
    ]


def add_computers(store: Store, count: int, start: int = 0) -> list[int]:
    """Add computers named pc-START onwards; what each is like follows from its number."""

    def work(unit: UnitOfWork) -> list[int]:
        rows = _items(unit, [f"pc-{n:06}" for n in range(start, start + count)])
        bulk.insert(unit.connection, "resource", ("kind", *ITEM), [("computer", *row) for row in rows])
        ids = [int(str(row[0])) for row in rows]
        computers, addresses, tags = [], [], []
        for n, i in enumerate(ids, start):
            text = f"10.{n // 62500}.{n // 250 % 250}.{n % 250 + 1}"
            computers.append((i, FAMILIES[n % 4], f"desk {n % 97}", 22 if n % 5 else 2222, "root"))
            addresses.append((i, 0, text, to_bytes(text)))
            tags += [(i, "env", ENVIRONMENTS[n % 3]), (i, "tier", f"t{n % 11}"), (i, "owner", f"team-{n % 41}")]
        bulk.insert(unit.connection, "computer", ("id", "os_family", "description", "port", "user"), computers)
        bulk.insert(unit.connection, "computer_address", ("computer_id", "ord", "text", "address"), addresses)
        bulk.insert(unit.connection, "resource_tag", ("resource_id", "key", "value"), tags)
        return ids

    return store.write(work)


def expressions(count: int) -> list[str]:
    """Return the texts of as many different filters, of the forms that people write."""
    made = []
    for n in range(count):
        family, environment = FAMILIES[n % 4], ENVIRONMENTS[n % 3]
        made.append(
            (
                f"os_family = '{family}' and tags.env = '{environment}' and name > 'pc-{n:06}'",
                f"tags.owner in ('team-{n % 41}', 'team-{(n + 7) % 41}') and name != 'pc-{n:06}'",
                f"within(address, '10.{n % 3}.{n % 250}.0/24') or description = 'desk {n % 97}'",
                f"name like 'pc-%{n % 100:02}' and not tags.tier = 't{n % 11}'",
                f"port = {22 if n % 2 else 2222} and tags(key = 'tier' and value > 't{n % 10}') and name <> 'x{n}'",
            )[n % 5]
        )
    return made


def add_filters(store: Store, count: int) -> list[int]:
    """Add query filters that no update has looked at yet. Parsing is not what is measured."""
    texts = expressions(count)
    with store.read() as reader:
        made = [definition_of.of_where(reader, text) for text in texts]

    def work(unit: UnitOfWork) -> list[int]:
        rows = _items(unit, [f"filter-{n:05}" for n in range(count)])
        bulk.insert(
            unit.connection,
            "filter",
            (*ITEM, "type", "where", "tree", "classes", "volatile"),
            [
                (*row, "query", text, canonical(own["tree"]), canonical(own["classes"]), False)
                for row, text, own in zip(rows, texts, made, strict=True)
            ],
        )
        return [int(str(row[0])) for row in rows]

    return store.write(work)


def add_targets(store: Store, filters: Sequence[int], count: int) -> list[int]:
    """Add stale targets of two filters and an exclusion."""

    def work(unit: UnitOfWork) -> list[int]:
        rows = _items(unit, [f"target-{n:04}" for n in range(count)])
        values = []
        for n, row in enumerate(rows):
            a, b, c = (filters[(n * 5 + k) % len(filters)] for k in (0, 1, 3))
            made = Definition(everywhere=True, filters=(a, b), excludes=(c,))
            values.append((*row, "bench", canonical(made.to_json())))
        bulk.insert(unit.connection, "target", (*ITEM, "owner", "definition"), values)
        states = [(row[0], "target", True, 0) for row in rows]
        bulk.insert(unit.connection, "collection_state", ("collection_id", "kind", "stale", "seen_seq"), states)
        return [int(str(row[0])) for row in rows]

    return store.write(work)


def change(store: Store, ids: Sequence[int], count: int, seed: int) -> None:
    """Change the environment, family and description of some computers, and say so."""
    dice = random.Random(seed)
    chosen = dice.sample(list(ids), count)

    def work(unit: UnitOfWork) -> None:
        unit.note("bench", changed=count)
        bulk.update(
            unit.connection,
            "computer",
            ("os_family", "description"),
            ("id",),
            [(dice.choice(FAMILIES), f"desk {dice.randrange(97)}", i) for i in chosen],
        )
        bulk.update(
            unit.connection,
            "resource_tag",
            ("value",),
            ("resource_id", "key"),
            [(dice.choice(ENVIRONMENTS), i, "env") for i in chosen],
        )
        unit.touch("computer", chosen)
        unit.touch("tags", chosen)

    store.write(work)

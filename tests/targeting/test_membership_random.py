"""After any sequence of changes and deltas a complete update changes nothing (MEMB-12), on both engines."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InUseError, ItmsError, NameTakenError, NotFoundError
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.merge import merge
from itmsctl.targeting.rows import TABLES
from itmsctl.targeting.service import names, picking, present, update
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.targeting.service.groups import GROUPS, VIEWS
from itmsctl.targeting.service.scope import all_computers
from itmsctl.targeting.service.targets import TARGETS
from tests.conftest import FrozenClock

NAMES = [f"pc{n}" for n in range(6)]
COLLECTIONS = ["f0", "f1", "f2"]
WHERES = [
    "os_family = 'linux'",
    "not os_family = 'linux'",
    "tags.env = 'prod' or port > 1000",
    "tags.env is null",
    "not tags(key = 'env')",
    "count(addresses(within(address, '10.0.0.0/8'))) >= 1",
    "address is null and name like 'pc%'",
    "revision > 2",
    "created_at > now() - interval '3 hours'",
    "site is null",
    "true",
    "false",
]
SQLS = [
    "SELECT guid FROM v_tag WHERE key = 'env' AND value = 'prod'",
    "SELECT guid FROM v_computer WHERE name > 'pc2'",
    "SELECT guid FROM v_address",
]
IS = ["f0 & f1", "f0 - f1", "all - f0", "(f0 | g0) - f2", "g1 | v"]

FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "os_family": st.sampled_from(["linux", "windows", None]),
        "port": st.sampled_from([22, 2222, None]),
        "tags": st.sampled_from([{}, {"env": "prod"}, {"env": "test", "a": "b"}]),
        "address": st.sampled_from([[], ["10.0.0.1"], ["192.0.2.1", "10.1.1.1"]]),
    },
)
QUESTIONS = st.one_of(
    st.sampled_from(WHERES).map(lambda text: {"where": text}),
    st.sampled_from(SQLS).map(lambda text: {"sql": text}),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(lambda names: {"members": names}),
)
GROUP_QUESTIONS = st.one_of(
    st.sampled_from(WHERES).map(lambda text: {"where": text}),
    st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(lambda names: {"members": names}),
)
NAME = st.sampled_from(NAMES)
STEPS = st.one_of(
    st.tuples(st.just("computer"), NAME, FIELDS),
    st.tuples(st.just("computer"), NAME, FIELDS),
    st.tuples(st.just("untag"), NAME, st.just({})),
    st.tuples(st.just("drop"), NAME, st.just({})),
    st.tuples(st.just("drop"), NAME, st.just({})),
    st.tuples(st.just("merge"), NAME, NAME),
    st.tuples(st.just("filter"), st.sampled_from(COLLECTIONS), QUESTIONS),
    st.tuples(st.just("filter-off"), st.sampled_from(COLLECTIONS), st.just({})),
    st.tuples(st.just("group"), st.sampled_from(["g0", "g1"]), GROUP_QUESTIONS),
    st.tuples(st.just("group-in"), st.sampled_from(["g0", "g1"]), st.sampled_from(["g0", "g1", None])),
    st.tuples(st.just("group-off"), st.sampled_from(["g0", "g1"]), st.just({})),
    st.tuples(st.just("target"), st.sampled_from(["t0", "t1"]), st.sampled_from(IS).map(lambda text: {"is": text})),
    st.tuples(
        st.just("target"),
        st.sampled_from(["t0", "t1"]),
        st.sampled_from(
            [{"views": ["v"]}, {"views": ["all"], "excludes": ["f0"]}, {"groups": ["g0"], "filters": ["f1"]}]
        ),
    ),
    st.tuples(st.just("target-off"), st.sampled_from(["t0", "t1"]), st.just({})),
    st.tuples(st.sampled_from(["delta", "policy", "wait"]), st.just(""), st.just({})),
)
# Every other step is followed by a delta: what a later change means for what was settled is what is asked here.
SETTLED = st.tuples(STEPS, st.booleans())


@dataclass
class World:
    """Does the steps as commands do; what a command refuses is no step."""

    store: Store
    clock: FrozenClock
    done: list[Any] = field(default_factory=list)

    def do(self, step: tuple[str, str, Any]) -> None:
        verb, name, what = step
        if verb == "wait":
            self.clock.forward(hours=1)
            return
        with contextlib.suppress(NotFoundError, InUseError, NameTakenError):
            self.store.write(lambda unit: self.act(unit, verb, name, what))
            self.done.append(step)

    def act(self, unit: UnitOfWork, verb: str, name: str, what: Any) -> None:
        shelf: Any = {"filter": FILTERS, "group": GROUPS, "target": TARGETS}.get(verb.split("-")[0], COMPUTERS)
        if verb == "delta":
            update.delta(unit)
        elif verb == "policy":
            update.policy(unit)
        elif verb == "merge":
            with contextlib.suppress(ItmsError):
                merge(unit, name, what)
        elif verb == "untag":
            COMPUTERS.set(unit, name, {}, untag=list(COMPUTERS.get(unit, name).fields["tags"]))
        elif verb == "group-in":
            with contextlib.suppress(ItmsError):
                GROUPS.set(unit, name, {"parent": what})
        elif verb == "drop" or verb.endswith("-off"):
            shelf.remove(unit, name)
        elif shelf.find(unit, name) is not None:
            shelf.set(unit, name, what)
        else:
            shelf.add(unit, name, what | ({"view": "v"} if verb == "group" else {}))


EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@EXAMPLES
@given(steps=st.lists(SETTLED, min_size=5, max_size=25))
def test_a_complete_update_after_deltas_changes_nothing(store: Store, clock: FrozenClock, steps: list[Any]) -> None:
    world = World(store, clock)
    with contextlib.suppress(NameTakenError):
        store.write(lambda unit: VIEWS.add(unit, "v", {}))
    for name in COLLECTIONS:  # the world of the example before is gone on with: shrinking starts from any of them
        world.do(("filter", name, {"where": "os_family = 'linux'"}))
    for step, and_delta in steps:
        world.do(step)
        if and_delta:
            world.do(("delta", "", {}))
    world.do(("delta", "", {}))
    complete = store.write(update.complete)
    assert (complete.added, complete.removed) == (0, 0), world.done
    again = store.write(update.delta)
    assert (again.added, again.removed) == (0, 0)


@EXAMPLES
@given(steps=st.lists(SETTLED, min_size=3, max_size=15))
def test_what_is_asked_of_some_computers_now_is_what_a_complete_update_finds(
    store: Store, clock: FrozenClock, steps: list[Any]
) -> None:
    world = World(store, clock)
    with contextlib.suppress(NameTakenError):
        store.write(lambda unit: VIEWS.add(unit, "v", {}))
    for name in COLLECTIONS:
        world.do(("filter", name, {"where": "os_family = 'linux'"}))
    for step, and_delta in steps:
        world.do(step)
        if and_delta:
            world.do(("delta", "", {}))
    with store.read() as reader:
        everybody = list(reader.connection.execute(all_computers(reader)).scalars())
        ids = [i for table in TABLES.values() for i in reader.connection.execute(sa.select(table.c.id)).scalars()]
        found = names.by_ids(reader, ids).values()
        asked = present.holding(reader, [f.id for f in found], everybody)
        some = present.holding(reader, [f.id for f in found], everybody[::2])
    store.write(update.complete)
    with store.read() as reader:
        right = {f.id: picking.held_by(reader, f) for f in found}
    assert asked == right, world.done
    assert some == {i: held.intersection(everybody[::2]) for i, held in right.items()}

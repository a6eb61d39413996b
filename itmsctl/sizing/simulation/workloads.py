"""What a policy's runs ask of the design, by its workload: a task, an inventory, patches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from itmsctl.sizing.simulation.days import Day, starts_of, zone_of
from itmsctl.sizing.simulation.design import Source
from itmsctl.sizing.simulation.pulses import At
from itmsctl.sizing.simulation.wiring import Place, Wiring
from itmsctl.sizing.snapshot import DesignPolicy, DesignSchedule, DesignSiteServer
from itmsctl.tasks.catalogue import action

_INVENTORIES = {
    "full-inventory": "full_inventory",
    "delta-inventory": "delta_inventory",
    "time-critical-inventory": "time_critical_inventory",
}
DOWNLOAD = ": download"  # what a source is called that fetches for each computer
BASIC, PATCH, DELIVERY, TASK = "basic-inventory", "patch", "delivery", "task"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not simulated, and why."""

    what: str
    why: str


def reaches_computers(policy: DesignPolicy) -> bool:
    """Return whether a policy asks anything of computers: one whose tasks all run on the server itself does not."""
    return not policy.tasks or any(action(task.kind).side == "client" for task in policy.tasks)


def kbit_of(policy: DesignPolicy, wiring: Wiring) -> float:
    """Return what one run of a policy moves for each computer."""
    if not reaches_computers(policy):
        return 0.0
    if policy.payload_kbit:
        return policy.payload_kbit
    if policy.workload == BASIC:
        return basic_kbit(wiring)
    return wiring.assumed(f"{_INVENTORIES.get(policy.workload or TASK, policy.workload or TASK)}.kbit")


def basic_kbit(wiring: Wiring) -> float:
    """Return what a basic inventory uploads: the middle of what is printed."""
    name = "basic_inventory.upload_kbit"
    return sum(wiring.numbers.number("agent_traffic", f"{name}.{end}") for end in ("min", "max")) / 2


def db_kb_of(policy: DesignPolicy, wiring: Wiring) -> float:
    """Return what one run of a policy adds to the database for each computer."""
    if not reaches_computers(policy):
        return 0.0
    known = {**_INVENTORIES, BASIC: "basic_inventory"}
    return wiring.assumed(f"{known.get(policy.workload or TASK, policy.workload or TASK)}.db_kb")


class _Start(NamedTuple):
    """When a policy's runs begin at a place: its moments by the clock of a zone, and their spread."""

    policy: str
    zone: str
    splay_s: float


class Workloads:
    """Makes the sources of policies; moments that many sites share are made once."""

    def __init__(self, wiring: Wiring, day: Day, before_s: float) -> None:
        self.wiring = wiring
        self.day = day
        self.before_s = before_s
        self._starts: dict[tuple[str, str], tuple[float, ...]] = {}
        self._timings: dict[tuple[str, str, float, float], At] = {}

    def of(self, policy: DesignPolicy) -> Iterator[Source]:
        """Yield the sources of a policy at all places."""
        if policy.schedule is None or not reaches_computers(policy):
            return
        staged: set[str] = set()
        for place in self.wiring.places:
            count = place.hit_by(policy)
            if not count:
                continue
            start = self._start(policy, policy.schedule, place)
            if not self._starts[start.policy, start.zone]:
                continue
            if policy.workload in _INVENTORIES or policy.workload == BASIC:
                yield self._inventory(policy, place, count, start)
            elif policy.workload in {PATCH, DELIVERY}:
                yield from self._delivery(policy, place, count, start)
                yield from self._staged(policy, place, start, staged)
            else:
                yield from self._task(policy, place, count, start)

    def _start(self, policy: DesignPolicy, schedule: DesignSchedule, place: Place) -> _Start:
        zone = zone_of(schedule, place.site.time_zone if place.site else None)
        if (policy.name, zone.key) not in self._starts:
            self._starts[policy.name, zone.key] = starts_of(schedule, zone, self.day, self.before_s)
        return _Start(policy.name, zone.key, policy.splay_s or 0.0)

    def _at(self, start: _Start, later_s: float, spread_s: float) -> At:
        key = (start.policy, start.zone, later_s, spread_s)
        if key not in self._timings:
            self._timings[key] = At(tuple(time + later_s for time in self._starts[start.policy, start.zone]), spread_s)
        return self._timings[key]

    def _started(self, start: _Start) -> At:
        return self._at(start, 0.0, start.splay_s)

    def _reported(self, start: _Start) -> At:
        """Return when those that started then report: after a run of random length."""
        least, most = (self.wiring.assumed(f"task.run_{end}_s") for end in ("min", "max"))
        run = max(0.0, most - least)
        # Two random spans, one after the other, are about as even as the longer one.
        return self._at(start, least + min(start.splay_s, run) / 2, max(start.splay_s, run))

    def _inventory(self, policy: DesignPolicy, place: Place, count: float, start: _Start) -> Source:
        key = "basic_inventory" if policy.workload == BASIC else _INVENTORIES[policy.workload or ""]
        return Source(
            policy.name,
            count,
            self._started(start),
            self.wiring.up(place),
            self.wiring.assumed(f"{key}.requests"),
            kbit_of(policy, self.wiring),
            self.wiring.assumed(f"{key}.db_kb"),
            policy=policy.name,
        )

    def _delivery(self, policy: DesignPolicy, place: Place, count: float, start: _Start) -> Iterator[Source]:
        key, kbit = policy.workload, kbit_of(policy, self.wiring)
        for way, share in self.wiring.ways(place, "package"):
            pace = self.wiring.pace(place) if len(way) > 1 else self.wiring.assumed("transfer_kbit_s")
            name = policy.name + DOWNLOAD
            yield Source(name, count * share, self._started(start), way, 1, kbit, pace_kbit_s=pace, policy=policy.name)
        yield Source(
            f"{policy.name}: result",
            count,
            self._reported(start),
            self.wiring.up(place),
            self.wiring.assumed(f"{key}.result_requests"),
            self.wiring.assumed(f"{key}.result_kbit"),
            self.wiring.assumed(f"{key}.db_kb"),
            policy=policy.name,
        )

    def _staged(self, policy: DesignPolicy, place: Place, start: _Start, done: set[str]) -> Iterator[Source]:
        """Yield the one copy that each package server of a site fetches, at its own pace (PKG-3, PKG-4)."""
        for one in self.wiring.serving(place, "package"):
            if one.name in done:
                continue
            done.add(one.name)
            home = self.wiring.home(one)
            at = replace(place, site=home)
            way, kbit, pace = self.wiring.up(at), kbit_of(policy, self.wiring), self.wiring.pace(at)
            name = f"{policy.name}: copies for package servers"
            yield Source(name, 1, self._at(start, 0.0, 0.0), way, 1, kbit, pace_kbit_s=pace, policy=policy.name)

    def _task(self, policy: DesignPolicy, place: Place, count: float, start: _Start) -> Iterator[Source]:
        kbit, reported = kbit_of(policy, self.wiring), self._reported(start)
        result = (self.wiring.assumed("task.result_requests"), self.wiring.assumed("task.result_kbit"))
        paced = self.wiring.pace(place) if policy.payload_kbit else None
        served = self.wiring.serving(place, "task")
        for way, share in self.wiring.ways(place, "task"):
            fetched = Source(
                f"{policy.name}: tasks", count * share, self._started(start), way, 1, kbit, policy=policy.name
            )
            yield replace(fetched, pace_kbit_s=paced)
            if served:
                yield Source(f"{policy.name}: status", count * share, reported, way, *result, policy=policy.name)
        forwarded, db_kb = self._forwarded(place, served), self.wiring.assumed("task.db_kb")
        yield Source(f"{policy.name}: status", count, reported, forwarded, *result, db_kb, policy=policy.name)

    def _forwarded(self, place: Place, served: Sequence[DesignSiteServer]) -> tuple[str, ...]:
        """Return the way of a status event from the task server on; the whole way where there is none."""
        if not served or place.site is None or place.site.name in served[0].sites:
            return self.wiring.up(place)
        return self.wiring.up(replace(place, site=self.wiring.home(served[0])))

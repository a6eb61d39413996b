"""Worst cases: how long something may take from the moment that somebody wanted it, step by step.

Each step says its longest time in minutes and whose number that is. Times that depend on size and bandwidth are
computed from what is given; the sum names every item, so that one that does not apply can be taken off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

MINUTES = 60
DAY_MIN = 24 * 60.0


@dataclass(frozen=True, slots=True)
class DelayStep:
    """One step of a delay: what passes, at most how many minutes, and the source of the number."""

    what: str
    minutes: float
    source: str
    stage: int | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """A worst case: its steps one after the other, whose it is, and by which reading of the numbers."""

    id: str
    subject: str
    reading: str
    steps: Sequence[DelayStep]
    source: str
    note: str = ""

    @property
    def minutes(self) -> float:
        """Return the sum of the steps."""
        return sum(step.minutes for step in self.steps)


@dataclass(frozen=True, slots=True)
class Retry:
    """The waits before asking again: `base_min` times `factor` to the power of N, from 0 on, at most `limit_min`."""

    base_min: float = 3.0
    factor: float = 2.0
    limit_min: float = DAY_MIN

    def waits(self) -> Iterator[float]:
        """Yield the waits, without end (PKG-13, A-04)."""
        wait = self.base_min
        while True:
            yield min(wait, self.limit_min)
            wait = min(wait * self.factor, self.limit_min)

    def until(self, minutes: float) -> tuple[int, float]:
        """Return how many waits pass until something that comes after so many minutes is seen, and their sum."""
        if minutes <= 0:
            return 0, 0.0
        for number, total in enumerate(accumulate(self.waits()), 1):
            if total >= minutes:
                return number, total
        raise AssertionError("waits have no end")

    def first(self, count: int) -> list[float]:
        """Return the first waits."""
        return list(islice(self.waits(), count))


def pickup(subject: str, reading: str, request_min: float, delta_min: float, source: str, note: str = "") -> Delay:
    """Return the worst case until a computer has a policy: a membership update, then a request (POL-6)."""
    steps = (
        DelayStep("delta update of memberships", delta_min, "MEMB-2"),
        DelayStep("configuration request of the agent", request_min, "POL-5"),
    )
    return Delay("policy-pickup", subject, reading, steps, source, note)


def transfer_min(mb: float, kbit_s: float | None) -> float:
    """Return the minutes that so many MB (of a million bytes) take; none to speak of where nothing limits."""
    return 0.0 if kbit_s is None else mb * 8000 / kbit_s / MINUTES


@dataclass(frozen=True, slots=True)
class Package:
    """What decides when a package of a parent server arrives at a child's site: minutes, MB and kbit/s."""

    mb: float
    create_kbit_s: float
    parent_kbit_s: float | None
    child_kbit_s: float | None
    parent_pickup_min: float
    child_pickup_min: float
    replication_min: float
    retry: Retry = Retry()


def package_arrival(subject: str, reading: str, package: Package) -> Delay:
    """Return the worst case of the eight stages of table 5-4, from creation to being known.

    Stage 8: whoever asked for the package when it was replicated has been told "nowhere yet", and asks again after
    waits that double; the last wait may end long after the package is there.
    """
    carried = transfer_min(package.mb, package.child_kbit_s)
    ready = package.child_pickup_min + carried  # from replication to the copy of the child's package server
    tries, asked = package.retry.until(ready)
    steps = (
        DelayStep("package is created on the parent", transfer_min(package.mb, package.create_kbit_s), "size", 1),
        DelayStep("parent-side package server requests policies", package.parent_pickup_min, "5-4", 2),
        DelayStep(
            "parent-side package server downloads", transfer_min(package.mb, package.parent_kbit_s), "size, link", 3
        ),
        DelayStep("next replication; one that is missed waits for the next", package.replication_min, "5-4", 4),
        DelayStep("child-side package server requests policies", package.child_pickup_min, "5-4", 5),
        DelayStep("location request: child, parent, parent-side package server", 0.0, "5-4", 6),
        DelayStep("child-side package server downloads", carried, "size, link", 7),
        DelayStep(f"others ask again: {tries} waits of 3 x 2^N min", max(0.0, asked - ready), "PKG-13", 8),
    )
    note = "stages 2, 4 and 5 are waits; 1, 3 and 7 follow the size"
    return Delay("package-arrival", subject, reading, steps, "5-4", note)


@dataclass(frozen=True, slots=True)
class Patching:
    """What decides how late a patch is installed and known to be: minutes.

    `replication_min` is none where there is no hierarchy, `window_min` none where windows are ignored.
    """

    import_every_min: float
    import_min: float
    plugin_check_min: float
    membership_min: float
    agent_check_min: float
    download_min: float
    replication_min: float | None
    window_min: float | None
    window_length_min: float = 0.0


def patch_latency(subject: str, reading: str, patching: Patching) -> Delay:
    """Return the worst case from the publication of a patch to its result in the reports (PATCH-23)."""
    steps = [
        DelayStep("next import of the catalogue", patching.import_every_min, "PATCH-4"),
        DelayStep("import of the catalogue", patching.import_min, "PATCH-5"),
    ]
    if patching.replication_min is not None:
        steps.append(DelayStep("next replication to the child", patching.replication_min, "5-4; PATCH-20"))
    steps += [
        DelayStep("check by the patch plug-in: is it applicable?", patching.plugin_check_min, "5-5; PATCH-7"),
        DelayStep("delta update of memberships", patching.membership_min, "MEMB-2"),
        DelayStep("agent requests policies and patch location", patching.agent_check_min, "PATCH-12"),
        DelayStep("download from the package server", patching.download_min, "size, link"),
    ]
    if patching.window_min is not None:
        steps.append(DelayStep("next maintenance window begins", patching.window_min, "PATCH-13"))
        steps.append(
            DelayStep("its window passes: installation, restart", patching.window_length_min, "PATCH-14, PATCH-15")
        )
    steps.append(
        DelayStep("vulnerability analysis, at the plug-in's next check", patching.plugin_check_min, "PATCH-17")
    )
    alone = patching.replication_min is None
    note = "" if alone else "the guide: more than 48 h in a hierarchy whose schedules are not aligned (PATCH-21)"
    return Delay("patch-latency", subject, reading, steps, "PATCH-23", note)

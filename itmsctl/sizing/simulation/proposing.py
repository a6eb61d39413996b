"""Proposals: the smallest changes with which no limit breaks, each held against the simulator itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from itmsctl.schedules.timing import span
from itmsctl.sizing.simulation.design import NodeKind
from itmsctl.sizing.simulation.outcome import NodeDay, OutcomeMeasure, OutcomeRun
from itmsctl.sizing.simulation.workloads import DOWNLOAD
from itmsctl.sizing.snapshot import DesignManagementServer, Snapshot
from itmsctl.values.untrusted import shell_arg

# Spreads and intervals that people would type.
SPLAYS_S = tuple(60.0 * m for m in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 600, 720, 960, 1200, 1440))
INTERVALS_S = tuple(3600.0 * hours for hours in (1, 2, 3, 4, 6, 8, 12, 24))
CONFIGURATION = "configuration requests"
SPLAY, INTERVAL, CAPACITY = "splay", "agent-interval", "capacity"

Simulate = Callable[[Snapshot], OutcomeRun]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change: of what, from what to what, the nodes whose limits it is for, and the command to type.

    `carries`: with all proposals together no limit of these nodes breaks; the simulator was run with them to say so.
    """

    kind: str
    subject: str
    before_s: float
    after_s: float
    nodes: Sequence[str]
    command: str
    why: str
    carries: bool = True


@dataclass(frozen=True)
class Proposed:
    """All proposals, the design with them, and how it runs."""

    proposals: Sequence[Proposal]
    snapshot: Snapshot
    run: OutcomeRun


def proposed(snapshot: Snapshot, run: OutcomeRun, simulate: Simulate) -> Proposed:
    """Return what to change so that no limit breaks: first the spread of policies, then intervals, then capacity.

    What cannot be fixed by a spread is said to need more: its proposal has the kind `capacity`.
    """
    return _Proposing(snapshot, run, simulate).all()


class _Proposing:
    def __init__(self, snapshot: Snapshot, run: OutcomeRun, simulate: Simulate) -> None:
        self.snapshot = snapshot
        self.first = run
        self.simulate = simulate
        self.broken = {node.name for node in run.broken}
        self.splays: dict[str, float] = {}
        self.intervals: dict[str, float] = {}
        self.hopeless: set[str] = set()

    def all(self) -> Proposed:
        if self.broken:
            self._spread()
            self._lengthen()
        changed = self._changed(self.splays, self.intervals)
        run = self.simulate(changed) if self.splays or self.intervals else self.first
        return Proposed([*self._splay_lines(run), *self._interval_lines(run), *_capacity(run)], changed, run)

    # --- spread of policies -------------------------------------------------------------------------------------------

    def _spread(self) -> None:
        """Spread every policy that has a part in a peak that breaks, as far as needed; then take back what is not."""
        before = {policy.name: policy.splay_s or 0.0 for policy in self.snapshot.policies}
        names = self._policies(self.first)
        widest = {name: max(before[name], float(SPLAYS_S[-1])) for name in names}
        self.hopeless = {node.name for node in self._with(widest).broken} if names else set()
        names = self._policies(self.first)
        steps = [step for step in SPLAYS_S if any(step > before[name] for name in names)]
        best = _first(steps, lambda step: self._mends({name: max(before[name], step) for name in names}))
        if best is None or not names:
            return
        found = {name: max(before[name], best) for name in names}
        for name in sorted(names, key=lambda name: names[name]) if len(names) > 1 else ():
            lower = [before[name], *(step for step in SPLAYS_S if before[name] < step < found[name])]
            least = _first(lower, lambda step, name=name: self._mends(found | {name: step}))  # type: ignore[misc]  # mypy infers no lambda with a default
            found[name] = found[name] if least is None else least
        self.splays = {name: splay for name, splay in found.items() if splay > before[name]}

    def _policies(self, run: OutcomeRun) -> dict[str, float]:
        """Return the policies with a part in a peak that breaks, each with its greatest share of one."""
        found: dict[str, float] = {}
        for node in run.broken:
            for peak in node.peaks if node.name not in self.hopeless else ():
                for share in peak.shares if _breaks(node, peak.measure) else ():
                    if share.policy is not None:
                        found[share.policy] = max(found.get(share.policy, 0.0), share.share)
        return found

    def _with(self, splays: Mapping[str, float]) -> OutcomeRun:
        return self.simulate(self._changed(splays, self.intervals))

    def _mends(self, splays: Mapping[str, float]) -> bool:
        """Return whether no node that breaks is left where a policy has a part, but for those that no spread fixes."""
        return not self._policies(self._with(splays))

    # --- intervals of agents ------------------------------------------------------------------------------------------

    def _lengthen(self) -> None:
        """Lengthen the interval of agents where their requests alone break what is left."""
        run = self._with(self.splays) if self.splays else self.first
        for node in run.broken:
            server = self.snapshot.server.get(node.title)
            asked = max((s.share for p in node.peaks for s in p.shares if s.source == CONFIGURATION), default=0.0)
            if server is None or asked < 0.5:
                continue
            now = server.agent_interval_s or 0.0
            steps = [step for step in INTERVALS_S if step > now]
            best = _first(steps, lambda step, name=node.name: self._carries(name, step))  # type: ignore[misc]  # as above
            if best is not None:
                self.intervals[server.name] = float(best)

    def _carries(self, node: str, step: float) -> bool:
        name = node.partition("/")[2]
        run = self.simulate(self._changed(self.splays, self.intervals | {name: float(step)}))
        return node not in {broken.name for broken in run.broken}

    # --- what comes of it ---------------------------------------------------------------------------------------------

    def _changed(self, splays: Mapping[str, float], intervals: Mapping[str, float]) -> Snapshot:
        def server(one: DesignManagementServer) -> DesignManagementServer:
            return replace(one, agent_interval_s=intervals.get(one.name, one.agent_interval_s))

        return replace(
            self.snapshot,
            policies=tuple(replace(p, splay_s=splays.get(p.name, p.splay_s)) for p in self.snapshot.policies),
            servers=tuple(server(one) for one in self.snapshot.servers),
        )

    def _splay_lines(self, run: OutcomeRun) -> list[Proposal]:
        by_name = {policy.name: policy for policy in self.snapshot.policies}
        before = {name: policy.splay_s or 0.0 for name, policy in by_name.items()}
        found = []
        for name, after in sorted(self.splays.items()):
            command = by_name[name].typed("set", f"{by_name[name].spread} {span(after)}")
            nodes = [node for node in self.first.broken if _has_part(node, name) and node.name not in self.hopeless]
            found.append(self._line(SPLAY, name, before[name], after, command, nodes, run))
        return found

    def _interval_lines(self, run: OutcomeRun) -> list[Proposal]:
        found = []
        for name, after in sorted(self.intervals.items()):
            before = self.snapshot.server[name].agent_interval_s or 0.0
            command = f"itmsctl management-server set {shell_arg(name)} --agent-interval {span(after)}"
            nodes = [node for node in self.first.broken if node.title == name]
            found.append(self._line(INTERVAL, name, before, after, command, nodes, run))
        return found

    @staticmethod
    def _line(
        kind: str, subject: str, before: float, after: float, command: str, nodes: Sequence[NodeDay], run: OutcomeRun
    ) -> Proposal:
        names = [node.name for node in nodes]
        left = {node.name for node in run.broken} & set(names)
        worst = max((node.worst.utilisation or 0.0 for node in nodes), default=0.0)
        then = max((run.node(name).worst.utilisation or 0.0 for name in names), default=0.0)
        count = "1 limit breaks" if len(names) == 1 else f"{len(names)} limits break"
        why = f"{count}, at worst {worst:.0%} of one; then {then:.0%}"
        return Proposal(kind, subject, before, after, names, command, why, not left)


def _capacity(run: OutcomeRun) -> list[Proposal]:
    """Return what no spread fixes: how much more is needed."""
    found = []
    for node in run.broken:
        peak = node.worst
        unit = "kbit/s" if peak.measure is OutcomeMeasure.KBIT else "requests/s"
        why = f"no spread fixes it: it needs {peak.value:,.0f} {unit}, and has {peak.limit or 0:,.0f}"
        found.append(Proposal(CAPACITY, node.name, 0.0, 0.0, [node.name], _more(node), why, carries=False))
    return found


def _more(node: NodeDay) -> str:
    """Return the command for what a node needs: its own package server where downloads fill a link (PKG-3)."""
    name = shell_arg(node.title)
    if node.kind is NodeKind.LINK:
        downloads = sum(share.share for share in node.kbit_peak.shares if share.source.endswith(DOWNLOAD))
        if downloads > 0.5:
            return f"itmsctl server add COMPUTER --service package --site {name}"
        return f"itmsctl site set {name} --link-kbit {math.ceil(node.kbit_peak.value)}"
    if node.kind is NodeKind.SITE_SERVER:
        return "itmsctl server add COMPUTER --service task"
    return "itmsctl sizing recommend"


def _breaks(node: NodeDay, measure: OutcomeMeasure) -> bool:
    return any(peak.measure is measure and (peak.utilisation or 0.0) > 1 for peak in node.peaks)


def _has_part(node: NodeDay, policy: str) -> bool:
    return any(share.policy == policy for peak in node.peaks for share in peak.shares)


def _first(steps: Sequence[float], mends: Callable[[float], bool]) -> float | None:
    """Return the smallest step that fixes, by bisection: what a smaller one fixes, a larger one does nearly always.

    The answer itself was tried; None where the largest does not fix it.
    """
    if not steps or not mends(steps[-1]):
        return None
    low, high = -1, len(steps) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if mends(steps[middle]):
            high = middle
        else:
            low = middle
    return steps[high]

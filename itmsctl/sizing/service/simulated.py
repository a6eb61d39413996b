"""What a simulation is told as: flat objects, each with a `type`, for every output format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from itmsctl.errors import NotFoundError
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.service.simulating import Simulation
from itmsctl.sizing.simulation.assumed import assumptions
from itmsctl.sizing.simulation.delays import Delay
from itmsctl.sizing.simulation.design import NodeKind
from itmsctl.sizing.simulation.outcome import NodeDay, OutcomeMeasure, Peak, Verdict
from itmsctl.sizing.simulation.proposing import Proposed
from itmsctl.values.names import did_you_mean

Row = dict[str, Any]
_SERIES = 10
_RANK = (Verdict.BREAK, Verdict.TIGHT, Verdict.OK)
_UNITS = {OutcomeMeasure.REQUESTS: "req/s", OutcomeMeasure.KBIT: "kbit/s"}


class SimulatedAnswer:
    """A simulation in objects; `server` keeps to what is for one management server.

    Raises NotFoundError for a server that is not there.
    """

    def __init__(self, simulation: Simulation, server: str | None = None, proposed: Proposed | None = None) -> None:
        self.simulation = simulation
        self.server = server
        self.proposed = proposed
        names = [one.name for one in simulation.wiring.servers]
        if server is not None and server not in names:
            raise NotFoundError(f"no management server `{server[:80]}`", hint=did_you_mean(server, names))
        kept = simulation.nodes if server is None else list(simulation.of_server(server))
        # Links and servers that nothing passes are no news; a management server always is.
        self.days = [day for day in kept if day.requests or day.kind is NodeKind.SERVER]

    @property
    def broken(self) -> int:
        """Return how many limits break."""
        return sum(day.verdict is Verdict.BREAK for day in self.days)

    def everything(self) -> Iterator[Row]:
        """Yield all objects: nodes, peaks, latencies, growth, task traffic, proposals, series, what is left out."""
        yield from self.nodes()
        yield from self.peaks()
        yield from self.latencies()
        yield from self.growth()
        yield from self.task_traffic()
        yield from self.proposals()
        yield from self.left_out()
        yield from self.series()

    def nodes(self) -> Iterator[Row]:
        """Yield the nodes: management servers first, then the others, the worst first."""
        ranked = sorted(
            self.days,
            key=lambda day: (day.kind is not NodeKind.SERVER, _RANK.index(day.verdict), -_used(day.worst), day.name),
        )
        return (self._node(day) for day in ranked)

    def _node(self, day: NodeDay) -> Row:
        peak, waiting, date = day.worst, day.waiting, self.simulation.day
        return {
            "type": "node",
            "name": day.name,
            "kind": str(day.kind),
            "day": date.date.isoformat(),
            "requests": round(day.requests),
            "mb": _rounded(day.mb),
            "measure": _UNITS[peak.measure],
            "peak": _rounded(peak.value),
            "at": date.clock(peak.at_s),
            "limit": peak.limit,
            "used_pct": None if peak.utilisation is None else _rounded(peak.utilisation * 100),
            "verdict": str(day.verdict),
            "by": peak.shares[0].source if peak.shares else None,
            "waiting_requests": round(waiting.requests),
            "waiting_at": date.clock(waiting.at_s) if waiting.requests else None,
            "longest_wait_s": _rounded(waiting.longest_wait_s),
            "drained_at": date.clock(waiting.drained_s) if waiting.requests else None,
        }

    def peaks(self) -> Iterator[Row]:
        """Yield the peak of requests and of kbit of each node, with what makes it."""
        for day in self.days:
            for peak in day.peaks:
                yield self._peak(day, peak)

    def _peak(self, day: NodeDay, peak: Peak) -> Row:
        return {
            "type": "peak",
            "name": day.name,
            "measure": _UNITS[peak.measure],
            "at": self.simulation.day.moment(peak.at_s),
            "mean": _rounded(peak.mean),
            "value": _rounded(peak.value),
            "limit": peak.limit,
            "verdict": str(peak.verdict),
            "sources": [
                {"source": share.source, "policy": share.policy, "share": round(share.share, 4)}
                for share in peak.shares
            ],
        }

    def latencies(self) -> Iterator[Row]:
        """Yield the worst cases, each with its steps."""
        servers = {one.name for one in self.simulation.wiring.servers}
        for delay in self.simulation.delays:
            if self.server is None or delay.subject == self.server or delay.subject not in servers:
                yield _delay(delay)

    def growth(self) -> Iterator[Row]:
        """Yield the growth of each database."""
        for one in self.simulation.growth:
            if self.server in {None, one.subject}:
                yield {
                    "type": "growth",
                    "name": one.subject,
                    "computers": round(one.computers),
                    "least_mb": _rounded(one.least_mb),
                    "most_mb": _rounded(one.most_mb),
                    "month_mb": _rounded(one.month_mb),
                    "year_mb": _rounded(one.year_mb),
                    "by": {name: _rounded(mb) for name, mb in one.by_source},
                }

    def task_traffic(self) -> Iterator[Row]:
        """Yield tickles and polls an hour of each management server's task service (TASK-25)."""
        for server, traffic in self.simulation.task_traffic:
            if self.server in {None, server.name}:
                yield {
                    "type": "task-traffic",
                    "name": server.name,
                    "task_servers": traffic.task_servers,
                    "clients": traffic.clients,
                    "polls_h": _rounded(traffic.polls),
                    "polls_h_each": _rounded(traffic.polls_each),
                    "updates_h": _rounded(traffic.updates),
                    "tickles_h": _rounded(traffic.tickles),
                }

    def proposals(self) -> Iterator[Row]:
        """Yield what to change, where it was asked for."""
        for one in self.proposed.proposals if self.proposed else ():
            yield {
                "type": "proposal",
                "name": one.subject,
                "kind": one.kind,
                "before_s": one.before_s,
                "after_s": one.after_s,
                "limits": len(one.nodes),
                "nodes": list(one.nodes),
                "command": one.command,
                "why": one.why,
                "carries": one.carries,
            }

    def left_out(self) -> Iterator[Row]:
        """Yield what is not simulated."""
        for one in self.simulation.left_out:
            yield {"type": "left-out", "name": one.what, "why": one.why}

    def series(self) -> Iterator[Row]:
        """Yield the day of each management server, and of the ten others that break worst, step by step."""
        worst = [day.name for day in self.simulation.broken if day.kind is not NodeKind.SERVER][:_SERIES]
        for day in self.days:
            if day.kind is NodeKind.SERVER or day.name in worst:
                series = day.series
                yield {
                    "type": "series",
                    "name": day.name,
                    "start": self.simulation.day.start,
                    "step_s": series.step_s,
                    "requests_s": [_rounded(value) for value in series.requests_s],
                    "kbit_s": [_rounded(value) for value in series.kbit_s],
                    "queue": [round(value) for value in series.queue],
                }

    def closing(self) -> str:
        """Say how it ended, in a line."""
        date = self.simulation.day.date
        count = f"{len(self.days)} servers and links"
        if not self.broken:
            return f"{date:%A} {date}: {count}, no limit breaks"
        mend = "" if self.proposed else "; --propose says what to change"
        return f"{date:%A} {date}: {self.broken} of {count} break a limit{mend}"


def assumption_rows(numbers: Numbers) -> Iterator[Row]:
    """Yield what the simulator takes for granted."""
    for name, cell in assumptions(numbers):
        yield {"name": name, "value": cell.number, "source": cell.source, "why": cell.why}


def chart(values: Iterable[float], columns: int) -> str:
    """Draw values as a line of blocks; each column is the highest of its part, a full block the highest of all."""
    marks = "▁▂▃▄▅▆▇█"
    found: Sequence[float] = list(values)
    size = max(1, -(-len(found) // columns))
    parts = [max(found[start : start + size]) for start in range(0, len(found), size)]
    top = max(parts, default=0.0)
    return "".join(" " if part <= 0 else marks[min(7, int(part / top * 8))] for part in parts)


def _delay(delay: Delay) -> Row:
    return {
        "type": "latency",
        "name": delay.id,
        "subject": delay.subject,
        "reading": delay.reading,
        "minutes": _minutes(delay.minutes),
        "source": delay.source,
        "note": delay.note,
        "steps": [
            {"stage": step.stage, "what": step.what, "minutes": _minutes(step.minutes), "source": step.source}
            for step in delay.steps
        ],
    }


def _used(peak: Peak) -> float:
    return peak.utilisation or 0.0


def _minutes(value: float) -> float:
    return round(value) if value >= 10 or value == round(value) else round(value, 2)


def _rounded(value: float) -> float:
    """Return a figure as exact as anybody reads it: whole from 1000 on."""
    return round(value) if value >= 1000 else round(float(value), 4 if value < 1 else 2)

"""A day of agents, event by event, with dice: what the simulator's closed forms are held against.

It shares no code with the product, on purpose: each agent's each request is an event of its own; links and servers
take them one by one, first come, first served; a minute's count is what is counted in that minute.

Run it by hand for a whole estate: python tests/sizing/replay.py
"""

import heapq
import random
import sys
import time

DAY = 86400
MINUTE = 60


def repeated(agents, interval, kbit, path, requests=1):
    """Agents that ask again and again, each from a random moment on."""
    return {"how": "repeated", "agents": agents, "interval": interval, "kbit": kbit, "path": path, "requests": requests}


def started(agents, when, kbit, path, requests=1, splay=0):
    """Agents that all start at a moment, or each at a random moment of a span."""
    return {
        "how": "started", "agents": agents, "when": when, "kbit": kbit, "path": path, "requests": requests,
        "splay": splay,
    }  # fmt: skip


def tickled(agents, when, kbit, path, splay=0, runs=(30, 90)):
    """Agents that are tickled: each fetches its task, runs it for a random time, and then reports."""
    return {
        "how": "tickled", "agents": agents, "when": when, "kbit": kbit, "path": path, "splay": splay, "runs": runs,
    }  # fmt: skip


def events_of(load, dice):
    """Every request of every agent: (moment, kbit, path)."""
    for _ in range(load["agents"]):
        if load["how"] == "repeated":
            moment = dice.random() * load["interval"]
            while moment < DAY:
                for _ in range(load["requests"]):
                    yield moment, load["kbit"] / load["requests"], load["path"]
                moment += load["interval"]
        else:
            moment = load["when"] + dice.random() * load["splay"]
            if load["how"] == "started":
                for _ in range(load["requests"]):
                    yield moment, load["kbit"] / load["requests"], load["path"]
            else:
                yield moment, load["kbit"], load["path"]
                yield moment + dice.uniform(*load["runs"]), load["kbit"], load["path"]


class Station:
    """A link or a server: counts what arrives by the minute, and lets it through one by one."""

    def __init__(self, kbit_s=None, requests_s=None):
        self.kbit_s, self.requests_s = kbit_s, requests_s
        self.requests = [0] * (DAY // MINUTE)
        self.kbit = [0.0] * (DAY // MINUTE)
        self.free = 0.0
        self.inside = []  # moments at which what is inside leaves
        self.deepest, self.longest, self.drained = 0, 0.0, 0.0

    def take(self, moment, kbit):
        """One request arrives; answers when it leaves."""
        if moment < DAY:
            self.requests[int(moment // MINUTE)] += 1
            self.kbit[int(moment // MINUTE)] += kbit
        if self.kbit_s is None and self.requests_s is None:
            return moment
        service = kbit / self.kbit_s if self.kbit_s else 1 / self.requests_s
        self.free = max(self.free, moment) + service
        while self.inside and self.inside[0] <= moment:
            heapq.heappop(self.inside)
        heapq.heappush(self.inside, self.free)
        if len(self.inside) > self.deepest:
            self.deepest = len(self.inside)
        if self.free - moment > self.longest:
            self.longest, self.drained = self.free - moment, self.free
        return self.free

    def report(self):
        return {
            "requests": sum(self.requests), "kbit": sum(self.kbit),
            "requests_s": max(self.requests) / MINUTE, "kbit_s": max(self.kbit) / MINUTE,
            "peak_minute": max(range(len(self.requests)), key=self.requests.__getitem__),
            "deepest": self.deepest, "longest": self.longest, "drained": self.drained,
        }  # fmt: skip


def replay(stations, loads, seed):
    """Let a day pass; return a report for each station, by its name."""
    dice = random.Random(seed)
    places = {name: Station(**limits) for name, limits in stations.items()}
    coming = sorted(event for load in loads for event in events_of(load, dice))
    later = []  # what has left its first station and goes on to the next
    for number, (moment, kbit, path) in enumerate(coming):
        while later and later[0][0] <= moment:
            step(places, later, *heapq.heappop(later))
        step(places, later, moment, number, kbit, path)
    while later:
        step(places, later, *heapq.heappop(later))
    return {name: place.report() for name, place in places.items()}


def step(places, later, moment, number, kbit, path):
    leaves = places[path[0]].take(moment, kbit)
    if len(path) > 1:
        heapq.heappush(later, (leaves, number, kbit, path[1:]))


def main():
    for name, stations, loads in SCENES:
        begun = time.monotonic()
        for place, report in replay(stations, loads, seed=1).items():
            figures = " ".join(f"{key}={value:.5g}" for key, value in report.items())
            sys.stdout.write(f"{name:32} {place:8} {figures}\n")
        sys.stdout.write(f"{'':32} {time.monotonic() - begun:.1f} s\n")


MONDAY_18 = 18 * 3600
AGENTS = 35_000
BASE = [repeated(AGENTS, 4 * 3600, 3, ("ns",)), repeated(AGENTS, DAY, 22.5, ("ns",))]
SCENES = [
    ("config and basic inventory", {"ns": {}}, BASE),
    ("hourly config", {"ns": {}}, [repeated(AGENTS, 3600, 3, ("ns",)), repeated(AGENTS, DAY, 22.5, ("ns",))]),
    ("full inventory at once", {"ns": {}}, [*BASE, started(AGENTS, MONDAY_18, 240, ("ns",), 4)]),
    ("full inventory over 2 hours", {"ns": {}}, [*BASE, started(AGENTS, MONDAY_18, 240, ("ns",), 4, 7200)]),
    ("full inventory over a short link", {"link": {"kbit_s": 20_000}, "ns": {}},
     [repeated(AGENTS, 4 * 3600, 3, ("link", "ns")), started(AGENTS, MONDAY_18, 240, ("link", "ns"), 4)]),
    ("a server that is too slow", {"ns": {"requests_s": 100}},
     [*BASE, started(AGENTS, MONDAY_18, 240, ("ns",), 4, 600)]),
    ("a tickled task", {"ts": {}, "ns": {}},
     [repeated(AGENTS, DAY, 22.5, ("ns",)), repeated(AGENTS, 14400, 2, ("ts",)),
      tickled(AGENTS, 10 * 3600, 4, ("ts", "ns"))]),
    ("a tickled task over an hour", {"ts": {}, "ns": {}},
     [repeated(AGENTS, DAY, 22.5, ("ns",)), repeated(AGENTS, 14400, 2, ("ts",)),
      tickled(AGENTS, 10 * 3600, 4, ("ts", "ns"), 3600)]),
]  # fmt: skip

if __name__ == "__main__":
    main()

"""Tickles and polls an hour of the task service (TASK-25), from counts and intervals alone."""

from __future__ import annotations

from dataclasses import dataclass

from itmsctl.errors import InputError

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class TaskTraffic:
    """What the task service of one management server asks an hour, when nothing special happens.

    `polls` are those of all clients, `polls_each` those that one task server answers; `updates` are the task servers'
    own requests to the management server; `tickles` the most that the tickle server sends them.
    """

    task_servers: int
    clients: int
    polls: float
    polls_each: float
    updates: float
    tickles: float


def task_traffic(
    task_servers: int, clients: int, poll_s: float, update_s: float, between_tickles_s: float
) -> TaskTraffic:
    """Return the traffic of so many task servers and clients. Without a task server, the management server is one.

    Raises InputError for a count below 0 or an interval of 0.
    """
    if task_servers < 0 or clients < 0:
        raise InputError("a count below 0", hint="count task servers and clients from 0 on")
    if min(poll_s, update_s, between_tickles_s) <= 0:
        raise InputError("an interval of 0 s never ends", hint="give more than 0 seconds")
    polls = clients * HOUR_S / poll_s
    return TaskTraffic(
        task_servers,
        clients,
        polls,
        polls / max(1, task_servers),
        task_servers * HOUR_S / update_s,
        task_servers * HOUR_S / between_tickles_s,
    )

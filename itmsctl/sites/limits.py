"""The figures that lints of sites stand on, each with its source in the planning tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from itmsctl.sites.estate import BOOT, PACKAGE, TASK


@dataclass(frozen=True)
class Limit:
    """A figure and where it stands."""

    value: int
    source: str


SERVERS_MAX = {
    PACKAGE: Limit(600, "SITE-19"),
    TASK: Limit(600, "SITE-19"),
    BOOT: Limit(300, "SITE-19"),
}
COMPUTERS_PER_SERVER_MAX = {
    PACKAGE: Limit(7_500, "PKG-5"),
    TASK: Limit(15_000, "TASK-5"),
    BOOT: Limit(7_500, "NBS-10"),  # 15,000 by the footnote; C-09 takes the table's figure
}
PXE_SESSIONS_MAX = Limit(200, "NBS-10")  # counted per boot server and per task server alike (C-10)
DESKTOP_SESSIONS = (10, 20)  # SITE-16: what a desktop system lets in at once
SERVER_OS_FROM = Limit(100, "TASK-6")  # exactly 100 computers: server OS already
TASK_SERVER_STEP = Limit(15_000, "TASK-3")  # 10,000 under heavy task use


@dataclass(frozen=True)
class Limits:
    """The figures that an estate is judged by: those above, unless an administrator has others."""

    servers_max: Mapping[str, Limit] = field(default_factory=lambda: SERVERS_MAX)
    computers_per_server_max: Mapping[str, Limit] = field(default_factory=lambda: COMPUTERS_PER_SERVER_MAX)
    pxe_sessions_max: Limit = PXE_SESSIONS_MAX
    desktop_sessions: tuple[int, int] = DESKTOP_SESSIONS
    server_os_from: Limit = SERVER_OS_FROM
    task_server_step: Limit = TASK_SERVER_STEP


def task_servers_needed(computers: int, step: int = TASK_SERVER_STEP.value) -> int:
    """Return how many task servers an estate needs: max(1, ceil(n / step)) (TASK-3, A-02)."""
    return max(1, -(-computers // step))

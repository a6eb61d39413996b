"""Puts the agent on its computer and takes it away again: a folder, and a timer of systemd or a line of cron."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress

from itmsctl.agents.endpoint.home import PROGRAM, AgentHome
from itmsctl.inventory.endpoint.own_files import write_whole

_UNITS = "/etc/systemd/system"
_CRON = "/etc/cron.d/itms-agent"
_MARK = "# itms-agent"


def install(file: str, home: AgentHome, timer: str, every: int) -> Iterator[str]:
    """Copy the file into the folder of the agent, and have it called every so many minutes; yield what was done."""
    place = home.path(PROGRAM)
    with open(file, "rb") as stream:
        data = stream.read()
    if os.path.abspath(file) != os.path.abspath(place):
        write_whole(place, data, 0o700)
        yield f"program: {place}"
    command = f"sh {shlex.quote(place)} check-in --timed --quiet --state {shlex.quote(home.folder)}"
    way = _chosen(timer)
    home.keep(timer=way)
    if way == "systemd":
        yield from _put_units(command, every)
    elif way == "cron":
        yield _put_cron(command, every)
    else:
        yield f"no timer; call it yourself: {command}"


def uninstall(folder: str) -> Iterator[str]:
    """Take everything away that `install` and check-ins made; yield what went."""
    if os.path.exists(f"{_UNITS}/itms-agent.timer") and os.geteuid() == 0:
        _quietly("systemctl", "disable", "-q", "--now", "itms-agent.timer")
        for name in ("itms-agent.timer", "itms-agent.service"):
            with suppress(FileNotFoundError):
                os.unlink(f"{_UNITS}/{name}")
                yield f"gone: {_UNITS}/{name}"
        _quietly("systemctl", "daemon-reload")
    if os.geteuid() == 0:
        with suppress(FileNotFoundError):
            os.unlink(_CRON)
            yield f"gone: {_CRON}"
    lines = _crontab()
    kept = [line for line in lines if not line.endswith(_MARK)]
    if kept != lines:
        _set_crontab(kept)
        yield "gone: the line of crontab"
    if os.path.isfile(os.path.join(folder, "key")):
        shutil.rmtree(folder)
        yield f"gone: {folder}"


def _chosen(timer: str) -> str:
    if timer != "auto":
        return timer
    if os.geteuid() == 0 and os.path.isdir("/run/systemd/system") and shutil.which("systemctl"):
        return "systemd"
    return "cron" if os.path.isdir("/etc/cron.d") or shutil.which("crontab") else "none"


def _put_units(command: str, every: int) -> Iterator[str]:
    unit = "[Unit]\nDescription=Agent of itmsctl\n"
    service = f"{unit}[Service]\nType=oneshot\nNice=10\nExecStart=/bin/{command}\n"
    timer = f"{unit}[Timer]\nOnBootSec=2min\nOnUnitActiveSec={every}min\nAccuracySec=30s\n"
    timer += "[Install]\nWantedBy=timers.target\n"
    for name, text in (("service", service), ("timer", timer)):
        write_whole(f"{_UNITS}/itms-agent.{name}", text.encode(), 0o644)
    _quietly("systemctl", "daemon-reload")
    _quietly("systemctl", "enable", "-q", "--now", "itms-agent.timer")
    yield f"timer: {_UNITS}/itms-agent.timer"


def _put_cron(command: str, every: int) -> str:
    when = f"*/{every} * * * *" if every < 60 else "7 * * * *"
    if os.geteuid() == 0 and os.path.isdir("/etc/cron.d"):
        write_whole(_CRON, f"{when} root {command}\n".encode(), 0o644)
        return f"timer: {_CRON}"
    kept = [line for line in _crontab() if not line.endswith(_MARK)]
    _set_crontab([*kept, f"{when} {command} {_MARK}"])
    return "timer: crontab"


def _crontab() -> list[str]:
    with suppress(OSError):
        ran = subprocess.run(["crontab", "-l"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if ran.returncode == 0:
            return ran.stdout.decode("utf-8", "replace").splitlines()
    return []


def _set_crontab(lines: list[str]) -> None:
    if not lines:
        _quietly("crontab", "-r")
        return
    subprocess.run(["crontab", "-"], input="".join(f"{line}\n" for line in lines).encode(), check=True)


def _quietly(*argv: str) -> None:
    with suppress(OSError):
        subprocess.run(list(argv), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

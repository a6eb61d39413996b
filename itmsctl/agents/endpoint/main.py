"""`itms-agent`: check-in, status, install and uninstall, as cron, a timer, an administrator or a script calls it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.agents.endpoint.home import BUILD, AgentHome, BusyAgentError, usual_folder
from itmsctl.inventory.endpoint.own_files import PackageError, small_file, write_whole

_BUSY, _FAILED = 75, 1


def main(file: str, build: Mapping[str, Any], read_definitions: Any, words: Sequence[str]) -> int:
    """Do what the words say; return the exit status. `read_definitions` returns the classes of inventory."""
    given = _parser(build).parse_args(list(words))
    folder = os.path.abspath(given.state or usual_folder())
    build = _kept_build(folder, build)
    try:
        return int(_VERBS[given.verb](_Call(file, build, read_definitions, given, folder)))
    except BusyAgentError as error:
        sys.stderr.write(f"itms-agent: {error}\n")
        return _BUSY
    except PackageError as error:
        sys.stderr.write(f"itms-agent: {error}\n")
        return _FAILED
    except OSError as error:
        sys.stderr.write(f"itms-agent: {error.filename or folder}: {error.strerror}; the next check-in goes on\n")
        return _FAILED


class _Call:
    """How the agent was called, and what its file holds."""

    def __init__(self, file: str, build: Mapping[str, Any], read_definitions: Any, given: Any, folder: str) -> None:
        self.file, self.build, self.read_definitions = file, build, read_definitions
        self.given, self.folder = given, folder


def _parser(build: Mapping[str, Any]) -> argparse.ArgumentParser:
    known = argparse.ArgumentParser(
        prog="itms-agent",
        description=f"The agent of this computer, version {build['version']}.",
        epilog="Exit status: 0 done, 1 something was not done and is tried again, 2 wrong words, 75 one is under way.",
    )
    known.add_argument("verb", choices=sorted(_VERBS), metavar="VERB", help=", ".join(sorted(_VERBS)))
    known.add_argument("--state", metavar="FOLDER", help=f"where it keeps what it has [{usual_folder()}]")
    known.add_argument("--timed", action="store_true", help="check-in: only where it is due, as a timer asks")
    known.add_argument("--quiet", action="store_true", help="print nothing where all is well")
    known.add_argument("--ask", action="store_true", help="install: print the request to be taken on, for who pushes")
    known.add_argument("--every", type=int, default=5, metavar="MINUTES", help="install: how often the timer asks [5]")
    known.add_argument("--timer", choices=("auto", "systemd", "cron", "none"), default="auto", help="install [auto]")
    return known


def _check_in(call: _Call) -> int:
    now = int(time.time())
    home = AgentHome(call.folder)
    if call.given.timed:
        home.look()
        if now < home.state.get("next", 0) <= now + 86_400 * 8:
            return 0
    from itmsctl.agents.endpoint.check_in import CheckIn

    home.hold()
    check_in = CheckIn(home, call.build, call.read_definitions(), now)
    status = check_in.run()
    home.release()
    if not status and check_in.policy.head.get("update"):
        status = _renew(call, check_in, now)
    if not call.given.quiet:
        sys.stdout.write("; ".join(check_in.said or ["nothing to do"]) + "\n")
    return status


def _renew(call: _Call, check_in: Any, now: int) -> int:
    from itmsctl.agents.endpoint.reading import SourceError
    from itmsctl.agents.endpoint.renewing import renew

    try:
        said = renew(check_in.home, check_in.policy, call.build, call.file, check_in.source(), now)
    except SourceError as error:
        sys.stderr.write(f"itms-agent: {error}\n")
        return _FAILED
    check_in.said += [said] if said else []
    return 0


def _kept_build(folder: str, build: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the agent was built with: a version that it took by itself knows no places, and finds them kept."""
    if build.get("source"):
        return build
    try:
        kept = json.loads(small_file(os.path.join(folder, BUILD), 1 << 20).decode("utf-8"))
    except (OSError, ValueError):
        return build
    return {**build, **kept, "version": build["version"]} if isinstance(kept, dict) else build


def _status(call: _Call) -> int:
    """Print what is kept, as JSON."""
    home = AgentHome(call.folder)
    home.look()
    state = home.state
    told = {
        "agent": home.id, "version": call.build["version"], "folder": call.folder, "policy": state.get("policy"),
        "checked": _moment(state.get("checked")), "next": _moment(state.get("next")), "waiting": len(home.waiting()),
        "registered": _moment(state.get("asked")), "refused": state.get("refused"), "source": call.build["source"],
        "inbox": call.build["inbox"], "compliance": list(home.json("compliance.json").values()),
    }  # fmt: skip
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0


def _moment(seconds: Any) -> str | None:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if isinstance(seconds, int) else None


def _install(call: _Call) -> int:
    from itmsctl.agents.endpoint.installing import install

    home = AgentHome(call.folder)
    home.hold()
    write_whole(home.path(BUILD), json.dumps(dict(call.build), sort_keys=True).encode(), 0o600)
    for line in install(call.file, home, call.given.timer, call.given.every):
        if not call.given.quiet:
            sys.stdout.write(f"{line}\n")
    if call.given.ask:
        from itmsctl.agents.endpoint.asking import ask

        sys.stdout.write(f"itms-agent-event {ask(home, call.build, int(time.time()))}\n")
    return 0


def _uninstall(call: _Call) -> int:
    from itmsctl.agents.endpoint.installing import uninstall

    for line in uninstall(call.folder):
        if not call.given.quiet:
            sys.stdout.write(f"{line}\n")
    return 0


_VERBS = {"check-in": _check_in, "status": _status, "install": _install, "uninstall": _uninstall}

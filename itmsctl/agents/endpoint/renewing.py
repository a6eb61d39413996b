"""A newer version of the agent, taken by itself: only the one that signed policy names, and only if it proves itself.

The version that is there stays in its place while the new one does its first check-in under its supervision: where that
fails, or is killed, nothing has changed. Only then the new file takes the name of the old one.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from itmsctl.agents.endpoint.home import BUILD, PROGRAM, AgentHome
from itmsctl.agents.endpoint.policy import HeldPolicy
from itmsctl.agents.endpoint.reading import SourceError, read
from itmsctl.agents.form import REFUSED, digest
from itmsctl.inventory.endpoint.own_files import write_whole

_NEW = "itms-agent.new"
_MOST = 8 << 20
_FIRST_CHECK_IN_S = 900


def is_newer(one: str, other: str) -> bool:
    """Return whether a version is newer than another: by its numbers, from left to right."""
    return _numbers(one) > _numbers(other)


def renew(home: AgentHome, policy: HeldPolicy, build: Mapping[str, Any], file: str, source: str, now: int) -> str:
    """Take the version that policy names, where it is newer; return what should be said. Raises OSError, SourceError.

    Call it last, and with the agent released: the new version checks in meanwhile.
    """
    wanted = policy.head.get("update")
    if not isinstance(wanted, dict) or not is_newer(str(wanted.get("version")), str(build["version"])):
        return ""
    name, version = str(wanted.get("sha256")), str(wanted["version"])[:40]
    is_installed = os.path.realpath(file) == os.path.realpath(home.path(PROGRAM))
    if not is_installed or name == home.state.get("refused_program") or len(name) != 64 or not name.isalnum():
        return ""
    found = read(source, f"program/{name}", _MOST)
    if found.data is None:
        raise SourceError(f"{source}/program/{name[:12]} is not there yet")
    if digest(found.data) != name:
        return _refuse(home, name, f"version {version}: the file is not the one that was signed", now)
    if not os.path.exists(home.path(BUILD)):
        write_whole(home.path(BUILD), json.dumps(dict(build), sort_keys=True).encode(), 0o600)
    write_whole(home.path(_NEW), found.data, 0o700)
    why = _first_check_in(home)
    if why:
        with suppress(OSError):
            os.unlink(home.path(_NEW))
        return _refuse(home, name, f"version {version}: its first check-in failed: {why}", now)
    os.rename(home.path(_NEW), home.path(PROGRAM))
    _note(home, refused_program=None, refused_why=None)
    return f"version {version} is in use"


def _first_check_in(home: AgentHome) -> str:
    """Have the new version check in; return why it failed, empty where it did not."""
    argv = ["sh", home.path(_NEW), "check-in", "--quiet", "--state", home.folder]
    try:
        ran = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=_FIRST_CHECK_IN_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)[:200]
    lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    return "" if ran.returncode == 0 else (lines[-1] if lines else f"exit status {ran.returncode}")[:200]


def _refuse(home: AgentHome, name: str, why: str, now: int) -> str:
    """Report a version that is not taken, once; it is not tried again."""
    home.hold()  # reads what the new version has noted
    try:
        home.tell(REFUSED, now, why=why, policy=home.state.get("policy", 0))
    finally:
        home.release()
    _note(home, refused_program=name, refused_why=why, told=None)
    return why


def _note(home: AgentHome, **values: Any) -> None:
    home.hold()
    try:
        home.keep(**values)
    finally:
        home.release()


def _numbers(version: str) -> list[int]:
    return [int(part) if part.isdigit() else -1 for part in version.replace("-", ".").split(".")]

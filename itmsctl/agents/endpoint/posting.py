"""Puts events into an inbox: a folder or share, or a folder of an SFTP server."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterable

from itmsctl.inventory.endpoint.own_files import write_whole

_LIMIT_S = 120


class PostError(Exception):
    """An event could not be put there; the text says why."""


def post(inbox: str, folder: str, names: Iterable[str], ways: dict[str, str]) -> int:
    """Put files of a folder into an inbox, one after the other, and take each away here; return how many those were.

    Where one cannot be put none behind it is: they arrive in their order. Raises PostError.
    """
    done = 0
    try:
        for name in names:
            if inbox.startswith("sftp://"):
                _to_server(inbox, os.path.join(folder, name), name, ways)
            else:
                _to_folder(inbox[7:] if inbox.startswith("file://") else inbox, os.path.join(folder, name), name)
            os.unlink(os.path.join(folder, name))
            done += 1
    except OSError as error:
        raise PostError(f"{inbox}: {error.strerror or error}") from None
    return done


def _to_folder(inbox: str, path: str, name: str) -> None:
    if not os.path.isdir(inbox):
        raise PostError(f"there is no folder {inbox}: is it mounted?")
    with open(path, "rb") as stream:
        # Readable for its group: whoever collects is another user of the same inbox.
        write_whole(os.path.join(inbox, name), stream.read(), 0o640)


def _to_server(inbox: str, path: str, name: str, ways: dict[str, str]) -> None:
    """Put a file by the `sftp` of the computer: under a hidden name first, then renamed.

    A path begins in the home of the user there; after two slashes it is absolute.
    """
    who, _, place = inbox[len("sftp://") :].partition("/")
    user_host, _, port = who.partition(":")
    part = f".{name}.{secrets.token_hex(4)}.part"
    place = place.rstrip("/")
    within = f"{place}/" if place else ""
    batch = f'put "{path}" "{within}{part}"\nrename "{within}{part}" "{within}{name}"\n'
    argv = ["sftp", "-b", "-", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes"]  # -q would also silence why not
    argv += ["-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"]
    argv += ["-o", "ConnectTimeout=20", "-o", "GlobalKnownHostsFile=/dev/null"]
    argv += ["-o", f"UserKnownHostsFile={ways['known_hosts']}", "-i", ways["key"]]
    argv += ["-P", port] if port else []
    try:
        ran = subprocess.run(
            [*argv, user_host], input=batch.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=_LIMIT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise PostError(f"{inbox}: {error}") from None
    if ran.returncode:
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        said = [line for line in lines if not line.startswith("Connection closed")] or lines
        raise PostError(f"{inbox}: {said[-1] if said else 'sftp ended with ' + str(ran.returncode)}")

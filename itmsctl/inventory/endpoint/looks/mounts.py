"""`/proc/self/mountinfo`: file systems, with size and use where asking cannot hang."""

from __future__ import annotations

import os
import re
from typing import Any

from itmsctl.inventory.captured import filled, lines, said
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.looks.udev import noted
from itmsctl.inventory.endpoint.probe import Probe

REMOTE = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs",
        "fuse.s3fs", "fuse.ceph", "9p", "lustre", "gpfs", "davfs", "fuse.davfs2", "coda", "ocfs2", "beegfs", "autofs",
    }
)  # fmt: skip
"""File systems of other computers: asking one for its size waits for ever where the other does not answer."""

_KERNEL = frozenset(
    {
        "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "pstore", "bpf", "securityfs", "debugfs", "tracefs",
        "configfs", "fusectl", "mqueue", "hugetlbfs", "binfmt_misc", "rpc_pipefs", "nsfs", "selinuxfs", "efivarfs",
        "fuse.gvfsd-fuse", "fuse.portal", "fuse.lxcfs", "squashfs", "ramfs", "fuse.snapfuse", "nfsd",
    }
)  # fmt: skip
_PASSING = (
    "/run/user/",
    "/run/credentials/",
    "/var/lib/docker/",
    "/run/docker/",
    "/var/lib/containers/",
    "/run/containerd/",
    "/var/lib/kubelet/",
)
_ESCAPED = re.compile(r"\\([0-7]{3})")
_NOISE = re.compile(r"^(?:size|nr_inodes|lowerdir|upperdir|workdir|inode64|seclabel|fd|pgrp|pipe_ino|timeout)\b")


def mounted(probe: Probe) -> list[tuple[str, str, str, str, str]]:
    """Return what is mounted: its place, its device, its type, its options, and the numbers of its device."""
    found = []
    for line in lines(probe.text("/proc/self/mountinfo")):
        words = line.split(" ")
        if "-" not in words[6:]:
            continue
        dash = words.index("-", 6)
        if len(words) < dash + 4:
            continue
        place, kind, device = _plain(words[4]), words[dash + 1], _plain(words[dash + 2])
        found.append((place, device, kind, f"{words[5]},{words[dash + 3]}", words[2]))
    return found


def look(probe: Probe) -> dict[str, Rows]:
    """Return file systems that hold files; what is mounted over is not seen."""
    rows: dict[str, Rows] = {}
    for place, device, kind, options, numbers in mounted(probe):
        if kind in _KERNEL or place.startswith(_PASSING):
            continue
        told = noted(probe, numbers)
        row: dict[str, Any] = {
            "mount_point": place,
            "device": device,
            "type": kind,
            "label": said(told.get("ID_FS_LABEL")),
            "serial": told.get("ID_FS_UUID"),
            "options": sorted({one for one in options.split(",") if not _NOISE.match(one)}),
            "is_remote": True if kind in REMOTE else None,
            "is_encrypted": True if kind in {"ecryptfs", "fuse.encfs", "fuse.gocryptfs"} else None,
        }
        if kind not in REMOTE and not kind.startswith("fuse"):
            row.update(_use(probe, place))
        rows[place] = filled(row)
    return {"filesystems": [row for each in rows.values() for row in each]}


def _use(probe: Probe, place: str) -> dict[str, object]:
    """Return size and use, as `df` counts them: the share is of what users may fill, rounded up."""
    try:
        found = os.statvfs(probe.place(place))
    except OSError:
        return {}
    used = found.f_blocks - found.f_bfree
    whole = used + found.f_bavail
    return {
        "size_bytes": found.f_blocks * found.f_frsize,
        "used_bytes": used * found.f_frsize,
        "free_bytes": found.f_bavail * found.f_frsize,
        "used_pct": -(-used * 100 // whole) if whole > 0 else None,
        "inodes": found.f_files or None,
        "inodes_used": found.f_files - found.f_ffree if found.f_files else None,
    }


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda one: chr(int(one[1], 8)), text)

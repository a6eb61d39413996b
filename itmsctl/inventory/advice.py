"""What of an inventory policy costs more than it gives: the file scan, what changes all the time, haste (INV-43)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from itmsctl.inventory import wanted
from itmsctl.inventory.kinds import FULL, TIME_CRITICAL
from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.values.untrusted import shell_arg

_DAY_S = 86400
Found = tuple[str, SiteSeverity, str, str, str, str]  # id, severity, what, why, source, options that change it
_INFO, _WARNING = SiteSeverity.INFO, SiteSeverity.WARNING


def findings(name: str, fields: Mapping[str, Any]) -> Iterator[SiteFinding]:
    """Yield what should be thought over of one inventory policy, each with what to change."""
    for id_, severity, what, why, source, options in (*_scan(fields), *_rest(fields)):
        fix = f"itmsctl inventory-policy set {shell_arg(name)} "
        yield SiteFinding(id_, severity, name, f"inventory policy `{name}` {what}", why, source, fix + options)


def _scan(fields: Mapping[str, Any]) -> Iterator[Found]:
    if not wanted.scans_files(fields):
        return
    if not (fields["drives"] or fields["exclude_drives"] or fields["folders"]):
        what = "scans the files of every local drive"
        yield "files-every-drive", _INFO, what, "every file of a drive is looked at", "INV-36", "--exclude-drive MOUNT"
    if not (fields["folders"] or fields["exclude_folders"]):
        what = "leaves no folder out of its file scan"
        why = "caches and logs change all the time"
        yield "files-every-folder", _INFO, what, why, "INV-37", "--exclude-folder /var/cache"
    if not (fields["include_files"] or fields["sizes_only"]):
        why = "count and size alone send far less, where single files are not asked for"
        yield "files-one-by-one", _INFO, "sends each file that it finds", why, "INV-38", "--sizes-only"
    if fields["remote_volumes"]:
        why = "each computer that mounts a network file system reports the same files again"
        yield "files-remote", _WARNING, "scans network file systems", why, "INV-39", "--no-remote-volumes"
    rest = [name for name in wanted.collected(fields) if name not in {wanted.FILES, wanted.TOTALS}]
    if {"hardware", "software"}.intersection(rest):
        why = "files, software and hardware change at paces of their own: a policy for each can have its own schedule"
        what = "scans files as often as it collects the rest"
        yield "files-with-the-rest", _INFO, what, why, "INV-40", _collecting(rest)
    if fields["hash_files"] and not (fields["folders"] or fields["include_files"]):
        why = "every program is read whole on every computer, and kept with its digest"
        yield "files-hashed", _WARNING, "makes a digest of every file", why, "INV-42", "--no-hash-files"


def _collecting(kept: Sequence[str]) -> str:
    return " ".join(f"--collect {shell_arg(name)}" for name in kept)


def _rest(fields: Mapping[str, Any]) -> Iterator[Found]:
    every = fields["every_s"]
    if every and every < _DAY_S and fields["mode"] != TIME_CRITICAL:
        why = "an absent computer waits in the queue until it is there: haste only makes redundant data"
        yield "too-often", _WARNING, "comes again sooner than after a day", why, "INV-41", "--every 7d"
    changing = sorted(wanted.IN_FLUX.intersection(wanted.classes_of(fields)) & _named(fields))
    if changing and fields["mode"] != FULL:
        why = "they differ at every look, so every delta carries them and history grows"
        what = f"collects what is in permanent flux: {', '.join(changing)}"
        yield "in-flux", _WARNING, what, why, "INV-29, INV-42", f"--exclude {shell_arg(changing[0])}"


def _named(fields: Mapping[str, Any]) -> set[str]:
    return {name.removeprefix(wanted.CLASS) for name in fields["collect"] or ()}

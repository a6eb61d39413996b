"""What an inventory policy collects, and the arguments of the task that collects it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from itmsctl.errors import FieldError
from itmsctl.inventory import portions
from itmsctl.inventory.catalogue import names
from itmsctl.inventory.kinds import DELTA, FULL, PORTIONS, TIME_CRITICAL
from itmsctl.values.names import did_you_mean

CLASS = "class:"  # before the name of a class that a portion bears too
# The most important classes of hardware and software: the suite prints that of its time-critical policy, and no list.
IMPORTANT = (
    "identification", "class:hardware", "operating_system", "processors", "memory_modules", "disks",
    "network_interfaces", "class:software", "patches",
)  # fmt: skip
# Classes in permanent flux: every run would find them changed (INV-29).
IN_FLUX = frozenset({"listening_ports", "processes", "arp_neighbours", "sensors", "logons", "routes"})
# What each mode collects where a policy names nothing (INV-19, INV-20, INV-29).
USUAL = {FULL: ("hardware", "software", "files"), DELTA: ("hardware", "software"), TIME_CRITICAL: IMPORTANT}
AGAIN_AFTER = timedelta(minutes=30)  # a time-critical policy that is changed sooner waits for its schedule (INV-31)
SCAN_LISTS = ("drives", "exclude_drives", "folders", "exclude_folders", "include_files")
SCAN_FLAGS = ("hash_files", "sizes_only", "remote_volumes")
_LISTS = {
    "folders": ("drives", "folders"),
    "without": ("exclude_drives", "exclude_folders"),
    "patterns": ("include_files",),
}
_FLAGS = {"hash": "hash_files", "remote": "remote_volumes"}
FILES, TOTALS = "files", "file_totals"
GATHERED_AS = {"server-applications": "servers"}  # the name of a portion where the task kind has another
# A change of one of these is a change of what is collected: the policy runs again (INV-16).
CONTENT = ("mode", "collect", "exclude", "target", "server_pack", *SCAN_LISTS, *SCAN_FLAGS)


def collected(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the portions and classes that a policy collects: those that it names, else those of its mode."""
    return tuple(fields["collect"] or USUAL[fields["mode"]])


def classes_of(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the data classes that a policy collects, without those that it leaves out."""
    found: set[str] = set()
    for name in collected(fields):
        portion = GATHERED_AS.get(name, name)
        if portion == portions.CUSTOM:
            continue  # which they are is looked up when it runs
        found.update(portions.wanted((portion,), None) if name in PORTIONS else {name.removeprefix(CLASS)})
    left_out = set(fields["exclude"] or ())
    if fields["mode"] == TIME_CRITICAL:
        left_out |= IN_FLUX
    if fields["sizes_only"]:
        left_out.add(FILES)
    return tuple(sorted(found - left_out))


def scans_files(fields: Mapping[str, Any]) -> bool:
    """Return whether a policy has files scanned."""
    return bool({FILES, TOTALS}.intersection(classes_of(fields)))


def checked_names(fields: Mapping[str, Any], classes: Sequence[str]) -> dict[str, list[str]]:
    """Return what is collected and excluded, each by its one name. Raises FieldError for what is neither.

    A name that a portion and a class share is that of the portion, unless `class:` stands before it.
    """
    both = [f"{CLASS}{name}" for name in classes if name in PORTIONS]
    found = {}
    for field, known in (("collect", (*PORTIONS, *classes, *both)), ("exclude", tuple(classes))):
        if fields.get(field):
            found[field] = [_known(field, n, name, known) for n, name in enumerate(fields[field])]
    return found


def _known(field: str, position: int, name: str, known: Sequence[str]) -> str:
    plain = name.strip().lower()
    for spelled in (plain, plain.replace("-", "_"), plain.replace("_", "-")):
        if spelled in known:
            return spelled
    hint = did_you_mean(plain, known) or "itmsctl data-class list"
    raise FieldError(f"`{name}` is no kind of inventory and no data class", hint=hint).about(field, position)


def checked_scan(fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the lists of the file scan without blanks around members. Raises FieldError for what is no one line."""
    found: dict[str, list[str]] = {}
    for field in SCAN_LISTS:
        for position, member in enumerate(fields.get(field) or ()):
            if not member.strip() or len(member.splitlines()) > 1:
                raise FieldError(f"`{member!r}` is no path and no name", hint="one line of text").about(field, position)
            found.setdefault(field, []).append(member.strip())
    return found


def checked_nice(nice: int | None) -> None:
    """Raise FieldError for a priority that no process can be given by everybody."""
    if nice is not None and not 0 <= nice <= 19:
        raise FieldError(f"a priority of {nice}", hint="--nice from 0 (as others) to 19 (last)").about("nice")


def refuse_nothing(fields: Mapping[str, Any]) -> None:
    """Raise FieldError where a policy leaves out all that it collects."""
    if not classes_of(fields) and portions.CUSTOM not in collected(fields):
        raise FieldError("it collects nothing: all of it is excluded", hint="--exclude leaves out less").about(
            "exclude"
        )


def refuse_flux(fields: Mapping[str, Any]) -> None:
    """Raise FieldError where a time-critical policy names a class that is in permanent flux."""
    if fields["mode"] != TIME_CRITICAL:
        return
    for position, name in enumerate(fields["collect"] or ()):
        if name.removeprefix(CLASS) in IN_FLUX:
            raise FieldError(
                f"`{name}` is in permanent flux: a time-critical policy leaves it out (INV-29)",
                hint="--mode delta collects it",
            ).about("collect", position)


def arguments_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments of the task `inventory` that a policy stands for; what says nothing is left out."""
    classes = classes_of(fields)
    found = {"classes": _lines(sorted(portions.marked(classes, set(classes) - set(names()))))} if classes else {}
    if portions.CUSTOM in collected(fields):
        found["collect"] = _lines((portions.CUSTOM,))
    if fields["mode"] == FULL:
        found["whole"] = "yes"
    if fields["nice"] is not None:
        found["nice"] = str(fields["nice"])
    return found | (dict(_scan(fields)) if scans_files(fields) else {})


def _scan(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the arguments of the file scan: a drive is a folder that it is mounted on."""
    for argument, lists in _LISTS.items():
        members = [member for name in lists for member in fields[name] or ()]
        if members:
            yield argument, _lines(members)
    yield from ((argument, "yes") for argument, flag in _FLAGS.items() if fields[flag])


def _lines(members: Sequence[str]) -> str:
    return "".join(f"{member}\n" for member in members)


def workload_of(fields: Mapping[str, Any]) -> str:
    """Return what kind of load a policy is, in the words of `sizing`."""
    return f"{fields['mode']}-inventory"

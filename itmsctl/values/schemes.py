"""Version schemes: the order of versions as whoever numbered them defines it.

`versions.version_key` is one order for everything, told to people and stored as a column. A rule that decides what is
installed compares as the package manager does: that of Debian (deb-version(7)), rpm's (rpmvercmp), Semantic Versioning
2.0.0, the numbers of Windows (1.2.3.4), and `plain`, which is the one order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache
from itertools import zip_longest
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from itmsctl.values.versions import version_key

LONGEST = 256  # characters of a version that are compared
OPERATORS: Mapping[str, Callable[[int, int], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


class VersionParts(NamedTuple):
    """A version in the parts that package managers know; None where it does not say one."""

    epoch: int | None
    upstream: str
    revision: str | None


@dataclass(frozen=True)
class VersionScheme:
    """A scheme: its name, what it is, and how two versions of it compare."""

    name: str
    help: str
    compare: Callable[[str, str], int]
    """Return -1, 0 or 1 where the first is before, equal to or after the second."""
    parts: Callable[[str], VersionParts]

    def key(self, version: str) -> Any:
        """Return a key that sorts as the scheme does."""
        return cmp_to_key(self.compare)(version)

    def holds(self, found: str, operator: str, wanted: str) -> bool:
        """Return whether a version that was found stands in a relation to one that a person wrote.

        What the written one does not say is not compared: `2.10` has no epoch and no revision, and 2.10-3 equals it.
        """
        left, right = self.parts(found), self.parts(wanted)
        epoch = left.epoch if right.epoch is not None else None
        revision = left.revision if right.revision is not None else None
        shortened = _joined(left._replace(epoch=epoch, revision=revision))
        return OPERATORS[operator](self.compare(shortened, wanted.strip()), 0)


def _joined(parts: VersionParts) -> str:
    epoch = "" if parts.epoch is None else f"{parts.epoch}:"
    return f"{epoch}{parts.upstream}" + ("" if parts.revision is None else f"-{parts.revision}")


_EPOCH = re.compile(r"(\d{1,10}):")


def _split(version: str) -> VersionParts:
    text = version[:LONGEST].strip()
    epoch = _EPOCH.match(text)
    rest = text[epoch.end() :] if epoch else text
    upstream, dash, revision = rest.rpartition("-")
    return VersionParts(int(epoch[1]) if epoch else None, upstream if dash else rest, revision if dash else None)


def _whole(version: str) -> VersionParts:
    return VersionParts(None, version[:LONGEST].strip(), None)


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


# --- Debian -----------------------------------------------------------------------------------------------------------


def _deb(left: str, right: str) -> int:
    one, two = _split(left), _split(right)
    return (
        _sign(one.epoch or 0, two.epoch or 0)
        or _deb_part(one.upstream, two.upstream)
        or _deb_part(one.revision or "", two.revision or "")
    )


def _deb_part(left: str, right: str) -> int:
    """Compare runs of other characters and numbers in turn, as verrevcmp of dpkg does."""
    pairs = zip_longest(re.findall(r"(\D*)(\d*)", left), re.findall(r"(\D*)(\d*)", right), fillvalue=("", ""))
    for (word, number), (other_word, other_number) in pairs:
        order = _deb_word(word, other_word) or _sign(int(number or "0"), int(other_number or "0"))
        if order:
            return order
    return 0


def _deb_word(left: str, right: str) -> int:
    for one, two in zip_longest(left, right, fillvalue=""):
        order = _sign(_deb_place(one), _deb_place(two))
        if order:
            return order
    return 0


def _deb_place(char: str) -> int:
    if char == "~":
        return -1
    if not char:
        return 0
    return ord(char) if char.isascii() and char.isalpha() else ord(char) + 256


# --- rpm --------------------------------------------------------------------------------------------------------------

_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")


def _rpm(left: str, right: str) -> int:
    one, two = _split(left), _split(right)
    return (
        _sign(one.epoch or 0, two.epoch or 0)
        or _rpm_part(one.upstream, two.upstream)
        or _rpm_part(one.revision or "", two.revision or "")
    )


def _rpm_part(left: str, right: str) -> int:
    """Compare segments as rpmvercmp does: `~` before the end, `^` after it but before anything else."""
    for one, two in zip_longest(_SEGMENT.findall(left), _SEGMENT.findall(right), fillvalue=""):
        if one == two:
            continue
        order = _rpm_segment(one, two)
        if order:
            return order
    return 0


def _rpm_segment(one: str, two: str) -> int:
    for mark, is_less in (("~", True), ("^", False)):
        if mark in {one, two}:
            # `^` is after the end, and before any other segment.
            before = is_less if mark == "~" else bool(two if one == mark else one)
            return -1 if (one == mark) is before else 1
    if not one or not two:
        return 1 if one else -1
    if one[0].isdigit() and two[0].isdigit():
        return _sign(int(one), int(two))
    if one[0].isdigit() or two[0].isdigit():
        return 1 if one[0].isdigit() else -1
    return _sign(one, two)


# --- Semantic Versioning ----------------------------------------------------------------------------------------------


def _semver(left: str, right: str) -> int:
    (numbers, early), (other_numbers, other_early) = _semver_parts(left), _semver_parts(right)
    order = _numbers(numbers, other_numbers)
    if order or early == other_early:
        return order
    if not early or not other_early:
        return 1 if not early else -1
    for one, two in zip_longest(early, other_early):
        order = _semver_identifier(one, two)
        if order:
            return order
    return 0


def _semver_parts(version: str) -> tuple[list[str], list[str]]:
    core, _, early = _numbered(version).partition("+")[0].partition("-")
    return core.split("."), early.split(".") if early else []


def _semver_identifier(one: str | None, two: str | None) -> int:
    if one is None or two is None:
        return -1 if one is None else 1
    numbers = [text.isascii() and text.isdigit() for text in (one, two)]
    if all(numbers):
        return _sign(int(one), int(two))
    return _sign(numbers[1], numbers[0]) or _sign(one, two)


# --- Windows ----------------------------------------------------------------------------------------------------------


def _windows(left: str, right: str) -> int:
    return _numbers(re.split(r"[.,]\s*", _numbered(left)), re.split(r"[.,]\s*", _numbered(right)))


def _numbers(left: list[str], right: list[str]) -> int:
    """Compare parts in turn: what is not there is 0, a number with a word behind it is after the number."""
    for one, two in zip_longest(left, right, fillvalue="0"):
        order = _sign(_number(one), _number(two))
        if order:
            return order
    return 0


@lru_cache(maxsize=4096)
def _number(part: str) -> tuple[int, str]:
    found = re.match(r"[0-9]*", part.strip())
    digits = found[0] if found else ""
    return (int(digits or "0"), part.strip()[len(digits) :].lower())


def _plain(left: str, right: str) -> int:
    return _sign(version_key(_numbered(left)), version_key(_numbered(right)))


def _numbered(version: str) -> str:
    """Return a version without the v that some write before its number."""
    text = version[:LONGEST].strip()
    return text[1:] if text[:1] in {"v", "V"} and text[1:2].isdigit() else text


_ALL = (
    VersionScheme("deb", "Debian and Ubuntu: epoch:upstream-revision", _deb, _split),
    VersionScheme("rpm", "RHEL, Fedora, SUSE: epoch:version-release", _rpm, _split),
    VersionScheme("semver", "Semantic Versioning: 1.2.3-rc.1", _semver, _whole),
    VersionScheme("windows", "Windows: numbers apart by dots", _windows, _whole),
    VersionScheme("plain", "any other: the order in which filters compare versions", _plain, _whole),
)
SCHEMES: Mapping[str, VersionScheme] = {scheme.name: scheme for scheme in _ALL}
# Who wrote a version, by the `source` of a row of software; whoever is not here numbers in no way of its own.
_OF_SOURCE = {
    **dict.fromkeys(("dpkg", "opkg"), "deb"),
    **dict.fromkeys(("rpm", "pacman"), "rpm"),
    **dict.fromkeys(("npm", "cargo", "go"), "semver"),
    **dict.fromkeys(("msi", "registry", "store", "app", "winget", "file", "pkgutil"), "windows"),
}


def scheme_of(source: str | None) -> VersionScheme:
    """Return the scheme in which a source of software numbers: `dpkg`, `rpm`, `msi` ..."""
    return SCHEMES[_OF_SOURCE.get(source or "", "plain")]

"""What a probe printed, as evidence. It comes from a computer: lines that make no sense are passed over."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from itmsctl.packages.detection.found import (
    FileFacts,
    InstalledPackage,
    LeafFound,
    RegistryFacts,
    ScriptFacts,
    ServiceFacts,
)
from itmsctl.packages.detection.judging import (
    judge_file,
    judge_package,
    judge_registry,
    judge_script,
    judge_service,
    judge_versions,
    unknown,
)
from itmsctl.packages.detection.probe_form import DONE, FORM, MOST_LINES, MOST_VALUE
from itmsctl.packages.detection.probing import asked_leaves
from itmsctl.packages.detection.rule import (
    FileLeaf,
    Leaf,
    PackageLeaf,
    ProductLeaf,
    RegistryLeaf,
    Rule,
    ScriptLeaf,
    ServiceLeaf,
)
from itmsctl.values.untrusted import storable

MOST_BYTES = 4 << 20
_LINE = re.compile(r"(\d{1,6})\t([a-z0-9]{1,12})\t(.*)")
_DIGITS = re.compile(r"\d{1,18}")
_LATEST = 253402300799  # the last second of the year 9999
Fields = dict[str, list[str]]


class ProbeEvidence:
    """What a probe of rules found; of a leaf that it did not look at nothing is known."""

    def __init__(self, asked: Sequence[Leaf], told: dict[int, Fields]) -> None:
        self._told = {leaf: told[number] for number, leaf in enumerate(asked) if number in told}

    def look(self, leaf: Leaf) -> LeafFound:
        """Return what is known of a leaf."""
        fields = self._told.get(leaf)
        if fields is None:
            return unknown(leaf, "the computer did not say")
        if "unread" in fields and "manager" not in fields:
            return unknown(leaf, fields["unread"][0] or "it could not be read")
        return _judged(leaf, fields)


def evidence(rules: Iterable[Rule], printed: bytes) -> ProbeEvidence:
    """Return the evidence that a probe of these rules printed; of one that was cut only the leaves before the last."""
    asked = asked_leaves(rules)
    told: defaultdict[int, Fields] = defaultdict(dict)
    is_begun = False
    last = -1
    for line in printed[:MOST_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if not is_begun:
            is_begun = line.strip().endswith(FORM)  # what a login shell printed stands before it
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        last = int(found[1])
        if found[2] == DONE:
            return ProbeEvidence(asked, told)
        values = told[last].setdefault(found[2], [])
        if len(values) < MOST_LINES:
            values.append(storable(found[3], MOST_VALUE))
    told.pop(last, None)
    return ProbeEvidence(asked, told)


def _judged(leaf: Leaf, fields: Fields) -> LeafFound:
    found: LeafFound | None = None
    if isinstance(leaf, FileLeaf):
        found = _file(leaf, fields)
    elif isinstance(leaf, RegistryLeaf) and ("absent" in fields or "key" in fields):
        value = fields["value"][0] if "value" in fields else None
        found = judge_registry(leaf, RegistryFacts("key" in fields, value))
    elif isinstance(leaf, PackageLeaf):
        found = _package(leaf, fields)
    elif isinstance(leaf, ProductLeaf) and "manager" in fields:
        found = judge_versions(f"product {leaf.code}", leaf.operator, leaf.version, _packages("", fields))
    elif isinstance(leaf, ServiceLeaf) and fields.get("service", [""])[0] in {"absent", "running", "stopped"}:
        state = fields["service"][0]
        found = judge_service(leaf, ServiceFacts(state != "absent", state == "running"))
    elif isinstance(leaf, ScriptLeaf) and _DIGITS.fullmatch(fields.get("exit", [""])[0]):
        found = judge_script(leaf, ScriptFacts(int(fields["exit"][0]), fields.get("output", [""])[0]))
    return found or unknown(leaf, "the computer did not say")


def _package(leaf: PackageLeaf, fields: Fields) -> LeafFound | None:
    if "manager" in fields:
        found = judge_package(leaf, _packages(leaf.name, fields))
        # One manager said no, and the database of another could not be read.
        return unknown(leaf, fields["unread"][0]) if "unread" in fields and found.truth is False else found
    if leaf.manager:
        return LeafFound(False, f"{leaf.name} is not installed: there is no {leaf.manager}")
    return unknown(leaf, "no package manager was found")


def _packages(name: str, fields: Fields) -> list[InstalledPackage]:
    """Return packages; where names have blanks, each stands in a line before that of its version."""
    names, found = fields.get("named", []), []
    for place, line in enumerate(fields.get("package", [])):
        source, _, rest = line.partition(" ")
        called, _, version = rest.partition(" ")
        if called == "-":
            called = names[place] if place < len(names) else name
        found.append(InstalledPackage(called, version.strip() or None, source))
    return found


def _file(leaf: FileLeaf, fields: Fields) -> LeafFound | None:
    if "absent" in fields:
        return judge_file(leaf, FileFacts(is_there=False))
    if "file" not in fields and "folder" not in fields:
        return None
    digest = fields.get("sha256", [""])[0].lower()
    facts = FileFacts(
        True,
        is_folder="folder" in fields,
        size=_number(fields, "size"),
        sha256=digest if len(digest) == 64 else None,
        modified=_moment(_number(fields, "mtime")),
        version=fields["version"][0] if "version" in fields else None,
    )
    return judge_file(leaf, facts)


def _number(fields: Fields, name: str) -> int | None:
    text = fields.get(name, [""])[0].strip()
    return int(text) if _DIGITS.fullmatch(text) else None


def _moment(stamp: int | None) -> datetime | None:
    return datetime.fromtimestamp(stamp, UTC) if stamp is not None and stamp <= _LATEST else None

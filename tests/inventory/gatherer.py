"""Runs the program that computers are given, for real, and reads its answer."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itmsctl.inventory.canonical import Row
from itmsctl.inventory.catalogue import names
from itmsctl.inventory.delta import report
from itmsctl.inventory.endpoint.brief import at_length
from itmsctl.inventory.endpoint.program import answer, written_down
from itmsctl.inventory.service.bundle import python_edition
from itmsctl.inventory.service.classes import data_class

APART = frozenset({"processes", "pending_updates", "files", "file_totals"})
"""Classes that are gathered only where a request names them."""

USUAL = tuple(name for name in names() if name not in APART)


@dataclass
class Answer:
    """An answer, checked against its last line."""

    head: dict[str, Any]
    classes: dict[str, dict[str, Any]] = field(default_factory=dict)
    size: int = 0

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a class that came whole."""
        assert self.classes[name]["state"] == "whole", self.classes[name]
        found: list[Row] = self.classes[name]["rows"]
        return found

    @property
    def states(self) -> set[str]:
        """Return the states of all classes."""
        return {one["state"] for one in self.classes.values()}


def read(data: bytes, held: Mapping[str, Any] | None = None) -> Answer:
    """Return an answer; its parts are put together, and its seal must fit. A short one says what is held."""
    *lines, last, empty = data.split(b"\n")
    assert empty == b""
    before = data[: len(data) - len(last) - 1]
    assert json.loads(last) == {"lines": len(lines), "sha256": hashlib.sha256(before).hexdigest()}
    found = Answer(json.loads(lines[0]), size=len(data))
    for line in lines[1:]:
        one = json.loads(line)
        if "class" not in one:
            for short in at_length(
                one, {name: each["digest"] for name, each in (held or {}).items() if each}, found.classes
            ):
                found.classes[short["class"]] = {"rows": [], **short}
            continue
        assert line.startswith(b'{"class":"%s","state":"%s"' % (one["class"].encode(), one["state"].encode()))
        there = found.classes.setdefault(one["class"], {"rows": []})
        assert one.get("part", 0) == there.pop("parts", 0) or "part" not in one
        rows = there["rows"] + one.pop("rows", [])
        there.update({**one, "rows": rows, "parts": one.get("part", 0) + 1})
    return found


def request(classes: Sequence[str] | Mapping[str, Any] = USUAL, **options: Any) -> dict[str, Any]:
    """Return a request: of names for all that there is, of a map what is held of each."""
    held = dict(classes) if isinstance(classes, Mapping) else dict.fromkeys(classes)
    return {"protocol": 1, "token": "a token", "classes": held, "options": options}


def fed(one: dict[str, Any], *, python: str = sys.executable, cwd: Path | None = None, **more: Any) -> Answer:
    """Return what a Python answers that is fed the program, as a computer's is."""
    done = subprocess.run(
        [python, "-"], input=python_edition(one), capture_output=True, cwd=cwd, timeout=120, check=False, **more
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return read(done.stdout, one["classes"])


def asked(one: dict[str, Any], root: Path) -> Answer:
    """Return what the same modules answer of a tree of files."""
    out = io.BytesIO()
    answer(one, [written_down(data_class(name)) for name in one["classes"]], out, str(root))
    return read(out.getvalue(), one["classes"])


def packed(answered: Answer, name: str) -> dict[str, Any]:
    """Return what a request says of a class that the CMDB holds as it was answered."""
    told = report(data_class(name), answered.rows(name))
    assert told.digest == answered.classes[name]["digest"]
    return {"digest": told.digest, "rows": base64.b64encode(told.packed).decode()}


def held_of(answered: Answer) -> dict[str, Any]:
    """Return what a request says of all classes of an answer; of those that could not be read nothing."""
    return {name: packed(answered, name) if one["state"] == "whole" else None for name, one in answered.classes.items()}

"""Equal output of many computers as one: what they printed and how they ended, once, with their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any, TextIO

from itmsctl.tasks.logs import printed
from itmsctl.tasks.results import ComputerResult
from itmsctl.tasks.sameness import without_names
from itmsctl.tasks.streams import for_people
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import term

RULE = "-" * 15
STREAMS = ("stdout", "stderr")


@dataclass()
class ResultGroup:
    """Computers of which all is equal that `first` says but the name, times and the message's own words."""

    first: ComputerResult
    computers: list[str] = field(default_factory=list)

    def as_dict(self, run: str | None) -> dict[str, Any]:
        """Return the object of NDJSON output: `type` is `group`, `computers` are the names."""
        whole = self.first.as_dict(run)
        left_out = ("type", "computer", "id", "duration_s", "attempt", "run")
        told = {name: value for name, value in whole.items() if name not in left_out}
        return {"type": "group", "computers": self.computers, "count": len(self.computers), "run": run, **told}


class ResultGroups:
    """Results by what they say. `streams` are those that count."""

    def __init__(self, streams: Sequence[str] = STREAMS) -> None:
        self.streams = streams
        self._found: dict[bytes, ResultGroup] = {}

    def add(self, result: ComputerResult) -> None:
        """Take a result."""
        group = self._found.setdefault(self._key(result), ResultGroup(result))
        group.computers.append(result.computer)
        # Which of them came first is chance.
        if result.computer < group.first.computer:
            group.first = result

    def ordered(self) -> list[ResultGroup]:
        """Return the groups, the largest first, then by name; names in order."""
        for group in self._found.values():
            group.computers.sort()
        return sorted(self._found.values(), key=lambda group: (-len(group.computers), group.computers))

    def _key(self, result: ComputerResult) -> bytes:
        """Return a digest of all that counts, so that one text is kept for each group."""
        said = hashlib.sha256()
        # A message tells of one computer: without its name it may be that of others too.
        message = without_names(result.message or "", result)
        parts = [(step.step, step.state, step.exit_status, step.reason) for step in result.steps]
        said.update(repr((str(result.state), result.exit_status, result.reason or "", message, parts)).encode())
        for name, stream in printed(result, self.streams):
            said.update(repr((name, stream.total, stream.dropped, len(stream.head))).encode())
            said.update(stream.head)
            said.update(stream.tail)
        return said.digest()


def write_groups(out: TextIO, groups: Iterable[ResultGroup], streams: Sequence[str]) -> None:
    """Write groups for people: the names between two rules, then what they printed, sanitised."""
    for group in groups:
        names = ",".join(term(name, keep_newlines=False) for name in group.computers)
        out.write(f"{RULE}\n{names} ({len(group.computers)}){_ending(group.first)}\n{RULE}\n")
        for name, stream in printed(group.first, streams):
            if not stream.total:
                continue
            if name != "stdout":
                out.write(f"==> {name} <==\n")
            text = term(for_people(stream))
            out.write(text if text.endswith("\n") else text + "\n")
        if group.first.message:
            out.write(term(group.first.message, keep_newlines=False) + "\n")


def _ending(result: ComputerResult) -> str:
    if str(result.state) == "succeeded" and not result.exit_status:
        return ""
    status = f", exit status {result.exit_status}" if result.exit_status is not None else ""
    reason = f", {result.reason}" if result.reason else ""
    return f": {result.state}{status}{reason}"

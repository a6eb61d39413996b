"""What computers printed, as `run logs` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, TextIO

from itmsctl.tasks.results import ComputerResult
from itmsctl.tasks.streams import for_people
from itmsctl.transports.outcome import Captured
from itmsctl.values.untrusted import term


def printed(result: ComputerResult, names: Sequence[str]) -> Iterator[tuple[str, Captured]]:
    """Yield the streams of a result, each with the words that name it: of a job, those of every step in their order."""
    parts = [(f"{step.step} ", step.streams) for step in result.steps] or [("", result.streams)]
    for words, streams in parts:
        for name in names:
            yield words + name, streams.stdout if name == "stdout" else streams.stderr


def write_raw(out: BinaryIO, results: Iterable[ComputerResult], streams: Sequence[str]) -> None:
    """Write the exact bytes that were kept, head and tail, with nothing between."""
    for result in results:
        for _, stream in printed(result, streams):
            out.write(stream.joined())
    out.flush()


def write_objects(out: TextIO, run: str, results: Iterable[ComputerResult]) -> None:
    """Write one object a computer."""
    for result in results:
        out.write(json.dumps(result.as_dict(run), ensure_ascii=False) + "\n")


def write_line(out: TextIO, run: str, computer: str, stream: str, line: bytes, *, as_object: bool) -> None:
    """Write one line of a computer that still runs."""
    text = line.decode("utf-8", "replace")
    if as_object:
        told = {"type": "line", "run": run, "computer": computer, "stream": stream, "text": text}
        out.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    mark = "" if stream == "stdout" else f" {stream}"
    out.write(f"{term(computer, keep_newlines=False)}{mark}: {term(text, keep_newlines=False)}\n")


def write_text(out: TextIO, results: Iterable[ComputerResult], streams: Sequence[str]) -> None:
    """Write output for people, sanitised, each stream under a line that names it."""
    for result in results:
        for name, stream in printed(result, streams):
            if not stream.total:
                continue
            out.write(f"==> {term(result.computer, keep_newlines=False)} {name} <==\n")
            text = term(for_people(stream))
            out.write(text if text.endswith("\n") else text + "\n")

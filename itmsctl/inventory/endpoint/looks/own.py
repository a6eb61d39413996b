"""A class that an administrator added: what the command or the file says that the request names for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itmsctl.inventory.custom_output import MOST_BYTES, CustomOutputError, rows_of
from itmsctl.inventory.endpoint.feed import Feed, Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError


def own_feeds(told: object, system: str) -> Iterator[Feed]:
    """Yield what a request says feeds classes of its own on a system: by class a list of objects."""
    classes: Mapping[str, Iterable[Mapping[str, Any]]] = told if isinstance(told, dict) else {}
    for name, feeds in classes.items():
        for one in feeds:
            if system in one["systems"]:
                files, tools = (one["file"],) if one["file"] else (), ((one["command"],),) if one["command"] else ()
                yield Feed((name,), files, tools, parser=one["format"], look="own", limit_s=float(one["limit_s"]))


def look(probe: Probe, source: Feed) -> Rows:
    """Return the rows. Raises UnreadError: a command that fails, an output that is not of its form, too much of it."""
    texts = [probe.script(words[0], source.limit_s, MOST_BYTES) for words in source.tools]
    paths = [path for pattern in source.files for path in probe.files(pattern)]
    if source.files and not paths:
        raise AbsentError(f"no such file: {source.files[0]}")
    for path in paths:
        texts.append(probe.text(path, MOST_BYTES + 1))
        if len(texts[-1]) > MOST_BYTES:
            raise UnreadError(f"more than {MOST_BYTES} bytes: {path}")
    try:
        return [row for text in texts for row in rows_of(source.parser, text)]
    except CustomOutputError as error:
        raise UnreadError(str(error)) from None

"""Puts the shell edition together, and turns what it answers into rows: it sends what tools print, no rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from itmsctl.inventory import parser as parsers
from itmsctl.inventory.custom_output import rows_of
from itmsctl.inventory.definition import FORMATS
from itmsctl.inventory.endpoint.feed import FORMAT, Feed
from itmsctl.inventory.endpoint.gathering import merged, without_passwords
from itmsctl.inventory.endpoint.looks.servers import Server
from itmsctl.inventory.parser import Rows
from itmsctl.values.untrusted import shell_arg

_PLACE = "#CLASSES\n"
_FUNCTIONS = "#FUNCTIONS\n"
_LAST = "recency"  # it tells of all classes before it
OWN = "own:"  # before the form in which a command of an administrator told its rows


def shell_program(
    frame: str,
    functions: str,
    systems: Mapping[str, Sequence[Feed]],
    classes: Iterable[str],
    format_of: Mapping[str, str],
) -> str:
    """Return the constant part: for each class, what is read of it on each system."""
    lines = []
    for name in sorted(classes, key=lambda each: (each == _LAST, each)):
        lines += [f"  if wanted {name}; then begin {name}", "    case $S in"]
        for system, feeds in systems.items():
            of_it = [feed for feed in feeds if name in feed.classes]
            asked = [line for feed in of_it for line in _asked(feed, format_of)]
            lines += [f"    {system})", *(f"      {line}" for line in asked), "      ;;"] if asked else []
        lines += ["    esac", "    finish", "  fi"]
    return frame.replace(_FUNCTIONS, functions).replace(_PLACE, "\n".join(lines) + "\n")


def _asked(feed: Feed, format_of: Mapping[str, str]) -> Iterable[str]:
    first = '[ "$N" -gt 0 ] || ' if feed.is_substitute else ""
    if feed.function:
        yield f"{first}rows {feed.function}"
    elif feed.files:
        how = "pem" if feed.is_pem else "named" if feed.is_named else "file"
        yield first + " ".join([how, feed.parser, *feed.files])
    for words in feed.tools:
        plain = [format_of[feed.parser] if word == FORMAT else word for word in words]
        yield first + " ".join(["tool", feed.parser, *(shell_arg(word) for word in plain)])


def servers_text(servers: Iterable[Server]) -> str:
    """Return the lines that look for servers: those that `endpoint.looks.servers` names."""
    return "".join(f"  {' '.join(['server', *map(shell_arg, _words(one))])}\n" for one in servers)


def _words(one: Server) -> Iterable[str]:
    yield from (one.type, one.name, str(one.port or ""))
    yield from map(" ".join, (one.programs, one.process, one.asks, one.config, one.data, one.logs))


def start_of_request(request: Mapping[str, Any]) -> str:
    """Return the lines that a request makes: its token, and the classes that it names."""
    named = f"T={shell_arg(str(request['token']))}\nW={shell_arg(' '.join(request['classes']))}\n"
    lines = [line for name, feeds in request["options"].get("own", {}).items() for line in _own(name, feeds)]
    return named + "\n".join(["own_classes() {", "  :", *lines, "}\n"])


def _own(name: str, feeds: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Yield the lines that read a class that an administrator added."""
    yield f"  begin {name}"
    for feed in feeds:
        asked = f"file {OWN}{feed['format']} {feed['file']}"
        if feed["command"]:
            asked = f"script {OWN}{feed['format']} {max(1, round(feed['limit_s']))} {shell_arg(feed['command'])}"
        yield f"  case $S in {' | '.join(feed['systems'])}) {asked} ;; esac"
    yield "  finish"


def rows_of_text(line: Mapping[str, Any]) -> Rows:
    """Return the rows that stand in a line of the shell edition as text: what the parser that it names reads there.

    Raises CustomOutputError: what a command of an administrator told is not of its form.
    """
    name, text, of = line.get("parser"), line.get("text"), line.get("class")
    if isinstance(name, str) and isinstance(text, str) and name.removeprefix(OWN) in FORMATS and name.startswith(OWN):
        return rows_of(name.removeprefix(OWN), text)
    if not isinstance(name, str) or not isinstance(text, str) or name not in parsers.names():
        return []
    parse = parsers.parser(name).classes.get(str(of))
    return without_passwords(parse(text)) if parse else []


def settled(rows: Rows, key: tuple[str, ...]) -> Rows:
    """Return rows that several tools told of one class, each key once."""
    return merged(rows, key)

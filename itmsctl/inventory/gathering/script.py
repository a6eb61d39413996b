"""Puts the program together that a computer's Python is given: modules, compressed, and a request that differs."""

from __future__ import annotations

import ast
import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from itmsctl.inventory.endpoint.feed import FORMAT
from itmsctl.inventory.gathering.modules import reached
from itmsctl.inventory.gathering.older import SINCE, bare, older

_ENDPOINT = "itmsctl.inventory.endpoint"
_PARSERS = "itmsctl.inventory.parsers"
ANSWER = (f"{_ENDPOINT}.program", "answer")
"""What a request is handed to: a module, and a function of it."""

_END = "answer(json.loads({request}), json.loads({classes}), sys.stdout.buffer)\n"


def bundled(
    sources: Iterable[Any], read: Callable[[str], str | None], entry: tuple[str, str] = ANSWER
) -> dict[str, str]:
    """Return the text of all modules that these sources and `entry` need, as Python 3.6 reads them, by name."""
    roots = [entry]
    for source in sources:
        module, _, function = source.look.partition(".")
        if source.look:
            roots.append((f"{_ENDPOINT}.looks.{module}", function or "look"))
        else:
            roots.append((f"{_PARSERS}.{source.parser}", "PARSER"))
            if any(FORMAT in words for words in source.tools):
                roots.append((f"{_PARSERS}.{source.parser}", FORMAT))
    texts = {name: ast.unparse(older(tree)) for name, tree in reached(roots, read).items()}
    since = read(SINCE)
    assert since is not None
    texts[SINCE] = ast.unparse(bare(ast.parse(since)))
    for name in list(texts):
        parts = name.split(".")
        for end in range(1, len(parts)):
            texts.setdefault(".".join(parts[:end]), "")
    return texts


def start_of(frame: str, modules: Mapping[str, str], entry: tuple[str, str] = ANSWER) -> bytes:
    """Return the part of the program that is the same for every request: what imports its modules, and they."""
    packed = base64.b64encode(zlib.compress(json.dumps(modules).encode(), 9)).decode()
    return frame.replace("{modules}", packed).replace("{entry}", " import ".join(entry)).encode()


def end_of_package(settings: Mapping[str, Any], classes: str) -> bytes:
    """Return the last part of a stand-alone package: what it was built with."""
    text = json.dumps(settings, separators=(",", ":"))
    return f"sys.exit(run(json.loads({text!r}), json.loads({classes!r}), sys.argv[1:]))\n".encode()


def end_of(request: Mapping[str, Any], classes: str) -> bytes:
    """Return the part of the program that a request makes."""
    text = json.dumps(request, separators=(",", ":"))
    return _END.replace("{request}", repr(text), 1).replace("{classes}", repr(classes), 1).encode()

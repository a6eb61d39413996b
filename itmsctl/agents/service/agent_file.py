"""The file of the agent: a head for `sh`, and a zip of the modules of this installation that it needs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from itmsctl.inventory.catalogue import definitions
from itmsctl.inventory.endpoint.program import written_down
from itmsctl.inventory.endpoint.sources import EVERY
from itmsctl.inventory.gathering.script import bundled
from itmsctl.inventory.service.bundle import source_of
from itmsctl.packages.service.endpoint_texts import program_text
from itmsctl.transports.marker import wrapper_text

_ENTRY = ("itmsctl.agents.endpoint.main", "main")
_INSTEAD = {"itmsctl.expressions.regexes": "itmsctl.agents.endpoint.patterns"}  # no computer has the library of it
_EPOCH = (2020, 1, 1, 0, 0, 0)  # of all members: the same modules make the same bytes
_START = """import sys
if sys.version_info < (3, 6):
    sys.stderr.write("Python 3.6 or newer is needed\\n")
    sys.exit(97)
try:
    import fcntl, hashlib, ipaddress, json, subprocess, unicodedata, zlib
except ImportError as error:  # python3-minimal of Debian
    sys.stderr.write("the library of Python is not whole: " + str(error) + "\\n")
    sys.exit(97)
def member(name):
    return json.loads(__loader__.get_data(__loader__.archive + "/" + name).decode())
from itmsctl.agents.endpoint.main import main
sys.exit(main(__loader__.archive, member("build.json"), lambda: member("classes.json"), sys.argv[1:]))
"""


def _source_of(name: str) -> str | None:
    return source_of(_INSTEAD.get(name, name))


def agent_file(build: Mapping[str, Any]) -> bytes:
    """Return the file of an agent; `build` is what it knows from the beginning: keys, where it reads and tells."""
    out = io.BytesIO()
    out.write(files("itmsctl.agents").joinpath("head.sh").read_bytes())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, text in (
            *_members(),
            ("build.json", json.dumps({**_programs(), **build}, sort_keys=True)),
        ):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def _programs() -> dict[str, Any]:
    """Return the programs of the shell that run steps and bring packages: those that are sent to others."""
    bring = {name: program_text("cache", name) for name in ("fetch", "stock")}
    return {"wrapper": wrapper_text(), "deliver": bring}


@cache
def _members() -> tuple[tuple[str, str], ...]:
    modules = bundled(EVERY, _source_of, _ENTRY)
    packages = {name.rpartition(".")[0] for name in modules}
    found = {
        f"{name.replace('.', '/')}{'/__init__.py' if name in packages else '.py'}": text
        for name, text in modules.items()
    }
    classes = json.dumps([written_down(one) for one in definitions().values()], separators=(",", ":"))
    return (("__main__.py", _START), *sorted(found.items()), ("classes.json", classes))

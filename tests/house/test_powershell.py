"""Every PowerShell that is shipped is PowerShell by a real grammar, which nothing here can run."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
import tree_sitter
import tree_sitter_powershell

from itmsctl.packages.detection.probing import WINDOWS, probe
from itmsctl.packages.detection.reading import parse
from itmsctl.packages.service.endpoint_texts import windows_text
from itmsctl.transports.powershell import windows_loader
from itmsctl.transports.windows_marker import windows_ask
from tests.house import ROOT

# What stands in the place of a name that is filled in; between quotes anything may.
_NUMBERS = dict.fromkeys(("NICE", "WHOLE", "LIMIT", "DAYS", "FILES", "MOST"), "0")
_FILLED = _NUMBERS | {"SOURCES": "$a = 1", "OPTIONS": "$options['a'] = 'b'", "CORE": "class A {}", "CALL": "Run()"}


def _filled(text: str) -> str:
    return re.sub("@([A-Z]+)@", lambda found: _FILLED.get(found[1], "x"), text)


def _shipped() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "itmsctl").rglob("*.ps1")):
        yield str(path.relative_to(ROOT)), _filled(path.read_text(encoding="ascii"))
    yield "the loader", base64.b64decode(windows_loader("t0")[-1]).decode("utf-16-le")
    yield "the marker", windows_ask("ask", "t0", ["run1.00000000-0000-4000-8000-000000000001.1"]).body.decode()
    yield "the cache of packages", windows_text({"digest": "0"}, "Stock($ItmsData)").decode()
    yield "a package's program", windows_text({"digest": "0"}, "Run()").decode()
    yield "a probe of rules", probe([parse(r"file C:\x and registry HKLM\SOFTWARE\x and service z")], WINDOWS)


def _has_error(text: str) -> bool:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    return parser.parse(text.encode()).root_node.has_error


@pytest.mark.parametrize(("name", "text"), [pytest.param(*one, id=one[0]) for one in _shipped()])
def test_it_is_powershell_by_the_grammar(name: str, text: str) -> None:
    assert not _has_error(text)
    assert _has_error(text + "\nif (")  # it can tell

"""Documentation that a test reads does not rot: its commands exist, generated pages equal the code, links lead on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from itmsctl import __version__
from tests.house import PACKAGE, ROOT, documents

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def sh_blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def test_generated_pages_equal_the_code() -> None:
    checked = subprocess.run(
        [sys.executable, ".ci/reference.py", "--check"], cwd=ROOT, env=_environment(), capture_output=True, text=True
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_readme_begins_with_the_two_commands() -> None:
    first, second, *_ = sh_blocks(ROOT / "README.md")
    assert first.split() == ["sh", "examples/quickstart.sh"]
    assert second.split() == ["sh", ".ci/test"]
    assert all((ROOT / command.split()[1]).is_file() for command in (first, second))


def test_the_changelog_tells_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert re.search(rf"^## {re.escape(__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_what_is_distributed_has_its_licence_and_its_documentation() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert (settings["project"]["license"], settings["project"]["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert "Apache License" in (ROOT / "LICENSE").read_text().splitlines()[1]
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert wheel == {"templates": "itmsctl/templates", "docs": "itmsctl/docs"}
    assert [source for source in wheel if not (ROOT / source).is_dir()] == []


def test_every_variable_that_the_code_reads_is_documented() -> None:
    page = (ROOT / "docs/reference/environment.md").read_text()
    reads = re.compile(r"environ(?:ment)?(?:\.get\(|\[)\s*\"([A-Z][A-Z_]+)\"|_folder\(\"([A-Z_]+)\"")
    found = {a or b for path in PACKAGE.rglob("*.py") for a, b in reads.findall(path.read_text(encoding="utf-8"))}
    assert {"XDG_STATE_HOME", "NO_COLOR"} <= found
    assert {name for name in found if f"`{name}" not in page} == set()


@pytest.mark.parametrize("page", documents(), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


def _environment() -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": str(ROOT)}

"""The pages of `man`: one for the program and one for each group, in the words of help, drawn without a warning."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from itmsctl.values.kind import house
from tests.house import ROOT
from tests.house.test_registries import every_command
from tests.servers import missing

MANUAL = ROOT / "docs" / "man"


def drawn(page: Path) -> str:
    """Return a page as a terminal of 100 columns shows it; groff must have nothing to say."""
    if shutil.which("groff") is None:
        missing("groff", "no groff")
    command = ["groff", "-ww", "-man", "-Tutf8", "-P-cbou", "-rLL=100n", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_there_is_a_page_for_the_program_and_for_each_group() -> None:
    wanted = {"itmsctl.1", *(f"itmsctl-{name}.1" for name in house().groups())}
    assert {page.name for page in MANUAL.iterdir()} == wanted
    assert '"docs/man" = "share/man/man1"' in (ROOT / "pyproject.toml").read_text()


def test_the_first_page_leads_to_all_others() -> None:
    text = drawn(MANUAL / "itmsctl.1")
    assert [name for name in house().groups() if f"itmsctl-{name}(1)" not in text] == []
    assert all(head in text for head in ("EXIT STATUS", "ENVIRONMENT", "ITMSCTL_DB", "--output, -o FORMAT"))


@pytest.mark.parametrize("group", sorted(house().groups()))
def test_every_verb_and_option_stands_in_its_page(group: str) -> None:
    text = " ".join(drawn(MANUAL / f"itmsctl-{group}.1").split())
    for path, command in every_command():
        if path[0] == group:
            assert f"itmsctl {' '.join(path)} " in text
            own = [p for p in command.params if getattr(p, "rich_help_panel", "") != "Global options"]
            flags = [flag for p in own for flag in p.opts if flag.startswith("--") and flag != "--help"]
            assert [flag for flag in flags if flag not in text] == [], path


def test_a_line_that_begins_like_a_request_is_text() -> None:
    pages = [page.read_text(encoding="utf-8") for page in MANUAL.iterdir()]
    known = re.compile(r'\.(\\"|TH|SH|SS|PP|TP|B|BR|I|br|nf|fi)\b|\.\\"')
    odd = [
        line for text in pages for line in text.splitlines() if line.startswith((".", "'")) and not known.match(line)
    ]
    assert odd == []

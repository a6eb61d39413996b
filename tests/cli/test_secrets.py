"""The password of a database URL stands in nothing that is written down: audit, incident files, settings, messages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from itmsctl.cli.context import user_of
from itmsctl.values.untrusted import Masked, without_secrets
from tests.conftest import Run

URLS = [
    ("postgresql://app:S3cr3tURL@127.0.0.1:1/a2", "postgresql://app:***@127.0.0.1:1/a2"),
    ("postgresql://app:S3@cr3tURL@127.0.0.1:1/a2", "postgresql://app:***@127.0.0.1:1/a2"),
    ("--db=postgres://app:S3cr3tURL@h/a2?x=1", "--db=postgres://app:***@h/a2?x=1"),
    ("postgresql://h/a?sslpassword=S3cr3tURL&x=1", "postgresql://h/a?sslpassword=***&x=1"),
    ("host=h password=S3cr3tURL user=u", "host=h password=*** user=u"),
    ("postgresql://app@host:5432/a2", "postgresql://app@host:5432/a2"),
    ("/srv/my file@home.sqlite", "/srv/my file@home.sqlite"),
]


@pytest.mark.parametrize(("text", "written"), URLS)
def test_passwords_of_urls_are_masked(text: str, written: str) -> None:
    assert without_secrets(text) == written
    assert (str(Masked(text)), f"{Masked(text)}", Masked(text).reveal()) == (written, written, text)
    assert "S3cr3t" not in repr([Masked(text)])


URL = "postgresql://app:S3cr3tURL@127.0.0.1:1/a2"


def test_config_show_masks(bare_run: Run) -> None:
    for done in (
        bare_run("config", "show", "-o", "json", "--db", URL),
        bare_run("config", "show", env={"ITMSCTL_DB": URL}),
    ):
        assert (done.code, "S3cr3t" in done.out + done.err, "app:***@" in done.out) == (0, False, True)


def test_an_incident_file_masks(bare_run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("cannot connect to postgresql://app:S3cr3tURL@h/x")

    monkeypatch.setattr("itmsctl.cmdb.engine.place_of", broken)
    done = bare_run("site", "list", "--db", URL)
    assert done.code == 1
    (incident,) = (tmp_path / "state").rglob("incidents/*.txt")
    text = incident.read_text()
    assert ("app:***@127.0.0.1" in text, "S3cr3t" in text, "S3cr3t" in done.err) == (True, False, False)


def test_the_actor_is_the_real_user(ok: Run, db: str) -> None:
    names = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "u-other\x1b[2J\nx")
    ok("site", "add", "rome", env=names)
    (row,) = ok("audit", "list", "-o", "json").json
    me = user_of(os.getuid(), "")
    assert row["actor"].startswith(f"{me}@")
    assert "u-other" not in row["actor"]
    assert ("(database user " in row["actor"]) == db.startswith("postgres")
    host = os.uname().nodename
    for asked in (me, f"{me}@{host}"):
        assert len(ok("audit", "list", "--actor", asked, "-o", "json").json) == 1


def test_who_called_sudo_is_told_by_root_alone() -> None:
    assert user_of(0, "mara") == "mara as root"
    assert user_of(0, "root") == "root"
    assert user_of(65000, "mara") == "uid 65000"
    long = user_of(0, "A" * 3000 + "\n\x1b[2J")
    assert len(long) < 80
    assert user_of(0, "a\n\x1b[2J") == "a\\n^[[2J as root"

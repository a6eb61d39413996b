"""A credential whose scope is edited while a run goes on: who is claimed from then on is judged by the new one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.servers.ssh import Lab
from tests.tasks.halting import PATIENCE_S, until

Edit = Callable[[Run, Store], object]


@pytest.fixture
def opens(ok: Run, tmp_path: Path, environment: dict[str, str]) -> None:
    """A vault, whose passphrase file the environment names."""
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery staple\n")
    path.chmod(0o600)
    environment["ITMSCTL_PASSPHRASE_FILE"] = str(path)
    ok("vault", "init")


def _narrowed(ok: Run, _: Store) -> None:
    ok("credential", "set", "key", "--target", "some")


def _removed(ok: Run, _: Store) -> None:
    ok("credential", "remove", "key", "--yes")


def _edited_past_the_program(_: Run, store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE credential SET revision = revision + 1"))
        connection.execute(sa.text("DELETE FROM credential_scope"))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [(_narrowed, "CRED-SCOPE"), (_removed, "NOT-FOUND"), (_edited_past_the_program, "AUDIT-DIFFERS")],
)
def test_who_comes_after_it_is_judged_by_it(
    db: str, environment: dict[str, str], ok: Run, lab: Lab, opens: None, store: Store, tmp_path: Path,
    edit: Edit, reason: str,
) -> None:  # fmt: skip
    ok("host-key", "scan", "--all", "--accept")
    for number in (1, 2, 3):
        tags = ("--tag", "zone=all", *(("--tag", "half=yes") if number < 3 else ()))
        ok("computer", "set", f"lab-{number:03}", *tags)
    for name, where in (("every", "tags.zone = 'all'"), ("some", "tags.half = 'yes'")):
        ok("filter", "add", name, "--where", where)
        ok("target", "add", name, "--filter", name)
    ok("membership", "update", "--complete")
    key = ("--kind", "ssh-key", "--secret-file", str(lab.key_file), "--target", "every")
    ok("credential", "add", "key", *key)
    body = f"touch {tmp_path}/began; while ! test -e {tmp_path}/go; do sleep 0.1; done"
    driver = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", db, "task", "run", "--command", body, "--all", "--credential", "key",
         "--concurrency", "1"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(lambda: (tmp_path / "began").exists())
        edit(ok, store)
        (tmp_path / "go").touch()
        _, said = driver.communicate(timeout=PATIENCE_S)
    finally:
        (tmp_path / "go").touch()
        driver.kill()
        driver.communicate()
    shown = {r["computer"]: (r["state"], r["reason"]) for r in ok("run", "show", "R-1", "-o", "json").json["results"]}
    done = ("succeeded", "")  # the second was claimed, and judged, before the edit
    assert shown == {"lab-001": done, "lab-002": done, "lab-003": ("unreachable", reason)}, said

"""Server tasks on both databases: command, membership, maintenance, purge and mail."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.tasks.service import serving
from itmsctl.tasks.service.serving import serve
from itmsctl.tasks.step import Step
from itmsctl.transports.base import RemoteState
from tests.conftest import FrozenClock, Run
from tests.servers.smtp import SmtpServer, make_certificate
from tests.tasks.conftest import open_marker_folders
from tests.tasks.lab import step
from tests.transports.contract import marker


@pytest.fixture
def tidy() -> Iterator[None]:
    """Take away what these tests leave among the markers of this machine."""
    yield
    for folder in open_marker_folders():
        for path in folder.glob("*"):
            if ".00000000-0000-4000-8000-000000000001." in path.name or ".server." in path.name:
                shutil.rmtree(path, ignore_errors=True)


# --- command ----------------------------------------------------------------------------------------------------------


def test_a_command_runs_here_once_under_its_marker(store: Store, tidy: None, tmp_path: Path) -> None:
    effects, name = tmp_path / "effects", marker()
    one = step(
        "server-command", command=f'echo "$ITMS_WHO" >>{effects}; echo {{{{.Names}}}}; exit 4',
        options={"environment": {"ITMS_WHO": "$(id)"}, "success_codes": "4"},
    )  # fmt: skip
    first, second = serve(store, one, name), serve(store, one, name)
    assert (first.state, first.exit_status, first.stdout.joined()) == (RemoteState.SUCCEEDED, 4, b"{{.Names}}\n")
    assert (second.state, second.exit_status, serving.ask(one, name).exit_status) == (RemoteState.SUCCEEDED, 4, 4)
    assert effects.read_text() == "$(id)\n"


def test_task_run_does_a_server_task_here(ok: Run, run: Run, tidy: None) -> None:
    ok(
        "task",
        "add",
        "hello",
        "--kind",
        "server-command",
        "--arg",
        "command=echo $ITMS_WHO; exit 3",
        "--parameter",
        "who",
    )
    result = run("task", "run", "hello", "--param", "who=you")
    assert (result.code, result.lines[0]["computer"], result.lines[0]["stdout"]) == (8, "server", "you\n")
    assert result.lines[-1]["failed"] == 1
    ok("task", "set", "hello", "--success-codes", "0,3")
    assert ok("task", "run", "hello", "--param", "who=you").lines[-1]["ok"] == 1
    assert "dry run" in ok("task", "run", "hello", "--param", "who=you", "--dry-run").err
    assert run("task", "run", "hello", "--param", "who=you", "--all").code == 2


# --- membership and maintenance ---------------------------------------------------------------------------------------


def test_membership_is_brought_up_to_date(ok: Run, store: Store) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("computer", "add", "web1", "--os-family", "linux")
    first = serve(store, step("membership-update", mode="delta"), "m")
    again = serve(store, step("membership-update"), "m")
    whole = serve(store, step("membership-update", mode="complete"), "m")
    assert (first.state, first.reason, b"1 membership added" in first.stdout.joined()) == (
        RemoteState.SUCCEEDED,
        "",
        True,
    )
    assert [o.reason for o in (again, whole)] == ["UNCHANGED", "UNCHANGED"]
    assert ok("filter", "members", "linux", "-o", "name").out == "web1\n"


def test_the_database_is_maintained(ok: Run, store: Store) -> None:
    ok("computer", "add", "web1")
    outcome = serve(store, step("database-maintenance", options={"idempotent": True}), "m")
    assert outcome.state is RemoteState.SUCCEEDED
    said = ok("db", "maintain", "-o", "json").json
    assert {line.split(b":")[0].decode() for line in outcome.stdout.joined().splitlines()} == {s["name"] for s in said}
    assert (
        serving.ask(step("database-maintenance", options={"idempotent": True}), "m").state is RemoteState.NEVER_STARTED
    )


# --- purge ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def past(task_run: Run, ok: Run, local: Callable[..., None], clock: FrozenClock) -> None:
    """Three runs: 40 days, 10 days and an hour ago."""
    local("web1", "web2")
    for days in (30, 10, 0):
        result = task_run("--command", f"echo {days} $ITMS_X; echo bad >&2", "--all", "--param", f"x={days}")
        assert result.code == 0, result.err
        clock.forward(days=days, hours=1)


def counted(store: Store) -> dict[str, int]:
    import sqlalchemy as sa

    with store.read() as reader:
        tables = ("run", "run_computer", "run_output", "blob")
        return {
            t: reader.connection.execute(sa.select(sa.func.count()).select_from(sa.table(t))).scalar_one()
            for t in tables
        }


def test_old_runs_go_and_the_audit_trail_stays(past: None, ok: Run, run: Run, store: Store) -> None:
    before = counted(store)
    assert before == {"run": 3, "run_computer": 6, "run_output": 12, "blob": 4}
    would = serve(store, step("purge", dry_run="yes"), "m")
    assert counted(store) == before
    assert (would.reason, would.message) == ("UNCHANGED", "would remove 1 runs, 8 rows; 1 blobs, 6 bytes")
    done = serve(store, step("purge"), "m")
    assert (done.state, done.reason) == (RemoteState.SUCCEEDED, "")
    assert done.message == "removed 1 runs, 8 rows, 2 markers; 1 blobs, 6 bytes"
    assert counted(store) == {"run": 2, "run_computer": 4, "run_output": 8, "blob": 3}
    assert run("run", "show", "R-1").code == 5
    assert ok("run", "logs", "R-2").out != ""
    ok("audit", "verify")
    assert serve(store, step("purge"), "m").reason == "UNCHANGED"


def test_output_may_go_before_its_run(past: None, ok: Run, store: Store) -> None:
    done = serve(store, step("purge", keep="60d", keep_output="5d"), "m")
    assert done.message == "removed 8 outputs; 2 blobs, 12 bytes"
    assert counted(store)["run"] == 3
    assert len(ok("run", "show", "R-1", "-o", "json").out) > 0
    ok("audit", "verify")


# --- mail -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.stop()


def mail(server: SmtpServer, **given: object) -> Step:
    wanted = {
        "host": "127.0.0.1", "port": server.port, "from_": "itms@example.org", "to": "ops@example.org,b@example.org",
        "subject": "Läuft", "body_": "first\n.second\n",
    }  # fmt: skip
    return step("mail", **(wanted | given))


def test_a_mail_arrives(store: Store, smtp: SmtpServer) -> None:
    outcome = serve(store, mail(smtp), "run.server.1")
    assert (outcome.state, outcome.message) == (RemoteState.SUCCEEDED, "sent to ops@example.org, b@example.org")
    (got,) = smtp.received
    assert (got.sender, got.receivers) == ("itms@example.org", ["ops@example.org", "b@example.org"])
    assert "Message-ID: <run.server.1@itmsctl>\r\n" in got.data
    assert "Subject: =?utf-8?" in got.data
    assert "\r\nfirst\r\n..second\r\n" in got.data
    assert "Date: Mon, 05 Jan 2026 09:00:00 +0000\r\n" in got.data


def test_a_password_goes_over_tls_only(store: Store, tmp_path: Path) -> None:
    whole, ca = make_certificate(tmp_path)
    secret = tmp_path / "password"
    secret.write_text("S3cr3t-canary\n")
    secret.chmod(0o600)
    server = SmtpServer(certificate=whole)
    login = {"starttls": "true", "user": "itms", "password_file": secret}
    assert serve(store, mail(server, **login, ca_file=ca), "m").state is RemoteState.SUCCEEDED
    assert (server.received[0].user, server.received[0].over_tls) == ("itms", True)
    unknown = serve(store, mail(server, **login), "m")
    assert (unknown.state, unknown.reason, "certificate" in unknown.message) == (
        RemoteState.FAILED,
        "MAIL-FAILED",
        True,
    )
    secret.write_text("wrong\n")
    refused = serve(store, mail(server, **login, ca_file=ca), "m")
    assert (refused.reason, "535" in refused.message, "wrong\n" in refused.message) == ("MAIL-FAILED", True, False)
    secret.chmod(0o644)
    assert serve(store, mail(server, **login, ca_file=ca), "m").reason == "KEY-FILE-UNSAFE"
    assert len(server.received) == 1
    server.stop()


def test_what_the_server_says_is_told_and_what_it_left_open_is_unknown(store: Store, smtp: SmtpServer) -> None:
    smtp.refuse = frozenset({"b@example.org"})
    partly = serve(store, mail(smtp), "m")
    assert (partly.state, "b@example.org: 550" in partly.message, "\x1b" in partly.message) == (
        RemoteState.FAILED,
        True,
        False,
    )
    nobody = serve(store, mail(smtp, to="b@example.org"), "m")
    assert (nobody.state, nobody.reason, nobody.leads_to) == (RemoteState.FAILED, "MAIL-FAILED", 8)
    smtp.hang_up = True
    open_ = serve(store, mail(smtp, to="ops@example.org"), "m")
    assert (open_.state, open_.reason, open_.leads_to) == (RemoteState.UNKNOWN, "MAIL-UNKNOWN", 10)
    assert serving.ask(mail(smtp), "m").state is RemoteState.UNKNOWN
    smtp.stop()
    assert serve(store, mail(smtp), "m").reason == "MAIL-FAILED"


@pytest.mark.parametrize(
    "field", [{"subject": "x\nBcc: evil@example.org"}, {"from_": "a@b\r\nBcc: e@x"}, {"to": "a@b\rBcc: e@x"}]
)
def test_no_value_becomes_a_header(store: Store, smtp: SmtpServer, field: dict[str, str]) -> None:
    assert serve(store, mail(smtp, **field), "m").state is RemoteState.FAILED
    assert smtp.received == []

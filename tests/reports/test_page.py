"""The page of a report, and the kind of task that writes one or sends it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.reports.page import measured_column, table_of
from itmsctl.values.kind import Type
from tests.conftest import Run
from tests.servers.smtp import SmtpServer

SYSTEMS = "SELECT os_family, count(*) AS computers FROM v_computer GROUP BY os_family ORDER BY computers DESC"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.stop()


@pytest.fixture
def systems(ok: Run) -> Run:
    """Save a report over a few computers."""
    for name, system in {"ada": "linux", "bob": "linux", "cyd": "windows", "eve": "mac"}.items():
        ok("computer", "add", name, "--os-family", system)
    ok("report", "add", "systems", "--sql", SYSTEMS, "--description", "Which systems there are.")
    return ok


def test_a_page_shows_rows_bars_and_what_was_told_as_text(systems: Run, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert systems("report", "run", "systems", "--out", str(out), "--title", "Systems <b>").err == f"{out}: written\n"
    page = out.read_text()
    assert "<h1>Systems &lt;b&gt;</h1>" in page
    assert "Which systems there are." in page
    assert page.count('<td class="bar"><div style="width:100.0%">') == 1, "the largest"
    assert "src=" not in page
    assert systems("report", "run", "systems", "--out", str(out), "--pivot", "os_family", "--measure", "sum:computers")
    page = out.read_text()
    assert page.count('<tr class="total">') == 1
    (tmp_path / "other.html").write_text("mine")
    assert run("report", "run", "systems", "--out", str(tmp_path / "other.html")).code == 6


def test_what_is_drawn() -> None:
    columns = {"name": Type.TEXT, "n": Type.INT, "off": Type.REAL}
    rows = [{"name": "a", "n": 1, "off": -1.0}, {"name": "b", "n": 4, "off": 2.0}]
    assert measured_column(columns, rows) == "n", "nothing below nought is a bar"
    heads, lines, drawn = table_of(columns, rows)
    assert ([head.right for head in heads], [line.bar for line in lines], drawn) == (
        [False, True, True],
        [25, 100],
        "n",
    )
    assert table_of(columns, rows[:1])[2] == "", "one row is nothing to compare"
    assert measured_column({"name": Type.TEXT}, [{"name": "1"}]) == ""


def server_task(ok: Run, *arguments: str) -> str:
    """Make a task of the kind `report`, run it once, and return what the run says of it."""
    words = [word for argument in arguments for word in ("--arg", argument)]
    ok("task", "add", "weekly", "--kind", "report", "--arg", "report=systems", *words)
    return ok("task", "run", "weekly", "-o", "ndjson").out


@pytest.mark.parametrize("form", ["html", "csv", "tsv", "json", "ndjson", "yaml"])
def test_a_task_writes_a_file(systems: Run, tmp_path: Path, form: str) -> None:
    said = server_task(systems, f"form={form}", f"out={tmp_path}/systems-{{date}}.{form}")
    (path,) = tmp_path.glob(f"systems-2026-01-05.{form}")
    assert "3 rows" in said
    assert "linux" in path.read_text()
    systems("task", "run", "weekly")  # the same file again


def test_a_task_sends_a_mail_with_the_page(systems: Run, smtp: SmtpServer) -> None:
    to = ("host=127.0.0.1", f"port={smtp.port}", "from=itms@example.org", "to=ops@example.org")
    server_task(systems, *to)
    (got,) = smtp.received
    message = email.message_from_string(got.data, policy=email.policy.default)
    assert message["Subject"] == "systems"
    (page,) = message.iter_attachments()  # type: ignore[attr-defined]  # of the policy
    assert (page.get_filename(), page.get_content_type()) == ("systems-2026-01-05.html", "text/html")
    assert "linux" in page.get_content()


def test_nothing_is_sent_where_nothing_was_found_and_a_mail_would_be_noise(systems: Run, smtp: SmtpServer) -> None:
    systems("report", "set", "systems", "--sql", "SELECT name FROM v_site WHERE name = 'none'")
    to = ("host=127.0.0.1", f"port={smtp.port}", "from=itms@example.org", "to=ops@example.org", "empty=false")
    server_task(systems, *to)
    assert smtp.received == []


@pytest.mark.parametrize(
    "arguments",
    [(), ("to=ops",), ("to=ops@example.org",), ("out=/tmp/x", "pivot=a,b,c"), ("out=/tmp/x", "params=x"),
     ("out=/tmp/x", "cmdb=a,a"), ("out=/tmp/x", "form=pdf")],
)  # fmt: skip
def test_what_cannot_be_a_task(systems: Run, run: Run, arguments: tuple[str, ...]) -> None:
    words = [word for argument in arguments for word in ("--arg", argument)]
    assert run("task", "add", "weekly", "--kind", "report", "--arg", "report=systems", *words).code == 3

"""A parent and a child over their databases: rules run, what is locked stays, and an emergency waits for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from itmsctl.errors import BusyError
from itmsctl.replication import batch
from itmsctl.replication.service import ledger
from itmsctl.replication.service.channels import DirectChannel
from itmsctl.replication.service.outbox import OutgoingBatch
from tests.conftest import Run


@pytest.fixture
def child(ok: Run, tmp_path: Path) -> str:
    place = str(tmp_path / "rome.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", place)
    return place


def test_configuration_goes_down_and_resources_up(ok: Run, bare_run: Run, child: str) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    first = ok("replication", "run", "--json").json
    assert [(one["rule"], one["server"], one["state"]) for one in first] == [("configuration-down", "rome", "sent")]
    assert bare_run("--db", child, "filter", "show", "linux", "--json").json["where"] == "os_family = 'linux'"
    again = ok("replication", "run", "--json").json
    assert again[0]["records"] == 0
    assert again[0]["bytes"] < 4096
    assert bare_run("--db", child, "filter", "set", "linux", "--description", "mine").code == 9
    assert bare_run("--db", child, "computer", "add", "pc1").code == 0
    assert bare_run("--db", child, "replication", "run").code == 0
    assert ok("computer", "show", "pc1", "--json").json["name"] == "pc1"


def test_an_object_goes_at_once_with_what_it_needs(ok: Run, run: Run, bare_run: Run, child: str) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("target", "add", "web", "--filter", "linux")
    ok("task", "add", "ours", "--kind", "purge")
    assert "2 records to rome" in ok("replication", "now", "target/web", "--to", "rome").err
    assert bare_run("--db", child, "target", "show", "web", "--json").json["filters"] == ["linux"]
    refused = run("replication", "now", "task/ours", "--to", "rome")
    assert (refused.code, "REPL-9" in refused.err) == (2, True)
    back = bare_run("--db", child, "replication", "now", "filter/linux", "--to", "head")
    assert (back.code, "REPL-6" in back.err) == (2, True)


def test_a_run_of_more_batches_than_are_remembered_goes_on_where_it_was_cut(
    ok: Run, run: Run, bare_run: Run, child: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("replication", "run")
    monkeypatch.setattr(batch, "PART_RECORDS", 1)
    monkeypatch.setattr(ledger, "_KEEP", 1)
    for number in range(5):
        ok("filter", "add", f"f{number}", "--where", f"port = {number + 1}")
    deliver, left = DirectChannel.deliver, [2]

    def cut(channel: DirectChannel, one: OutgoingBatch) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise BusyError("the line is cut")
        return deliver(channel, one)

    monkeypatch.setattr(DirectChannel, "deliver", cut)
    assert run("replication", "run").code == BusyError.exit_status
    monkeypatch.setattr(DirectChannel, "deliver", deliver)
    (rest,) = ok("replication", "run", "--json").json
    assert (rest["mode"], rest["records"]) == ("differential", 3)
    names = [one["name"] for one in bare_run("--db", child, "filter", "list", "--json").json]
    assert {f"f{number}" for number in range(5)} <= set(names)

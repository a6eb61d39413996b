"""A machine that gives no more memory or threads is told, and is no bug of the program."""

from __future__ import annotations

import threading

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread")])
def test_what_the_machine_refuses_is_told(bare_run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Store, "read", refuse)
    found = bare_run("site", "list")
    assert (found.code, "MACHINE-LIMIT" in found.err, "lower --concurrency" in found.err) == (11, True, True)
    assert "internal error" not in found.err


def test_a_run_goes_on_with_the_workers_that_there_are(ok: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        ok("computer", "add", f"pc{number}", "--address", f"127.0.0.{number + 1}")
    real, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if thread.name.startswith("worker-"):
            if started:
                raise RuntimeError("can't start new thread")
            started.append(thread.name)
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    done = ok("task", "run", "--command", "true", "--all", "--transport", "local", "-o", "ndjson")
    assert [line["state"] for line in done.lines[:-1]] == ["succeeded"] * 4
    assert started == ["worker-1"]

"""A machine that gives no more memory or threads is told, and is no bug of the program."""

from __future__ import annotations

import threading
import weakref

import pytest

from itmsctl.cli import failures
from itmsctl.cli.context import Context
from itmsctl.cmdb.store import Store
from itmsctl.errors import ItmsError
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


def test_what_was_held_goes_before_a_word_is_said(bare_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory has ended, words need some of what the command held: else they fail like the command did."""
    held: list[weakref.ref[_Large]] = []
    seen: list[object] = []
    render = failures.render

    def refuse(*_: object, **__: object) -> None:
        large = _Large()
        held.append(weakref.ref(large))
        raise MemoryError

    def rendered(context: Context, error: ItmsError) -> None:
        seen.append(held[0]())
        render(context, error)

    monkeypatch.setattr(Store, "read", refuse)
    monkeypatch.setattr(failures, "render", rendered)
    assert bare_run("site", "list").code == 11
    assert seen == [None]


class _Large:
    pass

"""Readers beside a tick that records results meet no lock; the figures of ticks are in `tests/bench/`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.tasks.service.heads import list_runs
from itmsctl.tasks.service.recorded import read
from itmsctl.tasks.service.runs import find_run
from itmsctl.values.times import system_clock
from tests.conftest import Run

READERS, COMPUTERS = 10, 60


def test_ten_readers_list_while_results_are_recorded(
    db: str, ok: Run, local: Callable[..., None], tmp_path: Path
) -> None:
    local(*(f"web{n}" for n in range(COMPUTERS)))
    ok("task", "add", "t", "--command", "echo said")
    ok("policy", "add", "p", "--task", "t", "--target", "all", "--transport", "local")
    ok("policy", "run", "p")
    over, failed, looks = threading.Event(), list[BaseException](), list[int]()

    def look() -> None:
        reading = open_store(
            place_of(db), clock=system_clock, actor=Actor("reader", "test"), state_folder=tmp_path / "state"
        )
        try:
            while not over.is_set():
                with reading.read() as reader:
                    list(list_runs(reader, limit=50))
                    looks.append(len(list(read(reader, find_run(reader, "R-1")))))
        except BaseException as error:  # noqa: BLE001 - whatever a reader meets is what is looked for
            failed.append(error)
        finally:
            reading.close()

    threads = [threading.Thread(target=look) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        found = ok("schedule", "tick", "--max-runtime", "10m")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert found.lines[-1]["ok"] == COMPUTERS
    assert len(looks) > READERS

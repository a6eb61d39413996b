"""What the tests of this room borrow: runs on this very machine."""

from __future__ import annotations

from tests.tasks.conftest import local, sweep, task_run

__all__ = ["local", "sweep", "task_run"]

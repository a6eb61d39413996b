"""The group `run`: what became of runs, and going on with them."""

from __future__ import annotations

from itmsctl.tasks.commands import run_acting, run_stopping
from itmsctl.tasks.commands.run_reading import run_app

__all__ = ["run_acting", "run_app", "run_stopping"]

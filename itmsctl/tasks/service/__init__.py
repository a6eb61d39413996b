"""Use cases of the room `tasks`: tasks, runs, and what became of them."""

from __future__ import annotations

from itmsctl.tasks.catalogue import is_server
from itmsctl.tasks.service.driving import Drive, Report, allowed_workers, is_driven, reconcile, resume, start
from itmsctl.tasks.service.picking import radius
from itmsctl.tasks.service.reading import (
    computer_sections,
    computers_of,
    list_runs,
    open_runs,
    overview,
    source,
)
from itmsctl.tasks.service.results import read
from itmsctl.tasks.service.runs import Picked, cancel, database_restored, find_run, tally
from itmsctl.tasks.service.selecting import Selected, freshen, select
from itmsctl.tasks.service.serving import serve, serve_now
from itmsctl.tasks.service.steps import Typed, kinds, parameter_fields, read_parameters, step
from itmsctl.tasks.service.tasks import TASKS

__all__ = [
    "TASKS", "Drive", "Picked", "Report", "Selected", "Typed", "allowed_workers", "cancel", "computer_sections",
    "computers_of", "database_restored", "find_run", "freshen", "is_driven", "is_server", "kinds", "list_runs",
    "open_runs",
    "overview", "parameter_fields", "radius", "read", "read_parameters",
    "reconcile", "resume", "select", "serve", "serve_now", "source", "start", "step", "tally",
]  # fmt: skip

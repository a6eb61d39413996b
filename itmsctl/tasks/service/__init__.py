"""Use cases of the room `tasks`: tasks, jobs, runs, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itmsctl.values.facade import handing_on

if TYPE_CHECKING:
    from itmsctl.tasks.service.driving import Again, Drive, DriveReport, Watcher, allowed_workers, resume, start
    from itmsctl.tasks.service.guarding import check_plan as check_guard
    from itmsctl.tasks.service.guarding import enqueue, preview_token
    from itmsctl.tasks.service.heads import list_runs, overview
    from itmsctl.tasks.service.jobs import JOBS, job_file, program_of
    from itmsctl.tasks.service.killing import Killed, kill, killed, wait_for_driver
    from itmsctl.tasks.service.live import LiveDesk, LiveLine, Looker
    from itmsctl.tasks.service.living import is_driven
    from itmsctl.tasks.service.reading import (
        computer_sections,
        computers_of,
        names_of,
        open_runs,
        source,
        waves_of,
    )
    from itmsctl.tasks.service.recorded import read
    from itmsctl.tasks.service.runs import Picked, RunPlan, database_restored, find_run, find_runs, tally
    from itmsctl.tasks.service.selecting import Selected, check_health, freshen, select
    from itmsctl.tasks.service.settling import decide, let_go, reconcile, wind_up
    from itmsctl.tasks.service.steps import Typed, kinds, read_parameters, step
    from itmsctl.tasks.service.stopping import let_owe, owing, to_stop
    from itmsctl.tasks.service.stopping import stop as stop_run
    from itmsctl.tasks.service.stopping import stop_all as stop_runs
    from itmsctl.tasks.service.switch import is_on as stop_switch
    from itmsctl.tasks.service.switch import turn as turn_stop_switch
    from itmsctl.tasks.service.tasks import TASKS

__all__ = [
    "JOBS",
    "TASKS",
    "Again",
    "Drive",
    "DriveReport",
    "Killed",
    "LiveDesk",
    "LiveLine",
    "Looker",
    "Picked",
    "RunPlan",
    "Selected",
    "Typed",
    "Watcher",
    "allowed_workers",
    "check_guard",
    "check_health",
    "computer_sections",
    "computers_of",
    "database_restored",
    "decide",
    "enqueue",
    "find_run",
    "find_runs",
    "freshen",
    "is_driven",
    "job_file",
    "kill",
    "killed",
    "kinds",
    "let_go",
    "let_owe",
    "list_runs",
    "names_of",
    "open_runs",
    "overview",
    "owing",
    "preview_token",
    "program_of",
    "read",
    "read_parameters",
    "reconcile",
    "resume",
    "select",
    "source",
    "start",
    "step",
    "stop_run",
    "stop_runs",
    "stop_switch",
    "tally",
    "to_stop",
    "turn_stop_switch",
    "wait_for_driver",
    "waves_of",
    "wind_up",
]  # fmt: skip

__getattr__ = handing_on(
    __name__,
    {
        "driving": "Again Drive DriveReport Watcher allowed_workers resume start",
        "guarding": "check_guard=check_plan enqueue preview_token",
        "jobs": "JOBS job_file program_of",
        "killing": "Killed kill killed wait_for_driver",
        "live": "LiveDesk LiveLine Looker",
        "living": "is_driven",
        "heads": "list_runs overview",
        "reading": "computer_sections computers_of names_of open_runs source waves_of",
        "recorded": "read",
        "runs": "Picked RunPlan database_restored find_run find_runs tally",
        "selecting": "Selected check_health freshen select",
        "settling": "decide let_go reconcile wind_up",
        "steps": "Typed kinds read_parameters step",
        "stopping": "let_owe owing to_stop stop_run=stop stop_runs=stop_all",
        "switch": "stop_switch=is_on turn_stop_switch=turn",
        "tasks": "TASKS",
    },
)

"""What people ask of runs: lists, one run, members by state, and the part `runs` of a computer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError, NotFoundError
from itmsctl.resources.rows import computers
from itmsctl.resources.service.scope import scoped
from itmsctl.tasks.numbers import run_name
from itmsctl.tasks.rows import members, runs, waves
from itmsctl.tasks.service.living import is_driven
from itmsctl.tasks.service.runs import RunRow, find_run, run_of
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally
from itmsctl.values.names import did_you_mean, near_or_all

_LAST = 5
_WORDS = {
    "failed": (State.FAILED, State.TIMED_OUT),
    "unreachable": (State.UNREACHABLE,),
    "unknown": (State.UNKNOWN,),
    "running": (State.CLAIMED,),
    "ok": (State.SUCCEEDED,),
    "queued": (State.QUEUED,),
    "cancelled": (State.CANCELLED,),
    "expired": (State.EXPIRED,),
}


def waves_of(reader: Reader, run: RunRow) -> list[dict[str, Any]]:
    """Return the waves of a run in their order, with the counts of their computers."""
    counts: dict[int, Tally] = {}
    statement = (
        sa.select(members.c.wave, members.c.state, sa.func.count())
        .where(members.c.run_id == run.id)
        .group_by(members.c.wave, members.c.state)
    )
    for wave, state, number in reader.connection.execute(statement):
        counts.setdefault(wave, Tally()).add(State(state), None, number)
    rows = reader.rows(sa.select(waves).where(waves.c.run_id == run.id).order_by(waves.c.wave))
    return [_wave(row, counts.get(row.wave, Tally())) for row in rows]


def _wave(row: Any, tally: Tally) -> dict[str, Any]:
    return {
        "name": row.name,
        "state": row.state,
        "computers": row.computers,
        "ok": tally.counts["ok"] + tally.counts["changed"],
        "failed": tally.counts["failed"],
        "open": tally.counts["deferred"] + tally.counts["unknown"] + tally.counts["running"],
        "opened_at": row.opened_at,
        "why": row.why or "",
    }


def open_runs(reader: Reader) -> list[RunRow]:
    """Return the runs with computers whose outcome is not known, oldest first."""
    unsettled = [str(State.UNKNOWN), str(State.CLAIMED)]
    having = sa.select(members.c.run_id).where(members.c.state.in_(unsettled))
    statement = sa.select(runs).where(runs.c.id.in_(having)).order_by(runs.c.number)
    return [run_of(row) for row in reader.connection.execute(statement)]


def computers_of(reader: Reader, run: RunRow, names: Sequence[str]) -> list[int]:
    """Return the ids of computers of a run by the names they had then, or by GUID. Raises NotFoundError."""
    statement = sa.select(members.c.computer_id, members.c.computer_name, members.c.computer_guid)
    rows = reader.rows(statement.where(members.c.run_id == run.id))
    known = {row.computer_name: row.computer_id for row in rows} | {r.computer_guid: r.computer_id for r in rows}
    missing = [name for name in names if name not in known]
    if missing:
        hint = did_you_mean(missing[0], [row.computer_name for row in rows]) or f"itmsctl run show {run.name}"
        raise NotFoundError(f"{run.name} has no computer `{missing[0]}`", hint=hint)
    return [known[name] for name in names]


def names_of(reader: Reader, run: RunRow, ids: Sequence[int] | None = None) -> dict[str, str]:
    """Return the names that computers of a run had then, by GUID; of all, or of these."""
    statement = sa.select(members.c.computer_id, members.c.computer_guid, members.c.computer_name)
    rows = reader.rows(statement.where(members.c.run_id == run.id))
    return {row.computer_guid: row.computer_name for row in rows if ids is None or row.computer_id in ids}


# --- what other rooms call --------------------------------------------------------------------------------------------


def source(reader: Reader, text: str) -> list[int]:
    """Return the computers of a run for `--target @run:R-12:failed`; without a state, all of them.

    Raises NotFoundError, InputError for a word that is no state.
    """
    number, _, word = text.partition(":")
    run = find_run(reader, number)
    condition = members.c.run_id == run.id
    if word:
        if word not in _WORDS:
            hint = near_or_all(word, _WORDS)
            raise InputError(f"`{word}` is no state of a run's computers", hint=hint)
        states = _WORDS[word]
        if not is_driven(reader, run):  # nobody works on what is claimed: its outcome is unknown
            states = {"unknown": (State.UNKNOWN, State.CLAIMED), "running": ()}.get(word, states)
        condition = sa.and_(condition, members.c.state.in_([str(s) for s in states]))
    statement = sa.select(members.c.computer_id).join(computers, computers.c.id == members.c.computer_id)
    return list(reader.connection.execute(scoped(statement.where(condition), reader)).scalars())


def computer_sections(reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the part `runs` of `computer show`: the last few runs that touched it (JOB-8)."""
    found: dict[int, dict[str, Any]] = {}
    for computer in ids:
        statement = (
            sa.select(members, runs.c.number, runs.c.task_name, runs.c.created_at)
            .join(runs, runs.c.id == members.c.run_id)
            .where(members.c.computer_id == computer)
            .order_by(runs.c.number.desc())
            .limit(_LAST)
        )
        found[computer] = {
            "runs": [
                {
                    "run": run_name(row.number),
                    "task": row.task_name or "",
                    "at": row.created_at,
                    "state": row.state,
                    "exit_status": row.exit_status,
                    "why": row.message or "",
                }
                for row in reader.connection.execute(statement)
            ]
        }
    return found

"""What was used, to be looked at: by computer, program, user or day; events; policies with what they caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.expressions.dialects import code_point
from itmsctl.metering.programs import FIELDS, ProgramRule, ProgramSeen
from itmsctl.metering.rows import metered_programs, metering_states, usage_days, usage_events, usages
from itmsctl.metering.service.policies import METERING_POLICIES
from itmsctl.policies.service.gathering import trigger
from itmsctl.policies.service.listing import with_last
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.values.predefined import guids

Object = dict[str, Any]
_SHOWN = 20  # programs of a section
_MOST_PROGRAMS = 200_000
_of, _program = usages.c, metered_programs.c
_KNOWN = (_program.program, _program.product, _program.vendor, _program.version, _program.path)


class UsageAsked(NamedTuple):
    """What is asked for: computers (none: all), a program by its name or pattern, since when, how many rows."""

    computers: Sequence[int] | None = None
    program: str | None = None
    since: datetime | None = None
    limit: int | None = None


def usage(reader: Reader, by: str, asked: UsageAsked) -> list[Object]:
    """Return what was used, most of it first; `by` is computer, program, user or day."""
    ways: Mapping[str, Callable[[Reader, UsageAsked], list[Object]]] = {
        "computer": _by_computer, "program": _by_program, "user": _by_user, "day": _by_day,
    }  # fmt: skip
    return ways[by](reader, asked)


def _by_computer(reader: Reader, asked: UsageAsked) -> list[Object]:
    own = (_of.first_used, _of.last_used, _of.last_user, _of.starts, _of.seconds, _of.peak, _of.denials,
           _of.violations, _of.last_denied, _of.last_violated)  # fmt: skip
    statement = sa.select(resources.c.name.label("computer"), *_KNOWN, *own).select_from(_joined(usages))
    statement = statement.order_by(_of.seconds.desc(), code_point(resources.c.name), _program.program)
    return _rows(reader, _narrowed(reader, statement, usages, asked))


def _by_program(reader: Reader, asked: UsageAsked) -> list[Object]:
    users = sa.select(usage_days.c.program_id, sa.func.count(usage_days.c.user_name.distinct()).label("users"))
    counted = users.group_by(usage_days.c.program_id).subquery()
    what = (
        sa.func.count(_of.computer_id.distinct()).label("computers"),
        sa.func.max(counted.c.users).label("users"),
        sa.func.max(_of.last_used).label("last_used"),
        *_summed(usages),
    )
    joined = _joined(usages).outerjoin(counted, counted.c.program_id == _of.program_id)
    statement = sa.select(_program.program, _program.product, *what).select_from(joined)
    statement = statement.group_by(_program.program, _program.product)
    return _rows(reader, _narrowed(reader, _most_first(statement, _program.program), usages, asked))


def _by_user(reader: Reader, asked: UsageAsked) -> list[Object]:
    of = usage_days.c
    counts = (
        sa.func.count(_program.program.distinct()).label("programs"),
        sa.func.count(of.computer_id.distinct()).label("computers"),
    )
    statement = sa.select(of.user_name.label("user"), *counts, *_summed(usage_days)).select_from(_joined(usage_days))
    statement = _most_first(statement.group_by(of.user_name), of.user_name)
    return _rows(reader, _narrowed(reader, statement, usage_days, asked))


def _by_day(reader: Reader, asked: UsageAsked) -> list[Object]:
    of = usage_days.c
    counts = (
        sa.func.count(_program.program.distinct()).label("programs"),
        sa.func.count(of.computer_id.distinct()).label("computers"),
        sa.func.count(of.user_name.distinct()).label("users"),
    )
    statement = sa.select(of.day, *counts, *_summed(usage_days)).select_from(_joined(usage_days))
    statement = statement.group_by(of.day).order_by(of.day.desc())
    return _rows(reader, _narrowed(reader, statement, usage_days, asked))


def events(reader: Reader, asked: UsageAsked) -> list[Object]:
    """Return the events that are kept one by one, the newest first."""
    of = usage_events.c
    own = (of.at, resources.c.name.label("computer"), of.event, *_KNOWN, of.user_name.label("user"))
    statement = sa.select(*own, of.seconds, of.violation, of.process, of.source).select_from(_joined(usage_events))
    statement = statement.order_by(of.at.desc(), code_point(resources.c.name), of.ord.desc())
    return _rows(reader, _narrowed(reader, statement, usage_events, asked))


def _joined(table: sa.Table) -> sa.Join:
    return table.join(metered_programs, _program.program_id == table.c.program_id).join(
        resources, resources.c.id == table.c.computer_id
    )


def _summed(table: sa.Table) -> tuple[sa.ColumnElement[Any], ...]:
    own = table.c
    sums = tuple(sa.func.sum(own[name]).label(name) for name in ("starts", "seconds", "denials", "violations"))
    return (*sums, sa.func.max(own.peak).label("peak"))


def _most_first(statement: sa.Select[Any], name: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return statement.order_by(sa.literal_column("seconds").desc(), sa.literal_column("starts").desc(), name)


def _narrowed(reader: Reader, statement: sa.Select[Any], table: sa.Table, asked: UsageAsked) -> sa.Select[Any]:
    if asked.computers is not None:
        statement = statement.where(member_of(reader.connection, table.c.computer_id, asked.computers))
    if asked.program is not None:
        statement = statement.where(_is_named(asked.program))
    if asked.since is not None:
        statement = statement.where(_since(table, asked.since))
    return scoped(statement, reader).limit(asked.limit)


def _is_named(text: str) -> sa.ColumnElement[bool]:
    """Return whether a program is called so, or matches a pattern with `*` and `?`; also by its product."""
    plain = text.strip().lower().removesuffix(".exe")
    escaped = plain.replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("*", "%").replace("?", "_")
    names = (_program.program, sa.func.lower(_program.product))
    return sa.or_(*(name.like(escaped, escape="!") for name in names))


def _since(table: sa.Table, at: datetime) -> sa.ColumnElement[bool]:
    if "day" in table.c:
        return table.c.day >= at.astimezone(UTC).date().isoformat()
    if "at" in table.c:
        return table.c.at >= at
    return sa.or_(table.c.last_used >= at, table.c.last_denied >= at)


def _rows(reader: Reader, statement: sa.Select[Any]) -> list[Object]:
    found = []
    for row in reader.connection.execute(statement).mappings():
        one = dict(row)
        if "seconds" in one and "at" not in one:
            one["minutes"] = (one.pop("seconds") or 0.0) / 60
        found.append(one)
    return found


# --- policies ---------------------------------------------------------------------------------------------------------


def policy_rows(reader: Reader, docs: Sequence[Doc], *, last: bool = True) -> Iterator[Object]:
    """Return policies with the programs that they name, what triggers them, and the last time."""

    def meant(doc: Doc) -> Object:
        programs = [text for name in FIELDS for text in doc.fields[name] or ()]
        return {"programs": programs, "trigger": trigger(doc), "predefined": doc.guid in guids()}

    return with_last(reader, docs, meant, last=last)


def caught(reader: Reader, doc: Doc) -> list[Object]:
    """Return the programs on its computers that a policy means, those used last first."""
    rule = ProgramRule.of(doc.fields)
    every = sa.select(_program.program_id, _program.file_name, *_KNOWN[1:]).limit(_MOST_PROGRAMS)
    ids = [
        row.program_id
        for row in reader.connection.execute(every)
        if rule.matches(
            ProgramSeen(row.file_name, row.path or "", row.product or "", row.vendor or "", row.version or "")
        )
    ]
    inside = METERING_POLICIES.members(reader, doc)
    last = sa.func.max(_of.last_used).label("last_used")
    computers = sa.func.count(_of.computer_id.distinct()).label("computers")
    statement = (
        sa.select(_program.program, computers, last, *_summed(usages))
        .select_from(_joined(usages))
        .where(member_of(reader.connection, _of.program_id, ids))
        .where(member_of(reader.connection, _of.computer_id, sorted(inside)))
        .group_by(_program.program)
        .order_by(last.desc(), _program.program)
        .limit(_SHOWN)
    )
    return _rows(reader, scoped(statement, reader))


# --- what others show -------------------------------------------------------------------------------------------------


def computer_sections(reader: Reader, computers: Sequence[int]) -> dict[int, Object]:
    """Return the programs that were used most on each computer of which that is known (hook)."""
    own = metering_states.c
    known = sa.select(own.computer_id).where(member_of(reader.connection, own.computer_id, computers))
    found: dict[int, Object] = {id_: {"usage": []} for id_ in reader.connection.execute(known).scalars()}
    place = sa.func.row_number().over(partition_by=_of.computer_id, order_by=(_of.seconds.desc(), _program.program))
    columns = (_of.computer_id, _program.program, _program.product, _of.last_used, _of.last_user, _of.starts,
               _of.seconds, _of.denials, _of.violations)  # fmt: skip
    ranked = (
        sa.select(*columns, place.label("place"))
        .join(metered_programs, _program.program_id == _of.program_id)
        .where(member_of(reader.connection, _of.computer_id, list(found)))
        .subquery()
    )
    shown = [ranked.c[column.name] for column in columns]
    top = sa.select(*shown).where(ranked.c.place <= _SHOWN).order_by(ranked.c.computer_id, ranked.c.place)
    for row in _rows(reader, top):
        found[row.pop("computer_id")]["usage"].append(row)
    return found

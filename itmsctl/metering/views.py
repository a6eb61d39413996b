"""Documented views of metering."""

from __future__ import annotations

from itmsctl.metering.kinds import METERING_POLICY
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

_WHO = (
    ViewColumn("computer_guid", "GUID of the computer", Type.GUID),
    ViewColumn("computer", "name of the computer"),
    ViewColumn("program", "file name of the program in small letters, without .exe"),
    ViewColumn("path", "its path, where that is known"),
    ViewColumn("product", "product or package that it belongs to"),
    ViewColumn("vendor", "who made it"),
    ViewColumn("version", "its version"),
)
_PROGRAM = "p.program, p.path, p.product, p.vendor, p.version"
_SUMS = (
    ViewColumn("starts", "how often it was started", Type.INT),
    ViewColumn("minutes", "how long it ran, all in all", Type.REAL),
    ViewColumn("peak", "how many ran at once, at most", Type.INT),
    ViewColumn("denials", "how often it was kept from running", Type.INT),
    ViewColumn("violations", "how often it was used although a policy denies it", Type.INT),
)
_FROM = "JOIN metering_program p ON p.program_id = u.program_id JOIN resource r ON r.id = u.computer_id"

VIEWS = (
    view_of(METERING_POLICY),
    View(
        "v_computer_usage",
        "what is used on computers, by the id of the computer",
        f"""SELECT u.computer_id, {_PROGRAM}, p.version_key, u.first_used, u.last_used, u.last_user, u.starts,
                   u.seconds / 60.0 AS minutes, u.peak, u.denials, u.last_denied, u.violations, u.last_violated
            FROM metering_usage u JOIN metering_program p ON p.program_id = u.program_id""",  # noqa: S608 - ours
    ),
    View(
        "v_usage",
        "one row a computer and program that was used or denied: when, and how much",
        f"""SELECT r.guid AS computer_guid, r.name AS computer, {_PROGRAM}, u.first_used, u.last_used, u.last_user,
                   u.starts, u.seconds / 60.0 AS minutes, u.peak, u.denials, u.last_denied, u.violations,
                   u.last_violated
            FROM metering_usage u {_FROM}""",  # noqa: S608 - ours
        (
            *_WHO,
            ViewColumn("first_used", "when it was first used", Type.TIME),
            ViewColumn("last_used", "when it was last used; empty where it was only denied", Type.TIME),
            ViewColumn("last_user", "who used it last"),
            *_SUMS,
            ViewColumn("last_denied", "when it was last kept from running", Type.TIME),
            ViewColumn("last_violated", "when it was last used although a policy denies it", Type.TIME),
        ),
        computer="computer_guid",
    ),
    View(
        "v_usage_day",
        "one row a computer, day of UTC, program and user",
        f"""SELECT r.guid AS computer_guid, r.name AS computer, u.day, {_PROGRAM}, u.user_name, u.starts,
                   u.seconds / 60.0 AS minutes, u.peak, u.denials, u.violations
            FROM metering_day u {_FROM}""",  # noqa: S608 - ours
        (
            *_WHO[:2],
            ViewColumn("day", "day, as 2026-11-30"),
            *_WHO[2:],
            ViewColumn("user_name", "who used it; empty where that is not known"),
            *_SUMS,
        ),
        computer="computer_guid",
    ),
    View(
        "v_usage_event",
        "one row a start, stop or denial, where a policy keeps each",
        f"""SELECT r.guid AS computer_guid, r.name AS computer, u.at, u.event, {_PROGRAM}, u.user_name,
                   u.seconds, u.process, u.violation, u.source
            FROM metering_event u {_FROM}""",  # noqa: S608 - ours
        (
            *_WHO[:2],
            ViewColumn("at", "when it was", Type.TIME),
            ViewColumn("event", "start, stop or deny"),
            *_WHO[2:],
            ViewColumn("user_name", "who used it"),
            ViewColumn("seconds", "of a stop: how long it ran", Type.REAL),
            ViewColumn("process", "number of the process there", Type.INT),
            ViewColumn("violation", "whether a policy denies it, and it started", Type.BOOL),
            ViewColumn("source", "who told it"),
        ),
        computer="computer_guid",
    ),
    View(
        "v_metered_computer",
        "one row a computer whose use of programs is known: since when, up to when, and what could not be read",
        """SELECT r.guid AS computer_guid, r.name AS computer, s.begun_at, s.collected_at, s.source, s.unread
           FROM metering_state s JOIN resource r ON r.id = s.computer_id""",
        (
            *_WHO[:2],
            ViewColumn("begun_at", "since when it is known", Type.TIME),
            ViewColumn("collected_at", "up to when it is known", Type.TIME),
            ViewColumn("source", "who told it last"),
            ViewColumn("unread", "what could not be read last, and why"),
        ),
        computer="computer_guid",
    ),
)

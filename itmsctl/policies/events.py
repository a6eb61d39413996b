"""Events that trigger policies: computers that join a target, runs that end, and whatever is raised by name."""

from __future__ import annotations

from itmsctl.errors import InputError
from itmsctl.values.names import check_name, name_key

JOINED = "joined"
FAILED, SUCCEEDED = "run-failed:", "run-succeeded:"


def read_event(text: str) -> str:
    """Return the stored form of an event. Raises InputError."""
    stated = check_name(text, "event")
    if name_key(stated) == JOINED:
        return JOINED
    for prefix in (FAILED, SUCCEEDED):
        if name_key(stated).startswith(prefix):
            return prefix + check_name(stated[len(prefix) :].strip(), f"name after `{prefix}`")
    return stated


def read_raised(text: str) -> str:
    """Return the stored form of an event that people may raise. Raises InputError for what happens by itself."""
    event = read_event(text)
    if event == JOINED or event.startswith((FAILED, SUCCEEDED)):
        raise InputError(f"`{event}` is not raised by hand", why="it happens by itself", hint="give it another name")
    return event


def of_run(name: str, *, ok: bool) -> str:
    """Return the event that a run of a task or job ended well, or not."""
    return (SUCCEEDED if ok else FAILED) + name


def event_key(event: str) -> str:
    """Return the form in which two events are the same."""
    return name_key(event)

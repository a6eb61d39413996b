"""What an agent tells of work that it carried out, read within bounds: it is what a computer says, no more."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from itmsctl.agents.form import FormError
from itmsctl.transports.outcome import HEAD_BYTES, TAIL_BYTES, Captured
from itmsctl.values.untrusted import log_text

WAITING, RUNNING, EXPIRED = "waiting", "running", "expired"
ENDS = ("succeeded", "failed", "timed_out", EXPIRED)
_STEP_STATES = ENDS[:3]
_MOST, _MOST_STEPS, _MOST_SOFTWARE = 1_000, 1_000, 1_000
_LONGEST = 1_000
_FAR = 1 << 33  # seconds: in the year 2242
_REASON = re.compile(r"[A-Z][A-Z-]{0,39}")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class ToldSoftware:
    """What an agent says that detection found of software; `boot` and `action` where it waits for a restart."""

    software: str
    state: str
    reason: str
    at: datetime
    boot: str
    action: str


@dataclass(frozen=True, slots=True)
class ToldStep:
    """What an agent says of one try of a step."""

    position: int
    retry: int
    state: str
    exit_status: int | None
    reason: str
    message: str
    began: datetime
    ended: datetime
    out: Captured
    err: Captured
    seen: tuple[ToldSoftware, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldWork:
    """What an agent says of one occurrence of a policy."""

    policy: str
    due: datetime
    state: str
    reason: str
    message: str
    ended: datetime
    began: datetime | None
    position: int | None
    exit_status: int | None
    steps_id: str
    steps: tuple[ToldStep, ...]

    @property
    def is_end(self) -> bool:
        """Return whether nothing more of it is to come."""
        return self.state in ENDS


def read_work(body: bytes) -> list[ToldWork]:
    """Return what an event of results says. Raises FormError."""
    try:
        found = json.loads(body.decode("ascii"))
        listed = found["results"]
        if not isinstance(listed, list) or len(listed) > _MOST:
            raise FormError("it tells of too much work at once")
        return [_work(one) for one in listed]
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise FormError(f"what it says of its work cannot be read: {log_text(str(error))[:100]}") from None


def _work(said: Mapping[str, Any]) -> ToldWork:
    policy, state, steps = said["policy"], said["state"], said.get("steps") or []
    if not isinstance(policy, str) or not _GUID.fullmatch(policy):
        raise FormError("it names no policy")
    if state not in (*ENDS, WAITING, RUNNING) or not isinstance(steps, list) or len(steps) > _MOST_STEPS:
        raise FormError("it tells a state that no work can be in")
    return ToldWork(
        policy, _moment(said["due"]), state, _reason(said), _text(said, "message"), _moment(said["ended"]),
        None if said.get("began") is None else _moment(said["began"]), _position(said.get("position")),
        _status(said), _text(said, "steps_id")[:64], tuple(_step(one) for one in steps),
    )  # fmt: skip


def _step(said: Mapping[str, Any]) -> ToldStep:
    position, retry, state = _position(said["position"]), _position(said["retry"]), said["state"]
    if position is None or retry is None or state not in _STEP_STATES:
        raise FormError("it tells of a step that cannot be")
    return ToldStep(
        position, retry, state, _status(said), _reason(said), _text(said, "message"), _moment(said["began"]),
        _moment(said["ended"]), _stream(said["out"]), _stream(said["err"]), _software(said.get("seen") or []),
    )  # fmt: skip


def _software(listed: Any) -> tuple[ToldSoftware, ...]:
    if not isinstance(listed, list) or len(listed) > _MOST_SOFTWARE or not all(isinstance(o, dict) for o in listed):
        raise FormError("what it tells of software cannot be, or is too much at once")
    return tuple(
        ToldSoftware(
            _text(one, "software"), _text(one, "state"), _text(one, "reason"), _moment(one["at"]),
            _text(one, "boot")[:64], _text(one, "action")[:64],
        )
        for one in listed
    )  # fmt: skip


def _moment(value: Any) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _FAR:
        raise FormError("it tells a time that cannot be")
    return datetime.fromtimestamp(value, UTC)


def _position(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1_000:
        raise FormError("it tells of a step that cannot be")
    return value


def _status(said: Mapping[str, Any]) -> int | None:
    value = said.get("exit_status")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 255:
        raise FormError("it tells an exit status that cannot be")
    return value


def _reason(said: Mapping[str, Any]) -> str:
    value = said.get("reason") or ""
    return value if isinstance(value, str) and _REASON.fullmatch(value) else ""


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name) or ""
    return log_text(value)[:_LONGEST] if isinstance(value, str) else ""


def _stream(value: Any) -> Captured:
    head, tail, total = value
    if not isinstance(total, int) or isinstance(total, bool) or not 0 <= total < 1 << 50:
        raise FormError("it tells of output that cannot be")
    first, last = (base64.b64decode(one, validate=True) for one in (head, tail))
    return Captured(first[:HEAD_BYTES], last[-TAIL_BYTES:], max(total, len(first) + len(last)))

"""What a run does on each computer: steps in order, as they are kept with the run (JOB-2, JOB-4).

A run of one task is a program of one step. A job's program holds its tasks as they were when the run began: later
changes of a task reach the next run, never this one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.catalogue import is_server
from itmsctl.tasks.kinds import ON_ERROR, ROLES
from itmsctl.tasks.step import Step
from itmsctl.values.lean import dataclass
from itmsctl.values.names import near_or_all
from itmsctl.values.times import from_text

BACKOFF_S = 10.0
LONGEST_BACKOFF_S = 3600.0
MAX_STEPS = 100
MAX_RETRIES = 100
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class JobStep:
    """One step of a program.

    `when` is a condition on earlier steps. After a failure `on_error` says what follows: `stop` goes to the `always`
    steps, `continue` to the next one as if nothing had happened, `rescue` to the rescue steps. `retries` is how often a
    failed step is tried again, each time after a longer pause. A step that is `once` is never tried a second time in
    this run, whatever becomes of it. First steps that are `outside` may begin while the maintenance window is closed;
    one with `not_before`, a moment in RFC 3339, begins no earlier.
    """

    label: str
    step: Step
    when: str | None = None
    on_error: str = "stop"
    role: str = "normal"
    retries: int = 0
    backoff_s: float = BACKOFF_S
    once: bool = False
    outside: bool = False
    not_before: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the form in which a run keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> JobStep:
        """Read the form in which a run keeps it."""
        known = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        return cls(**{**known, "step": Step.from_dict(kept["step"])})

    @property
    def begins(self) -> datetime | None:
        """Return the moment before which it does not begin; None where it may at once."""
        return None if self.not_before is None else from_text(self.not_before)

    def pause_s(self, retry: int) -> float:
        """Return how long to wait before the n-th retry: twice as long each time, at most an hour."""
        return min(LONGEST_BACKOFF_S, self.backoff_s * 2.0 ** (retry - 1))


@dataclass(frozen=True)
class Program:
    """All steps of a run. `kind` is `task` or `job`; `name` is that of the task or the job."""

    name: str
    steps: tuple[JobStep, ...]
    kind: str = "task"

    def as_dict(self) -> dict[str, Any]:
        """Return the form in which a run keeps it."""
        return {"name": self.name, "kind": self.kind, "steps": [step.as_dict() for step in self.steps]}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Program:
        """Read the form in which a run keeps it."""
        return cls(kept["name"], tuple(JobStep.from_dict(step) for step in kept["steps"]), kept["kind"])

    @classmethod
    def of(cls, step: Step) -> Program:
        """Return the program of a single task."""
        return cls(step.name, (JobStep(step.type.replace("-", "_"), step),))

    @property
    def destructive(self) -> bool:
        """Return whether any step can destroy data."""
        return any(part.step.destructive for part in self.steps)

    @property
    def idempotent(self) -> bool:
        """Return whether running all of it twice does no harm."""
        return all(part.step.idempotent and not part.once for part in self.steps)

    @property
    def longest_s(self) -> float:
        """Return the longest time limit of its steps: so long a command may run on after its driver died."""
        return max(part.step.time_limit_s for part in self.steps)

    @property
    def before(self) -> frozenset[int]:
        """Return the positions of server steps that come before any computer is touched."""
        return self._parts()[0]

    @property
    def inside(self) -> frozenset[int]:
        """Return the positions of the steps that each computer goes through."""
        return self._parts()[1]

    @property
    def after(self) -> frozenset[int]:
        """Return the positions of server steps that come after all computers."""
        return self._parts()[2]

    def _parts(self) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
        served = [is_server(part.step) for part in self.steps]
        first = served.index(False) if False in served else len(served)
        whole = range(len(served))
        before, after = [n for n in whole if n < first], [n for n in whole if n > first and served[n]]
        return frozenset(before), frozenset(n for n in whole if not served[n]), frozenset(after)

    @property
    def is_job(self) -> bool:
        """Return whether it is a job: its steps are shown one by one."""
        return self.kind == "job"

    def kept_on_retry(self) -> tuple[frozenset[int], frozenset[int]]:
        """Return positions whose result a retry keeps whatever it was, and those kept where they succeeded.

        A retry goes on where the run broke: what succeeded is not done again, nor is a failure that did not matter.
        Rescue and always steps belong to the end that is tried again; what is `once` is never done twice.
        """
        always = {n for n, part in enumerate(self.steps) if part.once or _tolerated(part)}
        good = {n for n, part in enumerate(self.steps) if part.role == "normal"}
        return frozenset(always), frozenset(good - always)


def _tolerated(part: JobStep) -> bool:
    return part.role == "normal" and part.on_error == "continue"


def checked(steps: Sequence[JobStep]) -> tuple[JobStep, ...]:
    """Return steps that make a program: labels that differ, roles in an order that can be followed.

    Raises InputError that names the step and what to write.
    """
    if not steps:
        raise InputError("a job needs a step", hint="steps: [{task: NAME}]").about("steps")
    if len(steps) > MAX_STEPS:
        what = f"a job of {len(steps)} steps; {MAX_STEPS} are allowed"
        raise InputError(what, hint="make it several jobs").about("steps")
    seen: set[str] = set()
    for position, part in enumerate(steps):
        _check_step(part, position, seen)
        seen.add(part.label)
    rescues = any(part.role == "rescue" for part in steps)
    for position, part in enumerate(steps):
        if part.on_error == "rescue" and not rescues:
            what = f"step `{part.label}` goes to rescue steps, and there is none"
            raise InputError(what, hint="role: rescue").about("steps", position, "on_error")
    if rescues and not any(part.on_error == "rescue" for part in steps):
        position, rescue = next((n, part) for n, part in enumerate(steps) if part.role == "rescue")
        what = f"no step leads to the rescue step `{rescue.label}`"
        raise InputError(what, hint="on_error: rescue").about("steps", position, "role")
    if all(part.role != "normal" for part in steps):
        raise InputError("a job needs a step whose role is normal").about("steps")
    _check_sides(steps)
    return tuple(steps)


def _check_sides(steps: Sequence[JobStep]) -> None:
    served = [is_server(part.step) for part in steps]
    if False not in served:
        return
    first, last = served.index(False), len(served) - 1 - served[::-1].index(False)
    between = next((n for n in range(first, last) if served[n]), None)
    if between is not None:
        raise InputError(
            f"step `{steps[between].label}` runs on the machine of the CMDB, once for the whole run",
            why="it stands between steps that each computer goes through",
            hint="put it before the first or after the last of those",
        ).about("steps", between)


def _check_step(part: JobStep, position: int, seen: set[str]) -> None:
    def wrong(field: str, what: str, hint: str) -> InputError:
        return InputError(what, hint=hint).about("steps", position, field)

    if not _LABEL.fullmatch(part.label):
        hint = "a small letter, then small letters, digits or underscores"
        raise wrong("name", f"`{part.label}` is not a step's name", hint)
    if part.label in seen:
        raise wrong("name", f"two steps are called `{part.label}`", "give one another name: name: NAME")
    for field, value, choices in (("on_error", part.on_error, ON_ERROR), ("role", part.role, ROLES)):
        if value not in choices:
            hint = near_or_all(value, choices)
            raise wrong(field, f"step `{part.label}`: `{value}` is no {field}", hint)
    if part.role != "normal" and part.on_error == "rescue":
        raise wrong("on_error", f"step `{part.label}` is a {part.role} step: nothing rescues it", "on_error: stop")
    if not 0 <= part.retries <= MAX_RETRIES:
        raise wrong("retries", f"step `{part.label}`: {part.retries} retries", f"0 to {MAX_RETRIES}")
    if part.once and part.retries:
        raise wrong("once", f"step `{part.label}` is done once, so it cannot be retried", "leave out one of the two")
    if not 0 < part.backoff_s <= LONGEST_BACKOFF_S:
        raise wrong("backoff", f"step `{part.label}`: a pause of {part.backoff_s:g} s", "1s to 1h")

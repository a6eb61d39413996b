"""One occurrence of a policy on this computer: its steps in order, each under a marker, until the end or a pause.

What is kept of it lets any later check-in go on: what became of each step, and which one was begun last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from itmsctl.agents.endpoint.compliance import boot_id
from itmsctl.agents.endpoint.marking import ASK, RUN, MarkedAnswer, Marking
from itmsctl.agents.endpoint.opening import Openings
from itmsctl.agents.endpoint.walking import FAILED, SUCCEEDED, TIMED_OUT, DoneStep, NextMove, is_among, next_move

WAITING, RUNNING, EXPIRED = "waiting", "running", "expired"
_LONGEST_NAP_S = 30.0
_MOST_ATTEMPTS = 20
_MOST_UNTOLD = 8  # steps whose output is kept here before it is told
_NOT_STARTED = {
    "NOINTERPRETER": ("INTERPRETER-MISSING", "its interpreter is not on this computer"),
    "UNSAFE": ("REMOTE-DIR-UNSAFE", "the folder of markers is not that of this user alone"),
}


class Stepping:
    """The steps of one occurrence; `kept` is what is kept of it, and `clock` returns the time in seconds."""

    def __init__(self, duty: Mapping[str, Any], kept: dict[str, Any], marking: Marking, openings: Openings,
                 clock: Callable[[], int], note: Callable[[], None], begins: Callable[[], None],
                 delivering: Callable[[], Any]) -> None:  # fmt: skip
        self.duty, self.kept, self.marking, self.openings = duty, kept, marking, openings
        self.delivering = delivering
        self.clock, self.note, self.begins = clock, note, begins
        self.why = ""
        self.wake: int | None = None

    def go_on(self) -> str:
        """Go on as far as that is possible now; return the state that it has come to."""
        steps = self.duty["steps"]
        while True:
            move = next_move(steps, self._done())
            if move.is_end:
                return self._ended(move)
            assert move.position is not None
            under_way = self.kept.get("at") == [move.position, move.retry]
            if not under_way and (why := self._not_now(move)):
                self.why = why
                return WAITING
            step = steps[move.position]
            if not under_way and "delivery" in step:
                end = self._prepared(step)
                if self.why:
                    return WAITING
                if end is not None:
                    self._end_of(move, end, MarkedAnswer(""), None, begun=False)
                    continue
            answer = self._answer(move, step, under_way=under_way)
            if answer is None:
                return RUNNING
            if not self._taken(move, step, answer):
                return WAITING

    @property
    def is_begun(self) -> bool:
        """Return whether a step of it was begun."""
        return bool(self.kept["done"] or self.kept.get("at"))

    # --- before a step --------------------------------------------------------------------------------------------

    def _not_now(self, move: NextMove) -> str:
        """Return why the next step may not begin now; empty where it may."""
        now = self.clock()
        step = self.duty["steps"][move.position]
        later = self.kept.get("later") if step.get("later") else None
        if later is not None and now < later:
            self.wake = later
            return f"step `{step['label']}` begins by the schedule of running"
        closed = self.openings.closed(now, ignore_windows=self._ignores_windows(step))
        if closed is not None:
            self.wake = closed.until
            return closed.why
        last = self.kept["done"].get(str(move.position))
        if move.retry and last is not None:
            left = last[4] + move.pause_s - now
            if left > _LONGEST_NAP_S:
                self.wake = int(now + left)
                return f"a pause before try {move.retry + 1} of step `{self._label(move)}`"
            time.sleep(max(0.0, left))
        return ""

    def _ignores_windows(self, step: Mapping[str, Any]) -> bool:
        return bool(self.duty.get("ignore_windows") or step.get("outside"))

    def _prepared(self, step: Mapping[str, Any]) -> Any:
        """Return the end of a step of a delivery whose program need not run; `why` is set where it has to wait."""
        from itmsctl.agents.endpoint.delivering import DeliveryWaitsError

        self.why = ""
        try:
            return self.delivering().before(step, ignore_windows=self._ignores_windows(step))
        except DeliveryWaitsError as error:
            self.why = str(error)
            return None

    def _label(self, move: NextMove) -> str:
        return str(self.duty["steps"][move.position]["label"])

    def _marker(self, move: NextMove) -> str:
        who = f"agent.{self.duty['key']}.{self.kept['due']}"
        return f"{who}.{self.kept['attempt']}.{move.position}.{move.retry}"

    # --- a step ---------------------------------------------------------------------------------------------------

    def _answer(self, move: NextMove, step: Mapping[str, Any], *, under_way: bool) -> MarkedAnswer | None:
        """Return what became of a step: begun now, or asked about where it was before. None while it runs."""
        if under_way:
            found = self.marking.call(ASK, self._marker(move), step)
        else:
            self.kept["at"] = [move.position, move.retry]
            self.kept.setdefault("began", self.clock())
            self.kept["step_began"] = self.clock()
            self.kept["boot"] = boot_id()
            self.note()
            if not self.kept["done"]:
                self.begins()
            found = self.marking.call(RUN, self._marker(move), step)
        return None if found.word == "RUNNING" else found

    def _taken(self, move: NextMove, step: Mapping[str, Any], answer: MarkedAnswer) -> bool:
        """Take the answer in; return whether there is an end of the step, or it may be begun under another marker."""
        word, number = answer.word, answer.number
        if word == "DONE" and "delivery" in step:
            return self._delivered(move, step, answer)
        if word == "DONE":
            good = is_among(step["success"], number)
            self._end(move, SUCCEEDED if good else FAILED, answer, number)
        elif word == "KILLED":
            why = "it was stopped by somebody" if answer.detail.startswith("person") else "it passed its time limit"
            self._end(move, FAILED if "somebody" in why else TIMED_OUT, answer, number, "TIME-LIMIT", why)
        elif word in {"LOST", "WIPED"}:
            self._lost(move, step, answer)
        elif word in _NOT_STARTED:
            reason, why = _NOT_STARTED[word]
            self._end(move, FAILED, answer, None, reason, f"{why}: {answer.detail}"[:500], begun=False)
        else:
            # Never begun under this marker, and never will be: the next one is another attempt.
            self.kept["attempt"] += word in {"NEVER", "ABSENT", "TORN"}
            self.kept.pop("at", None)
            self.why = f"step `{step['label']}` could not be begun: {word} {answer.detail}"[:500]
            self.note()
            return word in {"NEVER", "ABSENT"} and self.kept["attempt"] < _MOST_ATTEMPTS
        return True

    def _delivered(self, move: NextMove, step: Mapping[str, Any], answer: MarkedAnswer) -> bool:
        """Take in how the program of a package ended; return whether that is the end: the computer may restart yet."""
        from itmsctl.agents.endpoint.delivering import DeliveryWaitsError

        try:
            end = self.delivering().after(step, answer, str(self.kept.get("boot") or ""))
        except DeliveryWaitsError as error:
            self.why = str(error)
            return False
        self._end_of(move, end, answer, answer.number)
        return True

    def _end_of(
        self, move: NextMove, end: Any, answer: MarkedAnswer, exit_status: int | None, *, begun: bool = True
    ) -> None:
        state = SUCCEEDED if end.good else FAILED
        self._end(move, state, answer, exit_status, end.reason, end.message, begun=begun)

    def _lost(self, move: NextMove, step: Mapping[str, Any], answer: MarkedAnswer) -> None:
        """Take in that a step was begun, and that nobody knows how it ended: only what may run twice is begun again."""
        if step["idempotent"] and not step["once"] and self.kept["attempt"] < _MOST_ATTEMPTS:
            self.kept["attempt"] += 1
            self.kept.pop("at", None)
            self.note()
            return
        restarted = answer.detail.startswith("restarted")
        reason = "COMPUTER-RESTARTED" if restarted else "PROCESS-GONE"
        why = "the computer was restarted while it ran" if restarted else "its process is gone, and left no exit status"
        self._end(move, FAILED, answer, None, reason, why)

    def _end(
        self, move: NextMove, state: str, answer: MarkedAnswer, exit_status: int | None, reason: str = "",
        message: str = "", *, begun: bool = True,
    ) -> None:  # fmt: skip
        now = self.clock()
        self.kept["done"][str(move.position)] = [state, exit_status, move.retry, begun, now]
        seen = self.delivering().taken() if "delivery" in self.duty["steps"][move.position] else []
        more = {"seen": seen} if seen else {}
        self.kept["untold"].append({
            "position": move.position, "retry": move.retry, "state": state, "exit_status": exit_status,
            "reason": reason, "message": message, "began": self.kept.get("step_began", now), "ended": now,
            "out": answer.out, "err": answer.err, **more,
        })  # fmt: skip
        self.kept.pop("at", None)
        self.note()
        if len(self.kept["untold"]) >= _MOST_UNTOLD:
            self.begins()

    # --- the end --------------------------------------------------------------------------------------------------

    def _done(self) -> dict[int, DoneStep]:
        return {
            int(position): DoneStep(one[0], one[1], one[2], begun=one[3]) for position, one in self.kept["done"].items()
        }

    def _ended(self, move: NextMove) -> str:
        self.kept["position"] = move.position
        self.kept["rescued"] = move.rescued
        return move.state

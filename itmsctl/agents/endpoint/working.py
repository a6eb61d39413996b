"""What policies have this computer run by itself: each time that is due carried out once, and told.

Of several that became due while nobody looked, the newest is carried out: the others are told as missed. One that
waits for its window is carried out once that opens, and what becomes due meanwhile is left out, as by the run engine.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from itmsctl.agents.endpoint.due_times import next_after, times_of
from itmsctl.agents.endpoint.home import WORK, AgentHome
from itmsctl.agents.endpoint.marking import Marking
from itmsctl.agents.endpoint.opening import Openings
from itmsctl.agents.endpoint.reading import content_of
from itmsctl.agents.endpoint.stepping import EXPIRED, RUNNING, WAITING, Stepping
from itmsctl.agents.form import RESULTS, canonical
from itmsctl.inventory.endpoint.own_files import write_whole

_MOST_TOLD = 200  # of times that were missed
_GRACE_S = 600
_TIMES = {"times", "every_s", "start", "until", "later"}


class AgentWork:
    """The work of one check-in."""

    def __init__(
        self, home: AgentHome, build: Mapping[str, Any], source: str, openings: Openings, issued: int,
        clock: Callable[[], int], every_s: int, deliver: Callable[[], None],
    ) -> None:  # fmt: skip
        self.home, self.openings, self.issued, self.clock, self.deliver = home, openings, issued, clock, deliver
        self.build, self.source = build, source
        self.marking = Marking(str(build["wrapper"]), home.path("runs"))
        self._delivering: Any = None
        self.grace_s = max(_GRACE_S, 2 * every_s)
        self.kept: dict[str, Any] = home.json(WORK)
        self.wakes: list[int] = []
        self.did = False

    def run(self, duties: Sequence[Mapping[str, Any]]) -> bool:
        """Do what is due; return whether anything came of it. Raises OSError: the next check-in goes on."""
        known = {str(duty["key"]): duty for duty in duties}
        for key in [key for key in self.kept if key not in known]:
            self._leave(key, self.kept[key].get("current"))
        for key, duty in known.items():
            mine = self.kept.setdefault(key, {"since": self.issued, "last": 0})
            self._work(duty, mine)
        self._note()
        return self.did

    def _leave(self, key: str, current: dict[str, Any] | None) -> None:
        """Forget a policy that is not for this computer any more; what was begun of it goes on to its end."""
        if current and (current["done"] or current.get("at")):
            self._carry_out(current["duty"], self.kept[key])
        elif current:
            why = "its policy is not for this computer any more"
            self._settle(current["duty"], self.kept[key], EXPIRED, reason="WITHDRAWN", message=why)
        if not self.kept[key].get("current"):
            del self.kept[key]

    def _note(self) -> None:
        data = canonical(self.kept)
        if data != canonical(self.home.json(WORK)):
            write_whole(self.home.path(WORK), data, 0o600)

    # --- which time -----------------------------------------------------------------------------------------------

    def _work(self, duty: Mapping[str, Any], mine: dict[str, Any]) -> None:
        if not mine.get("current"):
            due = self._choose(duty, mine)
            if due is None:
                return
            # With its steps: as a run does, it goes on by those that it was begun with.
            said = {name: value for name, value in duty.items() if name not in _TIMES}
            mine["current"] = {"due": due, "attempt": 1, "done": {}, "untold": [], "duty": said}
            if "later" in duty:
                mine["current"]["later"] = next_after(duty["later"], due - 1)
        self._carry_out(duty, mine)

    def _choose(self, duty: Mapping[str, Any], mine: dict[str, Any]) -> int | None:
        """Return the time that is to be carried out now; those that were missed before it are told."""
        now = self.clock()
        splay = self._splay(duty)
        coming = [(due, begins) for due, begins in times_of(duty, now) if due > mine["last"] and begins > mine["since"]]
        pending = [(due, begins) for due, begins in coming if begins + splay <= now]
        later = [begins + splay for _, begins in coming if begins + splay > now]
        following = next_after(duty, now)
        self.wakes += [min(later)] if later else [following + splay] if following else []
        if not pending:
            return None
        due, begins = pending[-1]
        is_late = now - begins - splay > self.grace_s
        left = pending if is_late and duty.get("missed") == "skip" else pending[:-1]
        self._tell(duty, _left_out([one for one, _ in left], "MISSED", "nobody looked when it was due"))
        if len(left) == len(pending):
            mine["last"] = due
            self._note()
            return None
        if len(pending) > 1:
            mine["last"] = pending[-2][0]
        return due

    def _splay(self, duty: Mapping[str, Any]) -> int:
        most = int(duty.get("splay_s") or 0)
        return zlib.crc32(f"{self.home.id} {duty['key']}".encode()) % most if most else 0

    # --- carrying out ---------------------------------------------------------------------------------------------

    def _carry_out(self, duty: Mapping[str, Any], mine: dict[str, Any]) -> None:
        current = mine["current"]
        stepping = Stepping(
            current["duty"], current, self.marking, self.openings, self.clock, self._note,
            lambda: self._begins(duty, current), self._delivery,
        )  # fmt: skip
        if not stepping.is_begun and self._is_overdue(duty, current):
            why = f"the deadline passed; last: {current.get('why') or 'this computer did nothing'}"
            self._settle(duty, mine, EXPIRED, reason="EXPIRED", message=why)
            return
        state = stepping.go_on()
        self.did = True
        if state in {WAITING, RUNNING}:
            self.wakes += [self.clock() + 300 if stepping.wake is None else stepping.wake]
            why = stepping.why or "its command still runs"
            if why != current.get("why") or current["untold"]:
                current["why"] = why
                self._say(duty, current, state, message=why)
            return
        decided = current["done"].get(str(current.get("position")), ["", None])
        more = {"reason": "RESCUED"} if current.get("rescued") else {}
        self._settle(duty, mine, state, exit_status=decided[1], **more)

    def _delivery(self) -> Any:
        """Return what carries out the steps of deliveries: made where there is one, for most check-ins have none."""
        if self._delivering is None:
            from itmsctl.agents.endpoint.bringing import Bringing
            from itmsctl.agents.endpoint.compliance import Compliance
            from itmsctl.agents.endpoint.delivering import Delivering

            bringing = Bringing(self.build.get("deliver") or {}, content_of(self.source))
            self._delivering = Delivering(bringing, Compliance(self.home), self.openings, self.clock)
        return self._delivering

    def _begins(self, duty: Mapping[str, Any], current: dict[str, Any]) -> None:
        """Say that it begins, and have that delivered before: so it is seen while it runs."""
        current["why"] = "it runs"
        self._say(duty, current, RUNNING, message="it runs")
        self.deliver()

    def _is_overdue(self, duty: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
        most = duty.get("deadline_s")
        return bool(most) and self.clock() > current["due"] + most

    def _settle(self, duty: Mapping[str, Any], mine: dict[str, Any], state: str, **more: Any) -> None:
        """Tell the end, and leave out what became due while it was still to come."""
        current, now = mine["current"], self.clock()
        self._say(duty, current, state, **more)
        between = [due for due, begins in times_of(duty, now) if due > current["due"] and begins <= now]
        late = between if current.get("waited") else []
        self._tell(duty, _left_out(late, "SKIPPED", "the one before was still to come"))
        mine["last"] = max([current["due"], *late])
        mine["current"] = None
        self._note()

    # --- telling --------------------------------------------------------------------------------------------------

    def _say(self, duty: Mapping[str, Any], current: dict[str, Any], state: str, **more: Any) -> None:
        current["waited"] = current.get("waited") or state == WAITING
        told = {"due": current["due"], "state": state, "steps": current["untold"], "began": current.get("began"),
                "position": current.get("position"), "steps_id": current["duty"]["steps_id"], **more}  # fmt: skip
        self._tell(duty, [told])
        current["untold"] = []
        self._note()

    def _tell(self, duty: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> None:
        if not told:
            return
        self.did = True
        same = {"policy": duty["policy"], "source": duty.get("source", "schedule"), "ended": self.clock()}
        self.home.tell(RESULTS, self.clock(), canonical({"results": [{**same, **one} for one in told]}))


def _left_out(times: Sequence[int], reason: str, why: str) -> list[dict[str, Any]]:
    return [{"due": due, "state": EXPIRED, "reason": reason, "message": why} for due in times[-_MOST_TOLD:]]

"""One check-in: take policy, do what is due by it, tell what came of it. It heals whatever ended the one before it."""

from __future__ import annotations

import os
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from itmsctl.agents.endpoint.asking import register
from itmsctl.agents.endpoint.due_times import next_after
from itmsctl.agents.endpoint.gathering import ask_again, gather
from itmsctl.agents.endpoint.home import WORK, AgentHome
from itmsctl.agents.endpoint.opening import Openings
from itmsctl.agents.endpoint.policy import HeldPolicy, RefusedPolicyError
from itmsctl.agents.endpoint.posting import PostError, post
from itmsctl.agents.endpoint.reading import SourceError
from itmsctl.agents.form import REFUSED, STATUS
from itmsctl.inventory.endpoint.own_files import write_whole

_ASK_AGAIN_S = 86_400
_USUAL_S = 3600


class CheckIn:
    """One check-in of an agent; `build` is what its file was built with."""

    def __init__(
        self, home: AgentHome, build: Mapping[str, Any], definitions: Sequence[Sequence[Any]], now: int
    ) -> None:
        self.home, self.build, self.definitions, self.now = home, build, definitions, now
        self.policy = HeldPolicy(home, list(build["keys"]))
        self.said: list[str] = []
        self.failed = False
        self.wakes: list[int] = []
        self._begin = time.monotonic()
        self.nice = int(build.get("nice", 10))

    def run(self) -> int:
        """Do it; return the exit status: 0, or 1 where something could not be done. Raises OSError."""
        self.policy.held(self.now)
        if self._is_blocked():
            self.said.append("a blockout forbids all contact")
            self._plan()
            return 0
        there = self._fetch()
        if there is False and not self.policy.head:
            self._register()
        worked = False
        if self.policy.stopped:
            self.said.append(f"the server has {self.policy.stopped} this agent: it does nothing, and tells nothing")
            self._plan()
            return int(self.failed)
        if self.policy.head:
            if not self.home.state.get("told_of"):
                self.home.keep(told_of=self.now)
            ask_again(self.home, self.policy.head.get("again"))
            openings = Openings(self.policy.duties("windows"))
            worked = self._work(openings)
            wanted = self.policy.duties("inventory")
            if openings.closed(self.now):
                wanted = [one for one in wanted if one.get("ignore_windows")]
            self.wakes += [one for one in (next_after(duty, self.now) for duty in wanted) if one is not None]
            worked = gather(self.home, wanted, self.definitions, self.now, self.nice) or worked
            self._tell(worked=worked)
        self._deliver()
        self._plan()
        return int(self.failed)

    # --- policy -------------------------------------------------------------------------------------------------------

    def _fetch(self) -> bool | None:
        """Look for newer policy; return whether there is any for this agent, None where that could not be seen."""
        try:
            found = self.policy.fetch(self.source(), self.now)
        except SourceError as error:
            self._fail(str(error))
            return None
        except RefusedPolicyError as error:
            self._refuse(error)
            return None
        if self.policy.news:
            self.said.append(f"policy {self.policy.head['number']} taken")
        return found

    def _refuse(self, error: RefusedPolicyError) -> None:
        """Report a policy that is not believed: once for each reason."""
        why = f"{error.word}: {error}"
        self._fail(f"the policy is refused: {error}")
        if self.home.state.get("refused") != why:
            self.home.tell(REFUSED, self.now, why=why, policy=self.home.state.get("policy", 0))
            self.home.keep(refused=why)

    def source(self) -> str:
        """Return where policy is read."""
        return str(self.policy.settings.get("source") or self.build["source"])

    def _inbox(self) -> str:
        return str(self.policy.settings.get("inbox") or self.build["inbox"])

    # --- work -------------------------------------------------------------------------------------------------------

    def _clock(self) -> int:
        """Return the time: that of the beginning, and what has passed since."""
        return self.now + int(time.monotonic() - self._begin)

    def _is_blocked(self) -> bool:
        """Return whether a blockout forbids all contact now; it is looked at again when that is over."""
        found = Openings(self.policy.duties("windows")).closed(self._clock(), ignore_windows=True)
        if found is None or not found.blocked:
            return False
        self.wakes += [] if found.until is None else [found.until]
        return True

    def _work(self, openings: Openings) -> bool:
        """Carry out what policies have this computer run; return whether anything came of it."""
        duties = self.policy.duties("tasks")
        if not duties and not os.path.exists(self.home.path(WORK)):
            return False
        from itmsctl.agents.endpoint.working import AgentWork

        head, every = self.policy.head, int(self.policy.settings.get("interval_s") or _USUAL_S)
        work = AgentWork(
            self.home, self.build, self.source(), openings, head["issued"], self._clock, every, self._deliver
        )
        worked = work.run(duties)
        self.wakes += work.wakes
        return worked

    # --- telling ------------------------------------------------------------------------------------------------------

    def _register(self) -> None:
        """Ask the server to take this agent on: once, and again each day as long as nothing comes back."""
        asked = self.home.state.get("asked", 0)
        if 0 <= self.now - asked < _ASK_AGAIN_S:
            self.said.append("registration was asked for; the server has not answered yet")
            return
        register(self.home, self.build, self.now)
        self.said.append("registration is asked for")

    def _tell(self, *, worked: bool) -> None:
        """Say that this agent was here, and how far it has come: where that is news, or it was not said for long."""
        refused = self.policy.refused or str(self.home.state.get("refused_why") or "")
        said = {"policy": self.policy.head["number"], "version": self.build["version"], "refused": refused}
        since = self.now - self.home.state.get("told_at", 0)
        every = self.policy.settings.get("interval_s", _USUAL_S)
        if said == self.home.state.get("told") and 0 <= since < every and not worked:
            return
        self.home.tell(STATUS, self.now, **said)
        self.home.keep(told=said, told_at=self.now)

    def _deliver(self) -> None:
        waiting = self.home.waiting()
        if not waiting or self._is_blocked():
            return
        ways = {"key": self.home.path("inbox_key"), "known_hosts": self.home.path("known_hosts")}
        for name, path in ways.items():
            text = str(self.build.get("inbox_key" if name == "key" else name) or "").encode()
            if text and not os.path.exists(path):
                write_whole(path, text, 0o600)
        try:
            post(self._inbox(), self.home.path("outbox"), waiting, ways)
        except PostError as error:
            self._fail(str(error))
        left = len(self.home.waiting())
        self.said.append(f"{len(waiting) - left} events delivered" + (f", {left} wait" if left else ""))

    # --- the next one -------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        """Note when the next check-in is due: after the interval, and a moment of this agent's own within the splay."""
        settings = self.policy.settings
        every = int(settings.get("interval_s") or self.build.get("interval_s") or _USUAL_S)
        splay = int(settings.get("splay_s") or 0)
        own = zlib.crc32(f"{self.home.id} {self.now // every}".encode()) % splay if splay else 0
        following = min([self.now + every + own, *(one for one in self.wakes if one > self.now)])
        self.home.keep(checked=self.now, next=following)

    def _fail(self, why: str) -> None:
        self.failed = True
        self.said.append(why)
        with suppress(OSError):
            sys.stderr.write(f"itms-agent: {why}\n")

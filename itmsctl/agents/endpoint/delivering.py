"""A step of a delivery on this computer: looked at, fetched as far as it is needed, run once, looked at again."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from itmsctl.agents.endpoint.asking_shell import asked
from itmsctl.agents.endpoint.bringing import Bringing, NotBroughtError
from itmsctl.agents.endpoint.compliance import Compliance, boot_id
from itmsctl.agents.endpoint.marking import MarkedAnswer, user_of
from itmsctl.agents.endpoint.opening import Openings
from itmsctl.packages.detection.answers import evidence
from itmsctl.packages.detection.judging import evaluate
from itmsctl.packages.detection.reading import parse
from itmsctl.packages.judging import ProofOfRule, end_meaning, expected, reboot_codes, refusal
from itmsctl.packages.kinds import REPAIR
from itmsctl.packages.manifest import PackageProgram
from itmsctl.software.delivering import is_as_wanted, state_of
from itmsctl.software.kinds import REBOOT_PENDING
from itmsctl.tasks.codes import REBOOT_NEEDED

UNCHANGED = "UNCHANGED"
MISMATCH = "PKG-HASH-MISMATCH"
_PROBE_S = 300.0


class StepEnd:
    """What a step came to: whether it is good, the code of why, and a sentence."""

    def __init__(self, reason: str, message: str, *, good: bool = True) -> None:
        self.reason, self.message, self.good = reason, message[:1000], good


class DeliveryWaitsError(Exception):
    """A step cannot go on now; the text says why. The next check-in tries again."""


class Delivering:
    """The steps of deliveries of one check-in. `seen` is what detection found since somebody took it."""

    def __init__(
        self, bringing: Bringing, compliance: Compliance, openings: Openings, clock: Callable[[], int]
    ) -> None:
        self.bringing, self.compliance, self.openings, self.clock = bringing, compliance, openings, clock
        self.seen: list[dict[str, Any]] = []

    def taken(self) -> list[dict[str, Any]]:
        """Return what was seen since this was asked last."""
        found, self.seen = self.seen, []
        return found

    # --- before ---------------------------------------------------------------------------------------------------

    def before(self, step: Mapping[str, Any], *, ignore_windows: bool) -> StepEnd | None:
        """Return the end of a step where nothing has to run; None where its program has to, and it is here now.

        Raises DeliveryWaitsError, OSError.
        """
        said = step["delivery"]
        if said["stage"]:
            return self._staged(step, ignore_windows=ignore_windows)
        item = said["items"][0]
        if self.compliance.waits(str(item["software"]), str(said["action"]), boot_id()):
            return StepEnd(REBOOT_NEEDED, "nothing to do before the computer has restarted")
        why = self._needless(step, item)
        if why is not None:
            return StepEnd(UNCHANGED, f"nothing to do: {why}")
        if item["package"] is None:
            what = f"{item['software']} has no package, so nothing can {said['action']} it"
            return StepEnd("INPUT", what, good=False)
        return self._brought(step, [item], ignore_windows=ignore_windows)

    def _staged(self, step: Mapping[str, Any], *, ignore_windows: bool) -> StepEnd:
        lacking = [one for one in step["delivery"]["items"] if one["package"] and self._needless(step, one) is None]
        if not lacking:
            return StepEnd(UNCHANGED, "nothing to fetch")
        end = self._brought(step, lacking, ignore_windows=ignore_windows)
        return end or StepEnd("", "; ".join(f"{one['software']}: it is in the cache" for one in lacking))

    def _needless(self, step: Mapping[str, Any], item: Mapping[str, Any]) -> str | None:
        """Return why nothing need be done; None where something must be, or nobody knows."""
        if item["inapplicable"]:
            return str(item["inapplicable"])
        if not item["rule"]:
            return None
        proof = self._look(step, item)
        action = str(step["delivery"]["action"])
        return proof.why if is_as_wanted(action, state_of(proof.truth)) and action != REPAIR else None

    def _look(self, step: Mapping[str, Any], item: Mapping[str, Any]) -> ProofOfRule:
        printed = asked(str(item["probe"]), user_of(step), _PROBE_S, {})
        if printed is None:
            proof = ProofOfRule(None, "the probe did not come to its end")
        else:
            rule = parse(str(item["rule"]))
            verdict = evaluate(rule, evidence([rule], printed))
            proof = ProofOfRule(verdict.truth, verdict.text)
        self._note(item, state_of(proof.truth), proof.why)
        return proof

    def _note(self, item: Mapping[str, Any], state: str, why: str, **more: str) -> None:
        seen = {"software": item["software"], "state": state, "reason": why[:500], "at": self.clock(), **more}
        self.seen = [one for one in self.seen if one["software"] != item["software"]] + [seen]
        self.compliance.note(seen)

    def _brought(
        self, step: Mapping[str, Any], items: Sequence[Mapping[str, Any]], *, ignore_windows: bool
    ) -> StepEnd | None:
        said = step["delivery"]
        for item in items:
            now = self.clock()
            closes = self.openings.closes(now, ignore_windows=ignore_windows)
            left = float(said["fetch_s"]) if closes is None else min(float(said["fetch_s"]), float(closes - now))
            try:
                self.bringing.bring(item["package"], item["sources"], str(said["cache"]), user_of(step), left)
            except NotBroughtError as error:
                if error.corrupt:
                    why = f"{item['package']['name']} is not what was signed; it was not run: {error}"
                    return StepEnd(MISMATCH, why, good=False)
                raise DeliveryWaitsError(f"{item['package']['name']} is still to come: {error}") from None
        return None

    # --- after ----------------------------------------------------------------------------------------------------

    def after(self, step: Mapping[str, Any], answer: MarkedAnswer, boot: str) -> StepEnd:
        """Return what the end of its program means, proven by detection. `boot` is in which it was begun.

        Raises DeliveryWaitsError while the computer is to restart.
        """
        said = step["delivery"]
        item, code = said["items"][0], answer.number
        refused = refusal(code, base64.b64decode(answer.err[0]))
        if refused is not None:
            return StepEnd(refused[0], refused[1], good=False)
        program = PackageProgram(
            str(item["program"]), {}, {int(one): str(what) for one, what in item["codes"].items()},
            reboot=str(item["reboot"]),
        )  # fmt: skip
        restarts = code in reboot_codes(program, said["reboot"])
        if restarts and boot and boot == boot_id():
            raise DeliveryWaitsError("the computer restarts")
        must_hold = expected(str(said["action"]))
        proof = self._look(step, item) if item["rule"] and must_hold is not None else None
        found = end_meaning(code, program, proof, must_hold=must_hold, restarted=restarts)
        if found.reason == REBOOT_NEEDED and boot_id():
            why = f"its {item['program']} ended with {code}: the computer has to restart"
            self._note(item, REBOOT_PENDING, why, boot=boot_id(), action=str(said["action"]))
        return StepEnd(found.reason, found.message, good=found.good)

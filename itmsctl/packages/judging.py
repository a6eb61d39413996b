"""What the end of a program of a package means: detection decides where there is a rule, else the exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from itmsctl.errors import FailedError, IntegrityError, NotDetectedError
from itmsctl.packages.kinds import ALWAYS, IF_ASKED, INSTALL, REPAIR, UNINSTALL, UPGRADE
from itmsctl.packages.manifest import REBOOT, RETRY, SUCCESS, PackageProgram
from itmsctl.tasks.codes import REBOOT_NEEDED, RETRY_CODE
from itmsctl.transports.outcome import CommandOutcome, RemoteState

REFUSED = 97  # the exit status of our own words on the endpoint, before the program
UNPROVEN = "UNPROVEN"
_OURS = b"itms: "
_INTEGRITY = "PKG-HASH-MISMATCH"
_WORDS = frozenset({_INTEGRITY, "REMOTE-DIR-UNSAFE"})


@dataclass(frozen=True, slots=True)
class ProofOfRule:
    """What detection said: whether the rule holds (None: unknown), and why."""

    truth: bool | None
    why: str


def expected(program: str) -> bool | None:
    """Return whether the rule of a package must hold after a program; None where that says nothing."""
    return {INSTALL: True, UPGRADE: True, REPAIR: True, UNINSTALL: False}.get(program)


def is_needless(program: str, proof: ProofOfRule) -> bool:
    """Return whether a program need not run: it is installed already, or not there to be removed."""
    return program in {INSTALL, UNINSTALL} and proof.truth is expected(program)


def reboot_codes(program: PackageProgram, choice: str | None) -> tuple[int, ...]:
    """Return the exit codes after which the computer is to be restarted."""
    how = choice or program.reboot
    asked = tuple(sorted(code for code, said in program.codes.items() if said == REBOOT))
    if how == ALWAYS:
        good = {code for code, said in program.codes.items() if said == SUCCESS}
        return tuple(sorted({*asked, *good, *([0] if program.meaning(0) == SUCCESS else [])}))
    return asked if how == IF_ASKED else ()


class EndMeaning(NamedTuple):
    """What the end of a program means: whether it is good, the code of why, and a sentence."""

    good: bool
    reason: str
    message: str


def refusal(exit_status: int | None, errors: bytes) -> tuple[str, str] | None:
    """Return the word and the sentence of a package that the endpoint did not run, as it did not hold; None else.

    `errors` is the beginning of what was printed on the standard error.
    """
    if exit_status != REFUSED or not errors.startswith(_OURS):
        return None
    line = errors[len(_OURS) :].split(b"\n", 1)[0].decode("utf-8", "replace")
    word, _, why = line.partition(" ")
    return (word, f"the package was not run: {why}") if word in _WORDS else None


def refused(outcome: CommandOutcome) -> CommandOutcome | None:
    """Return the outcome of a package that the endpoint did not run, as it did not hold; None for any other end."""
    found = refusal(outcome.exit_status, outcome.stderr.head)
    if found is None:
        return None
    word, message = found
    leads_to = IntegrityError.exit_status if word == _INTEGRITY else FailedError.exit_status
    return replace(outcome, state=RemoteState.FAILED, reason=word, message=message, leads_to=leads_to, exit_status=None)


def judged_end(
    outcome: CommandOutcome,
    program: PackageProgram,
    proof: ProofOfRule | None,
    *,
    must_hold: bool | None,
    restarted: bool,
) -> CommandOutcome:
    """Return what the end of a program came to.

    `proof` is None where no rule says anything of it; `must_hold` is whether the rule
    has to hold, None where nobody knows.
    """
    code = outcome.exit_status
    if code is None:
        return outcome
    found = end_meaning(code, program, proof, must_hold=must_hold, restarted=restarted)
    state = RemoteState.SUCCEEDED if found.good else RemoteState.FAILED
    leads_to = 0 if found.good else FailedError.exit_status
    return replace(outcome, state=state, reason=found.reason, message=found.message, leads_to=leads_to)


def end_meaning(
    code: int, program: PackageProgram, proof: ProofOfRule | None, *, must_hold: bool | None, restarted: bool
) -> EndMeaning:
    """Return what an exit code means, proven by detection where a rule says anything of it; as `judged_end`."""
    meaning = program.meaning(code)
    waits = meaning == REBOOT and not restarted
    good = meaning in {SUCCESS, REBOOT}
    if proof is None or proof.truth is None or must_hold is None:
        said = "" if proof is None or must_hold is None else f"not proven: {proof.why}"
        return EndMeaning(good, _reason(good, meaning, waits, UNPROVEN if said else ""), said)
    if proof.truth is must_hold:
        said = f"proven: {proof.why}" + ("" if good else f"; its program ended with {code}")
        return EndMeaning(True, REBOOT_NEEDED if waits else "", said)
    if waits:
        return EndMeaning(True, REBOOT_NEEDED, f"it needs a reboot before it can be proven: {proof.why}")
    reason = NotDetectedError.code if good else _reason(False, meaning, waits, "")
    return EndMeaning(False, reason, f"its program ended with {code}, and detection says: {proof.why}")


def _reason(good: bool, meaning: str, waits: bool, otherwise: str) -> str:
    if waits:
        return REBOOT_NEEDED
    return RETRY_CODE if not good and meaning == RETRY else otherwise

"""Whether a rule holds on one computer: its probe is run there, and what that prints is judged here."""

from __future__ import annotations

from functools import lru_cache

from itmsctl.packages.detection.answers import MOST_BYTES, evidence
from itmsctl.packages.detection.judging import RuleVerdict, evaluate
from itmsctl.packages.detection.probing import WINDOWS, probe
from itmsctl.packages.detection.reading import parse
from itmsctl.packages.detection.rule import Rule
from itmsctl.transports.base import Transport
from itmsctl.transports.powershell import POWERSHELL
from itmsctl.transports.reader import End, KeptBytes
from itmsctl.transports.streaming import Inquiry

_LONGEST_S = 300.0


@lru_cache(maxsize=64)
def _asked(text: str, system: str) -> tuple[Rule, bytes]:
    rule = parse(text)
    return rule, probe([rule], system).encode()


def detect(transport: Transport, text: str, system: str, run_as: str | None, limit_s: float) -> RuleVerdict:
    """Return whether a rule holds on a computer, and why; unknown where its probe did not come to an end.

    Raises ItmsError where the computer cannot be asked.
    """
    rule, program = _asked(text, system)
    is_windows = system == WINDOWS
    shells, options = ((POWERSHELL,), ()) if is_windows else (("sh",), ("-s",))
    inquiry = Inquiry(
        program, shells, options, None if is_windows else run_as, 0, min(_LONGEST_S, limit_s), 2 * MOST_BYTES
    )
    out = KeptBytes(MOST_BYTES)
    read = transport.read_out(inquiry, out)
    if read.end is not End.EXITED:
        return RuleVerdict(None, (f"the probe did not come to its end: {read.end.value}",))
    return evaluate(rule, evidence([rule], bytes(out.data)))

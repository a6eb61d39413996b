"""Whether anything may be started at all."""

from __future__ import annotations

from itmsctl.cmdb.work import Reader
from itmsctl.errors import StoppedError
from itmsctl.tasks.service import switch


def refuse(reader: Reader, *, by_file: bool) -> None:
    """Raise StoppedError where a STOP file is there or the STOP switch is on: what is due waits until it is lifted."""
    if by_file:
        raise StoppedError("a STOP file forbids new runs; nothing was started", hint="itmsctl doctor names the file")
    if switch.is_on(reader):
        raise StoppedError("the STOP switch is on; nothing was started", hint="itmsctl run stop-all --lift")

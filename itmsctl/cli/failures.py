"""Errors in words: the only place that turns an ItmsError into text or JSON on stderr."""

from __future__ import annotations

import json
import traceback
import uuid
from typing import TYPE_CHECKING

from itmsctl.errors import ItmsError
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import term, without_secrets

if TYPE_CHECKING:
    from itmsctl.cli.context import Context

SHOWN = 20  # of several mistakes in one command


def render(context: Context, error: ItmsError) -> None:
    """Write an error to stderr: what, why, and the next command to type."""
    if context.settings.error_format == "json":
        context.stderr.write(json.dumps(error.as_dict(), ensure_ascii=False, default=str) + "\n")
        return
    several = [str(one) for one in error.details.get("problems", ())]
    if len(several) > 1:
        more = [f"... and {len(several) - SHOWN} more: --error-format json names all"] if len(several) > SHOWN else []
        context.stderr.write("\n".join(term(line) for line in [*several[:SHOWN], *more]) + "\n")
    lines = [f"error: {error.message}"] if error.exit_status else [error.message]
    if error.why:
        lines.append(f"  why: {error.why}")
    if error.hint:
        lines.append(f"  try: {error.hint}")
    lines[0] += f" [{error.code}]" if error.exit_status else ""
    context.stderr.write("\n".join(term(line) for line in lines) + "\n")


def report_bug(context: Context, error: BaseException) -> None:
    """Write an incident file with the traceback, and say where it is; no traceback on the terminal."""
    incident = uuid.uuid4().hex[:8]
    folder = context.state_folder / "incidents"
    text = without_secrets("".join(traceback.format_exception(error)))
    said = without_secrets(str(error))
    where = f"the report could not be written: {text}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{to_text(context.clock())[:19].replace(':', '')}-{incident}.txt"
        path.write_text(f"incident {incident}\ncommand {context.typed}\n{text}", encoding="utf-8")
        path.chmod(0o600)
        where = str(path)
    except OSError:
        pass
    if context.settings.error_format == "json":
        payload = {
            "code": "BUG",
            "message": "internal error",
            "why": said,
            "hint": "",
            "details": {"file": where},
        }
        context.stderr.write(json.dumps(payload) + "\n")
        return
    context.stderr.write(
        f"internal error {incident}: {term(type(error).__name__)}: {term(said)[:300]}\n  report: {where}\n"
    )

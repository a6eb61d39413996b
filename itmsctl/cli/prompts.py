"""Danger, asked: mild no question, moderate y/N or `--yes`, severe the name typed; `--confirm` says either."""

from __future__ import annotations

import os
from collections.abc import Sequence

from itmsctl.cli.context import Context
from itmsctl.errors import ConfirmationRequiredError, NotConfirmedError, SizeGuardError
from itmsctl.values.counts import counted
from itmsctl.values.kind import Danger
from itmsctl.values.untrusted import shell_arg, term


def asks(context: Context, danger: Danger, given: str | None = None) -> bool:
    """Return whether `confirm` would ask, or refuse because it cannot."""
    return given is None and danger is not Danger.MILD and not (danger is Danger.MODERATE and context.settings.yes)


def confirm(
    context: Context, danger: Danger, what: str, name: str, *, count: int | None = None, given: str | None = None
) -> None:
    """Ask whether to go on, as the danger requires.

    Raises ConfirmationRequiredError where nobody can be asked, NotConfirmedError where the answer is no.
    """
    wanted = name if count is None else f"{name}:{count}"
    asked = f"--confirm {shell_arg(wanted)}"
    enough = {wanted, f"{name}:1"} if count is None else {wanted}  # NAME:COUNT is one form for all verbs
    if danger is Danger.MILD or (danger is Danger.MODERATE and context.settings.yes):
        return
    if given is not None:
        if given in enough or (danger is Danger.MODERATE and given == name):
            return
        raise NotConfirmedError(
            f"--confirm says `{given}`, but this is `{wanted}`", hint=f"--confirm {shell_arg(wanted)}"
        )
    if not context.interactive:
        flag = "--yes" if danger is Danger.MODERATE else asked
        raise ConfirmationRequiredError(f"confirmation is needed to {what}", hint=f"add {flag}")
    question = "y/N" if danger is Danger.MODERATE else f"type {wanted}"
    context.stderr.write(f"{term(what)}: sure? ({term(question)}) ")
    context.stderr.flush()
    answer = context.stdin.readline().strip()
    if answer in enough or (danger is Danger.MODERATE and answer.lower() in {"y", "yes"}):
        return
    raise NotConfirmedError("not confirmed; nothing was changed")


def confirm_many(
    context: Context,
    danger: Danger,
    what: str,
    noun: str,
    count: int,
    given: str | None,
    reasons: Sequence[str] = (),
) -> None:
    """Ask whether to go on with several objects, never without a question; `--confirm` may be `:COUNT`.

    Raises SizeGuardError without it where they are more than the guard or there are `reasons`, and as `confirm` does.
    """
    wanted, guard_max = f"{noun}:{count}", context.guard_max
    if count > guard_max and not reasons:
        reasons = [f"it touches {counted(count, noun)}, and the guard is {guard_max}"]
    if given is not None and given not in {wanted, f":{count}"}:
        raise NotConfirmedError(
            f"--confirm says `{given}`, but this is `{wanted}`; nothing was changed", hint=f"--confirm {wanted}"
        )
    if given is None and reasons:
        raise SizeGuardError(
            f"confirmation is needed to {what}; nothing was changed",
            why="; ".join(reasons),
            hint=f"narrow the selection, or add --confirm {wanted}",
            details={"count": count, "guard_max": guard_max, "reasons": list(reasons)},
        )
    least = Danger.MODERATE if danger is Danger.MILD else danger
    if given is None:
        confirm(context, least, what, noun, count=count)


def ask_secret(context: Context, question: str) -> str | None:
    """Ask for a secret at the terminal, unseen; None where nobody can be asked.

    The terminal is the one that controls the process: standard input is data, and never read.
    """
    if context.settings.no_input or not context.stderr.isatty():
        return None
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return None
    from getpass import getpass

    return getpass(f"{question}: ")

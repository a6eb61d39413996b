"""The words of the run marker as outcomes: what happened, to whom, and what to type next (I12)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

from itmsctl.errors import (
    ComputerRestartedError,
    InterpreterMissingError,
    ItmsError,
    KilledError,
    MarkerLostError,
    NoAnswerError,
    ProcessGoneError,
    RemoteDirUnsafeError,
    RemoteKilledError,
    RemoteStorageError,
    ReplyGarbledError,
    ShellRefusedError,
    TransferError,
    UploadTornError,
    WrongHostError,
)
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.reply import ReplyHeader
from itmsctl.values.untrusted import shell_arg, term

RECONCILE = "itmsctl run reconcile"
# Mode and owner in a line of `ls -ldn`, and the modes that are no danger.
_LISTED = re.compile(r"([bcdlps-][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-])[.+@]? +[0-9]+ +([0-9]+) ")
_OURS = re.compile(r"d[rwx-]{3}[r-]-[x-][r-]-[x-]")


def shown(text: str | bytes, limit: int = 200) -> str:
    """Return text of an endpoint as it may stand in a message: one line, no control bytes, cut at `limit`."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    line = term(" ".join(text.split()), keep_newlines=False)
    return line if len(line) <= limit else line[: limit - 3] + "..."


@contextlib.contextmanager
def translated(build: Callable[[Exception], ItmsError]) -> Iterator[None]:
    """Turn whatever a library of a transport raises into an error of ours."""
    try:
        yield
    except ItmsError:
        raise
    # Its thread hands on what broke it, of any class: a wrong tag, a struct too short, a text that is not UTF-8.
    except Exception as error:  # noqa: BLE001 - anything may come out of its thread; all becomes ours here
        raise build(error) from None


def wrong_host(endpoint: Endpoint, header: ReplyHeader) -> ItmsError:
    """Return the error where another computer answers at the address (MM6)."""
    seen = header.host.machine_id or "none"
    return WrongHostError(
        f"another computer answers at the address of {shown(endpoint.name)}",
        why=f"its machine id is {seen}, {endpoint.machine_id} is recorded; nothing was run",
        hint=f"itmsctl computer show {shell_arg(endpoint.name)}",
        details={"pinned": endpoint.machine_id, "seen": seen},
    )


def unsafe_folder(endpoint: Endpoint, header: ReplyHeader) -> ItmsError:
    """Return the error where the folder of markers is not ours alone (HE10). `detail` is what `ls -ldn` said
    of it.
    """
    listed = _LISTED.findall(header.detail)
    worst = next((entry for entry in listed if not _OURS.fullmatch(entry[0])), listed[-1] if listed else None)
    said = shown(header.detail) or "nothing is known of it"
    return RemoteDirUnsafeError(
        f"the folder of runs on {shown(endpoint.name)} is not safe to use",
        why=f"owner={worst[1]} mode={worst[0]}: {said}" if worst else said,
        hint="on that computer, let the folder belong to the login user alone (mode 0700)",
    )


def no_storage(endpoint: Endpoint, header: ReplyHeader) -> ItmsError:
    """Return the error where the endpoint cannot keep a marker."""
    return RemoteStorageError(
        f"{shown(endpoint.name)} cannot store the run; nothing was started",
        why=shown(header.detail) or "the folder of runs cannot be made",
        hint="free space on that computer, give its login user a home folder, or name another folder: "
        "itmsctl profile set NAME --run-dir DIR",
    )


def wiped(endpoint: Endpoint, marker: str) -> ItmsError:
    """Return the error where nothing is known of a marker, and the folder where it may have been is not one that
    keeps.
    """
    return MarkerLostError(
        f"{shown(endpoint.name)} knows nothing of {marker}, and that proves nothing",
        why="its usual folder of runs has no room, and what takes its place is emptied when the user has logged out",
        hint="look there what it did; itmsctl run retry RUN --failed begins it again",
    )


def torn(endpoint: Endpoint, header: ReplyHeader) -> ItmsError:
    """Return the error where the script did not arrive whole."""
    return UploadTornError(
        f"the script did not reach {shown(endpoint.name)} whole; it was not started", why=shown(header.detail)
    )


def no_interpreter(endpoint: Endpoint, header: ReplyHeader) -> ItmsError:
    """Return the error where the endpoint lacks the interpreter."""
    return InterpreterMissingError(
        f"{shown(endpoint.name)} has no such interpreter; nothing was started",
        why=shown(header.detail),
        hint="install it there, or give the task another interpreter",
    )


def not_windows(endpoint: Endpoint) -> ItmsError:
    """Return the error where PowerShell is to run on what is not known to be Windows."""
    return InterpreterMissingError(
        f"{shown(endpoint.name)} is not known to be a Windows; nothing was started",
        why="PowerShell runs on computers whose os_family is windows",
        hint=f"itmsctl computer set {shell_arg(endpoint.name)} --os-family windows",
    )


def windows_files(endpoint: Endpoint) -> ItmsError:
    """Return the error where files of a Windows would go by SSH."""
    return TransferError(
        f"files of {shown(endpoint.name)} do not go over SSH",
        why="it is a Windows, where no POSIX shell takes them",
        hint="--transport smb",
    )


def windows_shell(endpoint: Endpoint) -> ItmsError:
    """Return the error where a program of a POSIX shell is meant for a Windows."""
    return TransferError(f"{shown(endpoint.name)} runs no program of a POSIX shell: it is a Windows")


def lost(endpoint: Endpoint, marker: str, *, restarted: bool) -> ItmsError:
    """Return the error where it was started, is gone and left no exit status: it has ended, and nobody knows how."""
    name, hint = shown(endpoint.name), "look there what it did; itmsctl run retry RUN --failed begins it again"
    if restarted:
        return ComputerRestartedError(
            f"{name} was restarted while {marker} ran there; it did not leave an exit status", hint=hint
        )
    return ProcessGoneError(
        f"{name} started {marker}, but it neither runs nor left an exit status",
        why="its process was killed from outside",
        hint=hint,
    )


def killed(endpoint: Endpoint, marker: str) -> ItmsError:
    """Return the error where a person stopped it, and its end is confirmed."""
    return KilledError(f"{marker} on {shown(endpoint.name)} was killed on request; its end is confirmed")


def time_limit(endpoint: Endpoint, marker: str) -> ItmsError:
    """Return the error where the command was stopped and its end confirmed."""
    return RemoteKilledError(f"{marker} on {shown(endpoint.name)} was stopped; its end is confirmed")


def no_answer(endpoint: Endpoint) -> ItmsError:
    """Return the error where the endpoint was still at work, or stuck, when the time for its answer was up."""
    why = "it is overloaded, or stuck"
    return NoAnswerError(f"{shown(endpoint.name)} did not answer in time", why=why, hint=RECONCILE)


def garbled(endpoint: Endpoint, what: bytes) -> ItmsError:
    """Return the error where the endpoint did not speak the words of the marker after it had begun to."""
    return ReplyGarbledError(
        f"{shown(endpoint.name)} did not report the end of the command",
        why=f"it said: {shown(what)}" if what else "its answer is not whole",
        hint=RECONCILE,
    )


# What login programs say of a password that has to be changed before anything else.
_EXPIRED = re.compile(rb"password (?:change required|has expired|expired)|must change your password", re.IGNORECASE)


def shell_refused(endpoint: Endpoint, said: bytes, status: int | None) -> ItmsError:
    """Return the error where the login shell ended without running our program."""
    hint = "give the account a shell that runs commands (sh, bash, dash, zsh, fish)"
    if _EXPIRED.search(said):
        hint = "its password has expired: log in there once by hand and change it, or have root set its age (chage)"
    return ShellRefusedError(
        f"the login shell of {shown(endpoint.user)} on {shown(endpoint.name)} ran nothing",
        why=f"exit status {status}; it said: {shown(said) or 'nothing'}",
        hint=hint,
    )


Builder = Callable[[Endpoint, ReplyHeader], ItmsError]
NOT_STARTED: dict[str, Builder] = {
    "WRONGHOST": wrong_host,
    "UNSAFE": unsafe_folder,
    "NOSTORE": no_storage,
    "TORN": torn,
    "NOINTERPRETER": no_interpreter,
}

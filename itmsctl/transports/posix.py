"""What every transport to a POSIX system shares: the run marker, spoken through one program at a time.

A driver shows how to start a program there (`_spawn`), and how to list a folder.
"""

from __future__ import annotations

import re
import secrets
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from itmsctl.errors import FailedError, ItmsError, LinkLostError, StopUnconfirmedError
from itmsctl.transports import failures, files
from itmsctl.transports.base import Onlooker, Transport
from itmsctl.transports.entries import SeenPath, Tree, What
from itmsctl.transports.loader import loader
from itmsctl.transports.marker import MARKERS_A_CALL, MarkerProgram, Mode, ask_program, run_program
from itmsctl.transports.outcome import HEAD_BYTES, TAIL_BYTES, Captured, Cause, Command, CommandOutcome, RemoteState
from itmsctl.transports.reader import FLOOD_BYTES, End, Running, Sink, drain
from itmsctl.transports.redaction import redacted_outcome
from itmsctl.transports.reply import WINDOWS_STATUS, Framed, Reply, ReplyHeader, parse_header
from itmsctl.transports.sudo import Sudo

if TYPE_CHECKING:
    from itmsctl.transports.conversing import Dialogue, DialogueEnd
    from itmsctl.transports.handing import Handing
    from itmsctl.transports.streaming import Inquiry, ReadOut

# How long after its time limit, and the grace, a command is waited for before it is stopped from here: its own keeper
# does it on the endpoint.
LATE_S = 4.0
_AGE = re.compile(r"[0-9]{1,9}")
# The slowest link on which an upload still gets its time: bytes a second.
SLOWEST_UPLOAD = 20_000
# The reason of a `never_started` that rests on a missing folder alone: after a reboot or a restored disk it proves
# nothing, so compare `host.uptime_s` and `host.boot_id` with the time of dispatch.
MARKER_ABSENT = "MARKER-ABSENT"


class PosixTransport(Transport):
    """Runs commands by the run marker, moves files through the same channel."""

    @abstractmethod
    def _spawn(self, argv: Sequence[str], deadline: float) -> Running:
        """Start a program with these arguments. Raises LinkLostError."""

    def _run(self, command: Command) -> CommandOutcome:
        token = secrets.token_hex(16)
        grace_s = self.settings.kill_grace_s
        program = self._run_program(command, token, grace_s)
        begin = time.monotonic()
        limit_s = command.time_limit_s + grace_s + LATE_S
        reply = self._call(program, token, command.head_bytes, limit_s, partial(self._look_round, command))
        match reply.end:
            case End.DEADLINE:
                outcome = self._stop(command, "limit", f"passed its time limit of {command.time_limit_s:g} s")
            case End.STOPPED:
                outcome = self._stop(command, "person", "was to be killed")
            case _:
                outcome = self._read_reply(command.marker, reply)
        outcome = self._limited(command, outcome) if outcome.state is RemoteState.TIMED_OUT else outcome
        return replace(outcome, duration_s=time.monotonic() - begin)

    def _ask(self, marker: str, run_as: str | None) -> CommandOutcome:
        return self._question("ask", marker, run_as, HEAD_BYTES, self.settings.answer_s)

    def _kill(self, marker: str, run_as: str | None, cause: Cause, head_bytes: int = HEAD_BYTES) -> CommandOutcome:
        limit_s = self.settings.kill_grace_s + self.settings.answer_s
        return self._question("kill", marker, run_as, head_bytes, limit_s, cause)

    def _forget(self, markers: Sequence[str], run_as: str | None) -> int:
        gone = 0
        for start in range(0, len(markers), MARKERS_A_CALL):
            token = secrets.token_hex(16)
            batch = markers[start : start + MARKERS_A_CALL]
            program = self._ask_program("forget", token, batch, run_as)
            reply = self._call(program, token, HEAD_BYTES, self.settings.answer_s)
            header = reply.header()
            if header is None:
                raise self._unfinished(reply)
            if header.word in failures.NOT_STARTED:
                raise failures.NOT_STARTED[header.word](self.endpoint, header)
            if header.number > len(batch):
                raise failures.garbled(self.endpoint, reply.out.lines[-1])
            gone += header.number
        return gone

    def _put(self, content: bytes | Path, path: str, mode: int) -> int:
        self._check_files()
        return files.put(self._spawn, self.endpoint, content, path, mode)

    def _put_tree(self, tree: Tree, path: str) -> int:
        self._check_files()
        from itmsctl.transports import trees  # its library is only needed here

        return trees.put_tree(self._spawn, self.endpoint, tree, path)

    def _look(self, what: What, path: str, limit_s: float) -> SeenPath:
        self._check_files()
        from itmsctl.transports import looking

        return looking.look(self._spawn, self.endpoint, what, path, limit_s)

    def _read_out(self, inquiry: Inquiry, out: Sink) -> ReadOut:
        from itmsctl.transports import powershell, streaming

        is_windows = inquiry.interpreters == (powershell.POWERSHELL,)
        talk = partial(self._talk, loads=powershell.windows_loader) if is_windows else self._talk
        return streaming.read_out(talk, self.endpoint, inquiry, out, self.stopped)

    def _converse(self, talk: Dialogue) -> DialogueEnd:
        self._check_shell()
        from itmsctl.transports import conversing

        return conversing.converse(self._talk, self.endpoint, talk, self.stopped)

    def _program(self, words: Sequence[str]) -> Running:
        return self._spawn(words, time.monotonic() + self.settings.answer_s)

    def _hand(self, handing: Handing) -> str:
        self._check_shell()
        from itmsctl.transports.handing import hand_in

        return hand_in(self._spawn, self.endpoint, handing)

    def _get(self, path: str, limit_bytes: int) -> bytes:
        self._check_files()
        return files.get(self._spawn, self.endpoint, path, limit_bytes)

    def _check_files(self) -> None:
        """Raise where files are not moved by a POSIX shell."""
        if self.endpoint.windows:
            raise failures.windows_files(self.endpoint)

    def _check_shell(self) -> None:
        """Raise where no POSIX shell takes a program."""
        if self.endpoint.windows:
            raise failures.windows_shell(self.endpoint)

    def _run_program(self, command: Command, token: str, grace_s: float) -> MarkerProgram:
        if self.endpoint.windows:
            from itmsctl.transports.windows_marker import windows_run

            return windows_run(command, token, self.endpoint.machine_id)
        if command.interpreter == "powershell":
            raise failures.not_windows(self.endpoint)
        return run_program(command, token, self.settings.run_dir, self.endpoint.machine_id, grace_s)

    def _ask_program(
        self, mode: Mode, token: str, markers: Sequence[str], run_as: str | None, cause: Cause = "limit"
    ) -> MarkerProgram:
        pinned = self.endpoint.machine_id
        if self.endpoint.windows:
            from itmsctl.transports.windows_marker import windows_ask

            return windows_ask(mode, token, markers, machine_id=pinned, run_as=run_as, cause=cause)
        return ask_program(
            mode, token, self.settings.run_dir, markers,
            machine_id=pinned, run_as=run_as, grace_s=self.settings.kill_grace_s, cause=cause,
        )  # fmt: skip

    def _question(
        self, mode: Mode, marker: str, run_as: str | None, head_bytes: int, limit_s: float, cause: Cause = "limit"
    ) -> CommandOutcome:
        token = secrets.token_hex(16)
        program = self._ask_program(mode, token, [marker], run_as, cause)
        return self._read_reply(marker, self._call(program, token, head_bytes, limit_s))

    def _stop(self, command: Command, cause: Cause, why: str) -> CommandOutcome:
        """Stop what runs, over the same connection: it did not end by itself at its limit, or a person asked for it."""
        stopped = self._outcome(
            "kill", command.marker, lambda: self._kill(command.marker, command.run_as, cause, command.head_bytes)
        )
        if stopped.state not in {RemoteState.UNKNOWN, RemoteState.RUNNING}:
            return stopped
        error = StopUnconfirmedError(
            f"{command.marker} on {failures.shown(self.endpoint.name)} {why} and could not be seen to end",
            why=stopped.message,
            hint=failures.RECONCILE,
        )
        return self._failed(RemoteState.UNKNOWN, command.marker, error)

    def _limited(self, command: Command, stopped: CommandOutcome) -> CommandOutcome:
        seen, kept = stopped.stdout.total, len(stopped.stdout.joined())
        message = (
            f"{command.marker} on {failures.shown(self.endpoint.name)} was stopped after its time limit of "
            f"{command.time_limit_s:g} s; {kept} of {seen} bytes of its output are kept"
        )
        return replace(stopped, message=message)

    def _look_round(self, command: Command) -> bool:
        """Return whether what runs is to be stopped; while it runs on, tell whoever looks what it has printed."""
        if self.stopped is not None and self.stopped():
            return True
        if self.live is not None:
            self._peek(command, self.live)
        return False

    def _peek(self, command: Command, live: Onlooker) -> None:
        """Tell a looker what the command has printed so far, by a second channel; where that fails, no more."""
        if not live.wanted(command.marker):
            return
        token = secrets.token_hex(16)
        program = self._ask_program("peek", token, [command.marker], command.run_as)
        try:
            reply = self._call(program, token, command.head_bytes, self.settings.answer_s)
        except ItmsError:
            self.live = None
            return
        header = reply.header()
        if header is None or header.word != "LIVE" or reply.end is not End.EXITED:
            return
        # A secret of which only the beginning has come is taken out as well: it counts as torn.
        heads = [framed.capture.captured().head for framed in (reply.out, reply.err)]
        out, err = (Captured(head, total=len(head) + 1) for head in heads)
        told = CommandOutcome(RemoteState.RUNNING, command.marker, stdout=out, stderr=err)
        seen = redacted_outcome(told, self.credentials.secrets())
        live.told(command.marker, seen.stdout.head, seen.stderr.head)

    def _call(
        self,
        program: MarkerProgram,
        token: str,
        head_bytes: int,
        limit_s: float,
        idle: Callable[[], bool] | None = None,
    ) -> Reply:
        """Start the wrapper, hand it the script, and read its answer. `limit_s` begins when the script is sent."""
        windows = self.endpoint.windows
        reply = Reply(token, head_bytes, largest_status=WINDOWS_STATUS) if windows else Reply(token, head_bytes)
        self._talk(program.body, token, program.sudo_user, reply, limit_s, FLOOD_BYTES, idle, program.loads)
        return reply

    def _talk(
        self,
        body: bytes,
        token: str,
        user: str | None,
        reply: Reply,
        limit_s: float,
        limit_bytes: int,
        idle: Callable[[], bool] | None,
        loads: Callable[[str], Sequence[str]] | None = None,
        feed: Callable[[Running], None] | None = None,
    ) -> None:
        """Start the loader, by sudo where another user is to run it, hand it all that it reads, and take its answer.

        `loads` makes the loader where it is not a POSIX shell: it runs as whoever logs in. `feed` hands the program
        what more it reads.
        """
        user = None if user == self._login_user() or loads is not None else user
        prompt = f"itms-{secrets.token_hex(16)}:"
        password = self.credentials.sudo_password if user is not None else None
        upload_s = self.settings.answer_s + len(body) / SLOWEST_UPLOAD
        argv = loads(token) if loads is not None else loader(token, user, prompt, asks=password is not None)
        running = self._spawn(argv, time.monotonic() + self.settings.answer_s)
        try:
            if user is not None:
                passage = Sudo(self.endpoint, user, prompt, password)
                passage.pass_through(running, reply.out, reply.err, time.monotonic() + self.settings.sudo_s)
            running.send(body, time.monotonic() + upload_s)
            if feed is not None:
                feed(running)
            running.end_input()
            reply.end = drain(running, reply.out, reply.err, time.monotonic() + limit_s, limit_bytes, idle)
            reply.status = running.exit_status()
        finally:
            running.close()

    def _login_user(self) -> str:
        return self.endpoint.user

    def _read_reply(self, marker: str, reply: Reply) -> CommandOutcome:
        """Return what the reply tells. Raises the ItmsError of a reply that tells of no end."""
        header = reply.header()
        if header is not None and header.word in failures.NOT_STARTED:
            raise failures.NOT_STARTED[header.word](self.endpoint, header)
        if header is None or reply.end is not End.EXITED or reply.status != 0:
            raise self._incomplete(marker, reply)
        match header.word:
            case "DONE" if header.number == 0:
                return _told(CommandOutcome(RemoteState.SUCCEEDED, marker), header, reply)
            case "DONE":
                return _told(
                    CommandOutcome(RemoteState.FAILED, marker, leads_to=FailedError.exit_status), header, reply
                )
            case "KILLED" if header.detail == "person":
                error = failures.killed(self.endpoint, marker)
                return _told(self._failed(RemoteState.CANCELLED, marker, error), header, reply)
            case "KILLED":
                error = failures.time_limit(self.endpoint, marker)
                return _told(self._failed(RemoteState.TIMED_OUT, marker, error), header, reply)
            case "LOST":
                error = failures.lost(self.endpoint, marker, restarted=header.detail == "restarted")
                return replace(_told(self._failed(RemoteState.FAILED, marker, error), header, reply), exit_status=None)
            case "WIPED":
                outcome = self._failed(RemoteState.FAILED, marker, failures.wiped(self.endpoint, marker))
                return replace(outcome, host=header.host)
            case "RUNNING":
                age = float(header.detail) if _AGE.fullmatch(header.detail) else None
                return CommandOutcome(RemoteState.RUNNING, marker, host=header.host, age_s=age)
            case "NEVER":
                return CommandOutcome(RemoteState.NEVER_STARTED, marker, host=header.host)
            case "ABSENT":
                return CommandOutcome(RemoteState.NEVER_STARTED, marker, reason=MARKER_ABSENT, host=header.host)
        raise failures.garbled(self.endpoint, header.word.encode())

    def _incomplete(self, marker: str, reply: Reply) -> ItmsError:
        if reply.end is End.LINK_LOST:
            return LinkLostError(
                f"the connection to {failures.shown(self.endpoint.name)} was lost after {marker} was sent",
                why="it may have run, may still run, or may never have started",
                hint=failures.RECONCILE,
            )
        if reply.end is End.EXITED and not reply.began:
            said = reply.err.unread() or reply.out.unread()
            return failures.shell_refused(self.endpoint, said, reply.status)
        return self._unfinished(reply)

    def _unfinished(self, reply: Reply) -> ItmsError:
        if reply.end is End.DEADLINE:
            return failures.no_answer(self.endpoint)
        made_up = next((line for line in reply.out.lines if parse_header(line) is None), b"")
        return failures.garbled(self.endpoint, made_up or reply.out.unread() or reply.err.unread())


def _told(outcome: CommandOutcome, header: ReplyHeader, reply: Reply) -> CommandOutcome:
    return replace(
        outcome,
        exit_status=header.number,
        stdout=_stream(reply.out, header.out_beyond),
        stderr=_stream(reply.err, header.err_beyond),
        host=header.host,
    )


def _stream(framed: Framed, beyond: int | None) -> Captured:
    """Return a stream whose endpoint dropped all but the last TAIL_BYTES of the `beyond` bytes after its head."""
    dropped = max(0, (beyond or 0) - TAIL_BYTES)
    return framed.capture.captured(framed.capture.total + dropped)

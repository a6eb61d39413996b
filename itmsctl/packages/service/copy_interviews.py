"""The interviews of the kinds of task `package-copy` and `package-verify`: each package of a server, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import (
    FailedError,
    HostIdentityError,
    IntegrityError,
    ItmsError,
    OutcomeUnknownError,
    TransferError,
    UnreachableError,
    worst,
)
from itmsctl.packages.copies import USABLE, Copied, CopyState
from itmsctl.packages.pulling import pull_program
from itmsctl.packages.replicas import PiecePlace, bytes_of
from itmsctl.packages.service import copying
from itmsctl.packages.service.copy_jobs import CopyJob, CopyNews, CopyQuestion, Feeder, questions
from itmsctl.packages.service.library import Library
from itmsctl.packages.service.replica import Replica, piece_reader
from itmsctl.tasks.brakes import KILLED
from itmsctl.tasks.service.interviews import Conversation
from itmsctl.transports.base import Transport
from itmsctl.transports.failures import shown
from itmsctl.transports.handing import Pace
from itmsctl.transports.outcome import CommandOutcome, RemoteState
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import shell_arg

_KBIT = 125  # bytes a second
_Act = Callable[[Replica, CopyJob, Library, Mapping[str, Any]], Copied]


@dataclass
class CopyHarvest:
    """What became of all jobs of one server."""

    news: list[CopyNews] = field(default_factory=list)
    gone: list[tuple[int, str]] = field(default_factory=list)  # contents that were removed, by server

    @property
    def size(self) -> int:
        """Return about how many bytes are stored of it."""
        return 500 * len(self.news) + 100 * len(self.gone)


@dataclass(frozen=True)
class _CopyInterviewer:
    act: _Act
    copies: bool

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, CopyQuestion]:
        """Return the jobs of package servers, with what they may be fed from now."""
        return questions(reader, ids, options, due=bool(options.get("due")), there=not self.copies)

    def interview(self, talk: Conversation) -> CommandOutcome:
        """Do the jobs of a server, one after the other. Raises what a contact raises."""
        return _CopyInterview(self, talk).outcome()

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Any]]) -> None:
        """Store the states of copies."""
        from itmsctl.packages.service import stale_copies
        from itmsctl.packages.service.copy_states import store_news

        for _, harvest in brought:
            store_news(unit, harvest.news)
            stale_copies.forget(unit, harvest.gone)


def _replicas(transport: Transport) -> type[Replica]:
    """Return how packages are kept on servers that are reached so. Raises UsageError where it is not installed."""
    if transport.scheme != "smb":
        return Replica
    from itmsctl.transports.smb import require_library

    require_library()
    from itmsctl.packages.service.smb_replica import SmbReplica

    return SmbReplica


def _copy(replica: Replica, job: CopyJob, library: Library, options: Mapping[str, Any]) -> Copied:
    if options["remove"]:
        replica.remove()
        return Copied(CopyState.REMOVED, "removed")
    read = piece_reader(lambda sha256: str(library.path(sha256)))
    pull = _puller(job.feeders) if job.feeders else None
    return copying.copy(replica, read, claimed=options["claimed"], pull=pull)


def _verify(replica: Replica, job: CopyJob, library: Library, options: Mapping[str, Any]) -> Copied:
    del job, library
    return copying.check(replica, read_back=options["read_back"])


COPIER = _CopyInterviewer(_copy, copies=True)
VERIFIER = _CopyInterviewer(_verify, copies=False)


def _puller(feeders: Sequence[Feeder]) -> copying.Pull:
    def pull(replica: Replica, wanted: Sequence[PiecePlace]) -> str:
        for feeder in feeders:
            text = pull_program(replica.manifest, wanted, feeder.url, replica.pace.rate)
            try:
                got = replica.pull(text, bytes_of(replica.manifest, wanted))
            except TransferError:
                continue  # the next one, or from here
            if got != "0":
                return feeder.server
        return feeders[0].server

    return pull


class _CopyInterview:
    """One server."""

    def __init__(self, interviewer: _CopyInterviewer, talk: Conversation) -> None:
        self.interviewer, self.talk = interviewer, talk
        self.question: CopyQuestion = talk.question
        self.harvest = CopyHarvest()
        self.left = ""  # why what no package needs is there still

    def outcome(self) -> CommandOutcome:
        """Do the jobs, and return what came of the server: the worst of them."""
        marker, name = self.talk.marker, shown(self.talk.transport.endpoint.name)
        if not self.question.is_server:
            hint = f"itmsctl server add {shell_arg(name)} --service package"
            return CommandOutcome.of_error(
                RemoteState.FAILED, marker, FailedError(f"{name} is not a package server", hint=hint)
            )
        if self.question.unfed and not self.talk.options.get("remove"):
            why = f"site `{self.question.unfed}` has no unconstrained package server (PKG-9)"
            error: ItmsError = FailedError(f"{name} is constrained, and nothing feeds it", why=why)
            return self._refused(error)
        if not (self.question.jobs or self.question.stale):
            return CommandOutcome(RemoteState.SUCCEEDED, marker, reason="UNCHANGED", message="nothing is to be done")
        for job in self.question.jobs:
            if self.talk.transport.stopped is not None and self.talk.transport.stopped():
                return CommandOutcome(
                    RemoteState.CANCELLED, marker, reason=KILLED, message="stopped between two packages", leads_to=9,
                    brought=self.harvest,
                )  # fmt: skip
            self._job(job)
        self._prune()
        return self._end()

    def _prune(self) -> None:
        """Remove contents that no package needs; one that cannot be is left for the next time."""
        transport = self.talk.transport
        for digest in self.question.stale:
            try:
                _replicas(transport).remove_content(transport, self.question.root, digest, Pace(None))
            except ItmsError as error:
                self.left = error.message
                return
            self.harvest.gone.append((self.question.server_id, digest))

    def _job(self, job: CopyJob) -> None:
        if job.refused is not None or job.manifest is None:
            why = job.refused.message if job.refused is not None else "it has no files"
            self._told(job, Copied(CopyState.FAILED, why))
            return
        rate = self.question.rate_kbit
        pace = Pace(rate * _KBIT if rate else None)
        replica = _replicas(self.talk.transport)(self.talk.transport, self.question.root, job.manifest, pace)
        library = Library(self.question.library)
        try:
            self._told(job, self.interviewer.act(replica, job, library, self.talk.options))
        except (UnreachableError, HostIdentityError):
            if not self.harvest.news:
                raise
            self._told(job, Copied(CopyState.FAILED, "the server does not answer any more", replica.sent))
        except (ItmsError, OSError) as error:
            message = getattr(error, "message", str(error))
            why = getattr(error, "why", "")
            said = f"{message}: {why}" if why else message
            if isinstance(error, OutcomeUnknownError):
                said += "; what arrived is kept and gone on with"
            self._told(job, Copied(CopyState.FAILED, said, replica.sent, total=job.manifest.size))

    def _told(self, job: CopyJob, copied: Copied) -> None:
        self.harvest.news.append(CopyNews(job, copied))

    def _refused(self, error: ItmsError) -> CommandOutcome:
        for job in self.question.jobs:
            self._told(job, Copied(CopyState.FAILED, f"{error.message}: {error.why}"))
        return replace(CommandOutcome.of_error(RemoteState.FAILED, self.talk.marker, error), brought=self.harvest)

    def _end(self) -> CommandOutcome:
        done = [news.copied for news in self.harvest.news]
        fine = {*USABLE, CopyState.REMOVED}
        bad = [news for news in self.harvest.news if news.copied.state not in fine]
        lines = [f"{n.job.package}: {n.copied.state}: {n.copied.message}" for n in (bad or self.harvest.news)[:5]]
        if len(done) == 1:
            lines = [f"{done[0].state}: {done[0].message}"]
        gone = len(self.harvest.gone)
        lines += [f"{counted(gone, 'former content')} removed"] if gone else []
        lines += [f"former contents stay: {self.left}"] if self.left else []
        message = "; ".join(lines)
        if not bad:
            unchanged = all(copied.unchanged for copied in done) and not gone
            return CommandOutcome(
                RemoteState.SUCCEEDED, self.talk.marker, exit_status=0, message=message,
                reason="UNCHANGED" if unchanged else "", brought=self.harvest,
            )  # fmt: skip
        corrupt = any(news.copied.state is CopyState.CORRUPT for news in bad)
        leads_to = worst({IntegrityError.exit_status}) if corrupt else FailedError.exit_status
        reason = "PKG-HASH-MISMATCH" if corrupt else "COPY-FAILED"
        return CommandOutcome(
            RemoteState.FAILED, self.talk.marker, reason=reason, message=message, leads_to=leads_to,
            hint="itmsctl package servers NAME", brought=self.harvest,
        )  # fmt: skip

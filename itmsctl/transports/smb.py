"""A Windows or Samba computer by SMB 3: encrypted and signed, NTLM or Kerberos, never as a guest.

Files go to its shares. Programs run on what the CMDB knows for a Windows: a service of our own starts them.

The library is an extra (`itmsctl[smb]`), imported when the first computer is reached. What is promised, what is not,
and what was never tried on a Windows: docs/windows.md.
"""

from __future__ import annotations

import importlib
import secrets
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from itmsctl.errors import NoCommandsError, PortRefusedError, UnreachableError, UsageError
from itmsctl.transports.attempts import Search
from itmsctl.transports.base import Connection
from itmsctl.transports.dial import Address, dial, resolve
from itmsctl.transports.entries import FileEntry, Listing, SeenPath, Tree, What
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.files import budget, is_safe_name
from itmsctl.transports.outcome import HEAD_BYTES, Cause, CommandOutcome, RemoteState
from itmsctl.transports.posix import MARKER_ABSENT, PosixTransport
from itmsctl.transports.smb_paths import SharePath, share_path
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.transports.reader import Running
    from itmsctl.transports.smb_library import SmbConnection
    from itmsctl.transports.smb_programs import Caller
    from itmsctl.transports.smb_share import SmbShare


def require_library() -> None:
    """Raise UsageError where the extra is not installed."""
    try:
        importlib.import_module("smbprotocol")
    except ImportError:
        raise UsageError(
            "the transport smb needs a library that is not installed", hint="pip install 'itmsctl[smb]'"
        ) from None


class SmbTransport(PosixTransport):
    """A computer by its shares; on Windows also by services that start programs."""

    scheme: ClassVar[str] = "smb"
    keeps_modes: ClassVar[bool] = False
    _link: SmbConnection | None = None
    _session: Any = None
    _caller: Caller | None = None

    # --- the link -----------------------------------------------------------------------------------------------------

    def _connect(self, deadline: float) -> Connection:
        require_library()
        self._shares: dict[str, SmbShare] = {}
        self._caller = None
        search = Search(self.endpoint, self._open, deadline, self.settings.address_s)
        return search.through(resolve(self.endpoint, deadline))

    def _open(self, address: Address, deadline: float, share: float) -> Connection:
        from itmsctl.transports import smb_login

        try:
            sock = dial(self.endpoint, address, share)
        except PortRefusedError as error:
            hint = "share a folder there, or set the port of SMB: --port N"
            raise PortRefusedError(error.message, why=error.why, hint=hint) from None
        link = smb_login.negotiate(self.endpoint, sock, share, self.settings.answer_s)
        link.deadline = deadline
        try:
            self._session = smb_login.log_in_smb(self.endpoint, self.credentials, link)
        except BaseException:
            link.hang_up()
            raise
        self._link = link
        method = "kerberos" if smb_login.is_realm_user(self.endpoint.user) else "ntlm"
        return Connection(address.host, algorithms=smb_login.agreed(link), auth_method=method)

    def _is_open(self) -> bool:
        return self._link is not None and self._link.is_usable()

    def _close(self) -> None:
        link, self._link, self._session = self._link, None, None
        if link is not None:
            link.deadline = time.monotonic() + 1.0
            link.hang_up()

    def _at(self, path: str, done: str, deadline: float) -> tuple[SmbShare, SharePath]:
        """Return the share of a path, connected, and what the path means in it. Raises NoShareError and others."""
        from itmsctl.transports.smb_errors import transfer_failed
        from itmsctl.transports.smb_share import SmbShare

        place, link = share_path(path), self._link
        if link is None:
            raise UnreachableError(f"the connection to {shown(self.endpoint.name)} is closed")
        link.deadline = deadline
        found = self._shares.get(place.share.casefold())
        if found is None:
            with translated(transfer_failed(self.endpoint, path, done)):
                found = SmbShare(link, self._session, link.server_name, place.share)
            self._shares[place.share.casefold()] = found
        return found, place

    def share_at(self, path: str, done: str, limit_s: float) -> tuple[SmbShare, SharePath]:
        """Return the share of a path, connected for so many seconds, and what the path means in it.

        `done` is what could not be where it fails. Raises NoShareError, and what a contact raises.
        """
        self.connect()
        return self._at(path, done, time.monotonic() + limit_s)

    # --- files --------------------------------------------------------------------------------------------------------

    def _put(self, content: bytes | Path, path: str, mode: int) -> int:
        del mode  # a share has none
        from itmsctl.transports.smb_put import opened, put_file

        with opened(content) as (source, size):
            share, place = self._at(path, "written", budget(2 * size))
            put_file(share, self.endpoint, source, size, place, path)
            return size

    def _put_tree(self, tree: Tree, path: str) -> int:
        from itmsctl.transports.smb_trees import put_smb_tree

        share, place = self._at(path, "written", budget(2 * tree.size_bytes) + len(tree.entries))
        return put_smb_tree(share, self.endpoint, tree, place, path)

    def _get(self, path: str, limit_bytes: int) -> bytes:
        from itmsctl.transports.smb_put import read_whole

        share, place = self._at(path, "read", budget(limit_bytes))
        return read_whole(share, self.endpoint, place, path, limit_bytes)

    def _list(self, path: str) -> Listing:
        from itmsctl.transports.smb_errors import transfer_failed
        from itmsctl.transports.smb_trees import bounded

        share, place = self._at(path, "listed", time.monotonic() + self.settings.answer_s)
        entries: list[FileEntry] = []
        rejected: list[bytes] = []
        with translated(transfer_failed(self.endpoint, path, "listed")):
            for found in bounded(share, place):
                if is_safe_name(found.name):
                    entries.append(FileEntry(found.name, found.size, found.is_folder))
                else:
                    rejected.append(found.name.encode("utf-8", "surrogatepass"))
        return Listing(tuple(entries), tuple(rejected))

    def _look(self, what: What, path: str, limit_s: float) -> SeenPath:
        """A share tells neither a machine id nor when its computer was started: who answers is known by the login."""
        from itmsctl.transports.smb_errors import LOOKED_PAST, IfThere, transfer_failed
        from itmsctl.transports.smb_put import digest_of
        from itmsctl.transports.smb_trees import tree_digest

        if what == "host":
            return SeenPath()
        share, place = self._at(path, "looked at", time.monotonic() + limit_s)
        with translated(transfer_failed(self.endpoint, path, "looked at")), IfThere(LOOKED_PAST):
            return SeenPath(sha256=(digest_of if what == "file" else tree_digest)(share, place))
        return SeenPath()

    # --- programs -----------------------------------------------------------------------------------------------------

    def _spawn(self, argv: Sequence[str], deadline: float) -> Running:
        """Return a program that starts when its input has ended. Raises NoCommandsError, UnreachableError."""
        from itmsctl.transports.smb_programs import ServiceProgram

        return ServiceProgram(self._calling(deadline), secrets.token_hex(16), argv)

    def _calling(self, deadline: float) -> Caller:
        from itmsctl.transports.smb_programs import ADMIN, IPC, Caller, not_started
        from itmsctl.transports.smb_share import SmbShare

        if not self.endpoint.windows:
            raise self._no_commands()
        link = self._link
        if link is None:
            raise UnreachableError(f"the connection to {shown(self.endpoint.name)} is closed")
        if self._caller is None:
            link.deadline = deadline
            with translated(partial(not_started, self.endpoint)):
                admin, pipes = (SmbShare(link, self._session, link.server_name, name) for name in (ADMIN, IPC))
            self._caller = Caller(self.endpoint, admin, pipes, self.settings.answer_s)
        return self._caller

    def _no_commands(self) -> NoCommandsError:
        name = shown(self.endpoint.name)
        return NoCommandsError(
            f"nothing was started on {name}: over SMB programs run on Windows alone, and it is not known for one",
            hint=f"itmsctl computer set {shell_arg(self.endpoint.name)} --os-family windows; else --transport ssh",
        )

    def _ask(self, marker: str, run_as: str | None) -> CommandOutcome:
        """Ask a Windows. Elsewhere no program was started; whether a file was written whole, its copy finds out."""
        if not self.endpoint.windows:
            return CommandOutcome(RemoteState.NEVER_STARTED, marker)
        try:
            return super()._ask(marker, run_as)
        except NoCommandsError:  # who copies files need not be an administrator
            return CommandOutcome(RemoteState.NEVER_STARTED, marker, reason=MARKER_ABSENT)

    def _kill(self, marker: str, run_as: str | None, cause: Cause, head_bytes: int = HEAD_BYTES) -> CommandOutcome:
        if not self.endpoint.windows:
            return self._ask(marker, run_as)
        return super()._kill(marker, run_as, cause, head_bytes)

    def _forget(self, markers: Sequence[str], run_as: str | None) -> int:
        return super()._forget(markers, run_as) if self.endpoint.windows else 0  # there are none

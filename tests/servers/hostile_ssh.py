"""Peers that lie: odd banners, rogue servers that record what they are sent, listings with hostile names (7.5)."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp_attr import SFTPAttributes

Handler = Callable[[paramiko.Channel, bytes], None]


class BannerServer:
    """Says some bytes to whoever connects, then holds or closes the connection."""

    def __init__(self, banner: bytes, *, hold: bool = True) -> None:
        self._banner, self._hold, self._over = banner, hold, False
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> BannerServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._listener.close()
        for client in self._clients:
            client.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with contextlib.suppress(OSError):
                    client.sendall(self._banner)
                if self._hold and not self._over:
                    self._clients.append(client)
                else:
                    client.close()


class RogueServer(paramiko.ServerInterface):
    """An SSH server that records every attempt to log in, lets everybody in if told so, and answers as it likes."""

    def __init__(self, *, accept: bool = True, on_exec: Handler | None = None, listing: Sequence[str] = ()) -> None:
        self.attempts: list[tuple[str, str]] = []
        self.commands: list[bytes] = []
        self._accept_all, self._on_exec, self.names = accept, on_exec, list(listing)
        self.key = paramiko.ECDSAKey.generate()
        self._transports: list[paramiko.Transport] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> RogueServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for transport in self._transports:
            transport.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                transport = paramiko.Transport(client)
                transport.add_server_key(self.key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, HostileFiles, names=self.names)
                self._transports.append(transport)
                with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                    transport.start_server(event=threading.Event(), server=self)

    def get_allowed_auths(self, username: str) -> str:
        return "publickey,password"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.attempts.append((username, "publickey"))
        return AUTH_SUCCESSFUL if self._accept_all else AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:
        self.attempts.append((username, password))
        return AUTH_SUCCESSFUL if self._accept_all else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.commands.append(command)
        if self._on_exec is None:
            return False
        threading.Thread(target=self._answer, args=(channel, command), daemon=True).start()
        return True

    def _answer(self, channel: paramiko.Channel, command: bytes) -> None:
        assert self._on_exec
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._on_exec(channel, command)


class HostileFiles(paramiko.SFTPServerInterface):
    """Lists whatever names it was given."""

    def __init__(self, server: paramiko.ServerInterface, names: Sequence[str] = ()) -> None:
        super().__init__(server)
        self._names = names

    def list_folder(self, path: str) -> list[SFTPAttributes]:
        found = []
        for name in self._names:
            item = SFTPAttributes()
            item.filename = name
            item.st_size = 2**63 - 1
            item.st_mode = 0o100644
            found.append(item)
        return found

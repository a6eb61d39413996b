"""Computers that answer an inventory as a test wants it: rogue SSH servers that read what they are asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import paramiko

from itmsctl.cmdb.work import Reader
from itmsctl.inventory.service.class_rows import ClassRows
from itmsctl.inventory.service.classes import data_class
from tests.servers.hostile_ssh import RogueServer

Request = dict[str, Any]
Rows = list[dict[str, Any]]
Says = Callable[[Request], Iterable[bytes]]
_REQUEST = re.compile(rb'\{\\*"protocol.*?"options.*?\}\}?', re.DOTALL)


def request_in(program: bytes) -> Request:
    """Return the request inside a program that was sent."""
    start = program.index(b'{"protocol"')
    found, _ = json.JSONDecoder().raw_decode(program[start:].decode("utf-8", "replace").replace("\\\\", "\\"))
    assert isinstance(found, dict)
    return found


class RogueEndpoint(RogueServer):
    """A computer that says whatever it likes where its inventory is asked for; `asked` are the requests."""

    def __init__(self, says: Says) -> None:
        self.says, self.asked = says, list[Request]()
        super().__init__(on_exec=self._answer_inventory)

    def _answer_inventory(self, channel: paramiko.Channel, command: bytes) -> None:
        token = command.rsplit(b" ", 1)[1]
        channel.sendall(b"ITMS1 %s READY 0 - - - - -\n" % token)
        sent = bytearray()
        while data := channel.recv(65_536):
            sent += data
        request = request_in(bytes(sent))
        self.asked.append(request)
        channel.sendall_stderr(b"ITMS1 %s\n" % token)
        channel.sendall(b"ITMS1 %s BEGIN 0 - - - - - sh\n" % token)
        for part in self.says(request):
            channel.sendall(part)
        channel.send_exit_status(0)
        channel.close()


def rows_of(reader: Reader, computer: int, name: str) -> Rows:
    """Return the rows of a class of a computer that the CMDB holds."""
    return [dict(row.values) for _, row in ClassRows(reader.connection, data_class(name)).of_computer(computer)]

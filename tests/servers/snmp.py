"""Real snmpd, and a small agent of our own that serves captured walks, or misbehaves."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

from itmsctl.transports.ber import BerError, Oid
from itmsctl.transports.snmp_message import (
    END,
    GET,
    GET_BULK,
    RESPONSE,
    Binding,
    Missing,
    Pdu,
    Value,
    community_message,
    read_community_message,
)
from tests.servers import missing

WALKS = Path(__file__).parents[2].parent / "shared" / "real" / "captures" / "walks"
COMMUNITY = "lab-community"
# What captured walks write instead of numbers.
_NAMES = {
    "iso": "1",
    "SNMPv2-SMI::enterprises": "1.3.6.1.4.1",
    "DISMAN-EVENT-MIB::sysUpTimeInstance": "1.3.6.1.2.1.1.3.0",
    **{
        f"SNMPv2-MIB::{name}": f"1.3.6.1.2.1.1.{number}"
        for number, name in enumerate(
            ("sysDescr", "sysObjectID", "sysUpTime", "sysContact", "sysName", "sysLocation", "sysServices"), start=1
        )
    },
}
_LINE = re.compile(r"(?P<oid>[\w:-]*[.\d]+|[\w-]+::\w+) = (?:(?P<type>[A-Za-z0-9-]+): )?(?P<text>.*)", re.DOTALL)

Walk = Mapping[Oid, Value]
Misbehaviour = Callable[[Pdu, "SnmpSimulator"], Sequence[bytes]]


def captured_walk(name: str) -> Walk:
    """Return the values of a captured walk."""
    if not WALKS.is_dir():
        missing("captured walks", f"{WALKS} is not there")
    return read_walk((WALKS / name).read_text(encoding="utf-8"))


def read_walk(text: str) -> dict[Oid, Value]:
    """Return the values that snmpwalk printed; a line that is none goes on with the one before, or was cut off."""
    lines: list[str] = []
    for line in text.splitlines():
        if _LINE.match(line):
            lines.append(line)
        elif lines and lines[-1].count('"') == 1:
            lines[-1] += "\n" + line
    found = {}
    for line in lines:
        match = _LINE.match(line)
        assert match is not None
        found[_oid(match["oid"])] = _value(match["type"] or "STRING", match["text"])
    return dict(sorted(found.items()))


def _oid(text: str) -> Oid:
    for name, numbers in _NAMES.items():
        if text == name or text.startswith(f"{name}."):
            text = numbers + text.removeprefix(name)
    return tuple(int(part) for part in text.strip(".").split("."))


def _value(kind: str, text: str) -> Value:
    if kind == "OID":
        return _oid(text)
    if kind == "Timeticks":
        return int(text[1 : text.index(")")])
    if kind in {"INTEGER", "Counter32", "Gauge32", "Counter64"}:
        return int(re.sub(r".*\((-?\d+)\)|(-?\d+).*", r"\1\2", text))
    if kind == "IpAddress":
        return IPv4Address(text)
    if kind == "Hex-STRING":
        return bytes.fromhex(text)
    return text.strip('"').encode()


class SnmpSimulator:
    """An agent of version 2c on an address of loopback; `misbehave` answers in its stead."""

    def __init__(
        self,
        walk: Walk,
        host: str,
        port: int = 0,
        *,
        community: str = COMMUNITY,
        misbehave: Misbehaviour | None = None,
    ) -> None:
        self.walk, self.community, self.misbehave = walk, community.encode(), misbehave
        self.asked: list[Pdu] = []
        self.strange: list[bytes] = []  # what was no question of version 2c under its community
        self._oids = sorted(walk)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self.port = int(self._socket.getsockname()[1])
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more: the address is free then. The thread is woken, for it holds the socket while it reads."""
        self._stopped = True
        with suppress(OSError):
            self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopped:
            try:
                data, who = self._socket.recvfrom(65536)
            except OSError:
                return
            for answer in self._answers(data):
                with suppress(OSError):
                    self._socket.sendto(answer, who)

    def _answers(self, data: bytes) -> Sequence[bytes]:
        try:
            community, pdu = read_community_message(data)
        except BerError:
            self.strange.append(data)
            return ()
        if community != self.community:
            self.strange.append(data)
            return ()
        self.asked.append(pdu)
        if self.misbehave is not None:
            return self.misbehave(pdu, self)
        return [self.answer(pdu)]

    def answer(self, pdu: Pdu) -> bytes:
        """Return the answer of an agent that behaves."""
        return self.said(pdu, self._bindings(pdu))

    def said(self, pdu: Pdu, bindings: Sequence[Binding], *, request: int | None = None) -> bytes:
        """Return an answer that holds these values."""
        number = pdu.request if request is None else request
        return community_message(self.community, Pdu(RESPONSE, number, bindings))

    def _bindings(self, pdu: Pdu) -> list[Binding]:
        if pdu.kind == GET:
            none = Missing("no such object")
            return [(oid, self.walk.get(oid, none)) for oid, _ in pdu.bindings]
        many = pdu.index if pdu.kind == GET_BULK else 1
        (last, _), *_ = pdu.bindings
        begin = bisect_right(self._oids, last)
        found: list[Binding] = [(oid, self.walk[oid]) for oid in self._oids[begin : begin + many]]
        return found or [(last, END)]


class SnmpDaemon:
    """Debian's snmpd on an address of loopback, with a community and users of version 3."""

    def __init__(self, folder: Path, host: str, port: int, lines: Iterable[str]) -> None:
        program = shutil.which("snmpd", path="/usr/sbin:/sbin:/usr/bin:/bin")
        if program is None:
            missing("snmpd", "there is no snmpd on this machine")
        folder.mkdir(mode=0o700)
        config = folder / "snmpd.conf"
        config.write_text("\n".join([f"agentAddress udp:{host}:{port}", *lines]) + "\n")
        # Where it keeps its engine, which is made anew for each test.
        environment = {"SNMP_PERSISTENT_DIR": str(folder), "MIBS": "", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        self._process = subprocess.Popen(
            [program, "-f", "-C", "-c", str(config), "-Lf", str(folder / "log"), "-I", "-smux"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 20
        while not (folder / "log").exists() or "NET-SNMP version" not in (folder / "log").read_text():
            assert self._process.poll() is None, "snmpd ended"
            assert time.monotonic() < limit, "snmpd does not come up"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)

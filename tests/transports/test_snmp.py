"""SNMP against real snmpd, net-snmp's own tools, published keys, and agents that mean no good."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.transports.ber import BerError, BerReader, Oid, integer, object_id, octets
from itmsctl.transports.datagrams import datagrams
from itmsctl.transports.snmp_agent import (
    Bounds,
    Patience,
    SnmpAgent,
    SnmpCredentialError,
    SnmpRefusedError,
    SnmpSilentError,
    discover,
)
from itmsctl.transports.snmp_message import Binding, Pdu, read_community_message, read_secure_message
from itmsctl.transports.snmp_users import SnmpUser, local_key
from tests.servers import missing
from tests.servers.snmp import SnmpDaemon, SnmpSimulator

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
NAME: Oid = (*SYSTEM, 5, 0)
QUICK = Patience(0.3, 1)
HOST = "127.76.1.1"
WAYS = [("md5", "des"), ("sha", "aes"), ("sha256", "aes"), ("sha512", "aes256"), ("sha", "aes192"), ("sha224", "")]
_THEIRS = {"sha": "SHA", "md5": "MD5", "des": "DES", "aes": "AES", "aes192": "AES-192", "aes256": "AES-256"}


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def asked(port: int, who: bytes | SnmpUser, work: Callable[[SnmpAgent], Any], bounds: Bounds | None = None) -> Any:
    async def ask() -> Any:
        async with datagrams(HOST, port) as link:
            return await work(SnmpAgent(link, who, QUICK, bounds or Bounds()))

    return asyncio.run(ask())


def name_of(port: int, who: bytes | SnmpUser) -> Any:
    return asked(port, who, lambda agent: agent.get([NAME]))[NAME]


# --- a real agent -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_udp_port()
    lines = ["rocommunity right", "sysName lab"]
    for digest, cipher in WAYS:
        theirs = _THEIRS.get(digest, digest.upper().replace("SHA", "SHA-"))
        secret = f'{_THEIRS[cipher]} "privpass12"' if cipher else ""
        lines += [f'createUser {digest}{cipher} {theirs} "authpass12" {secret}']
        lines += [f"rouser {digest}{cipher} {'priv' if cipher else 'auth'}"]
    daemon = SnmpDaemon(tmp_path_factory.mktemp("snmp") / "d", HOST, port, lines)
    yield port
    daemon.stop()


@pytest.mark.parametrize(("digest", "cipher"), WAYS)
def test_each_digest_and_cipher_is_understood_by_a_real_agent(snmpd: int, digest: str, cipher: str) -> None:
    assert name_of(snmpd, SnmpUser(f"{digest}{cipher}", digest, "authpass12", cipher, "privpass12")) == b"lab"


def test_a_community_reads_all_that_a_real_agent_has_in_order(snmpd: int) -> None:
    walked = asked(snmpd, b"right", lambda agent: agent.walk((1, 3, 6, 1, 2, 1)))
    assert walked.cut == ""
    assert list(walked.values) == sorted(walked.values)
    assert len(walked.values) > 100
    assert walked.values[NAME] == b"lab"


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (b"wrong", SnmpSilentError),
        (SnmpUser("nobody", "sha256", "authpass12", "aes", "privpass12"), SnmpCredentialError),
        (SnmpUser("sha256aes", "sha256", "another-12", "aes", "privpass12"), SnmpCredentialError),
        (SnmpUser("sha256aes", "sha512", "authpass12", "aes", "privpass12"), SnmpCredentialError),
        (SnmpUser("sha256aes", "sha256", "authpass12", "aes", "another-12"), SnmpSilentError),
        (SnmpUser("sha256aes", "sha256", "authpass12"), SnmpCredentialError),
        (SnmpUser("sha224", "sha224", "authpass12", "aes", "privpass12"), SnmpCredentialError),
    ],
)
def test_a_wrong_credential_is_refused_as_such(snmpd: int, who: bytes | SnmpUser, error: type[Exception]) -> None:
    with pytest.raises(error):
        name_of(snmpd, who)


def test_who_listens_is_learned_without_a_credential_and_a_closed_port_says_so(snmpd: int) -> None:
    async def look(port: int) -> bool:
        async with datagrams(HOST, port) as link:
            return await discover(link, QUICK) is not None

    assert asyncio.run(look(snmpd))
    with pytest.raises(SnmpRefusedError):
        asyncio.run(look(free_udp_port()))


def test_net_snmp_reads_our_messages() -> None:
    """The agent that other tests stand on is checked by a reader that is not ours."""
    program = shutil.which("snmpbulkwalk")
    if program is None:
        missing("snmp", "there is no snmpbulkwalk")
    walk = {NAME: b"one", (*SYSTEM, 7, 0): -5, (*SYSTEM, 9, 300, 4_000_000_000): (1, 3, 6, 1, 4, 1, 99999, 200)}
    agent = SnmpSimulator(walk, HOST)
    command = [program, "-v2c", "-c", agent.community.decode(), "-On", "-m", "", f"{HOST}:{agent.port}", "1.3.6"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout.splitlines()
    agent.stop()
    assert said[:3] == [
        '.1.3.6.1.2.1.1.5.0 = STRING: "one"',
        ".1.3.6.1.2.1.1.7.0 = INTEGER: -5",
        ".1.3.6.1.2.1.1.9.300.4000000000 = OID: .1.3.6.1.4.1.99999.200",
    ]


def test_keys_are_those_that_the_standard_publishes() -> None:
    """RFC 3414, A.3: of `maplesyrup` and an engine."""
    engine = bytes.fromhex("000000000000000000000002")
    assert local_key("md5", "maplesyrup", engine).hex() == "526f5eed9fcce26f8964c2930787d82b"
    assert local_key("sha", "maplesyrup", engine).hex() == "6695febc9288e36282235fc7151f128497b38f3f"


# --- agents that mean no good -----------------------------------------------------------------------------------------


def endless(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
    (last, _), *_ = pdu.bindings
    last = last if len(last) > len(SYSTEM) else (*SYSTEM, 0)
    return [agent.said(pdu, [((*last[:-1], last[-1] + 1 + n), b"x") for n in range(20)])]


def backwards(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
    return [agent.said(pdu, [((*SYSTEM, 9), 1), ((*SYSTEM, 8), 2), ((*SYSTEM, 7), 3)])]


def round_and_round(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
    return [agent.said(pdu, [((*SYSTEM, 1), 1)])]


def huge(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
    (last, _), *_ = pdu.bindings
    last = last if len(last) > len(SYSTEM) else (*SYSTEM, 0)
    return [agent.said(pdu, [((*last[:-1], last[-1] + 1), b"x" * 60_000)])]


@pytest.mark.parametrize(
    ("misbehave", "said", "most"),
    [(endless, "longer than", 520), (backwards, "forward", 3), (round_and_round, "forward", 1), (huge, "longer", 60)],
)
def test_a_walk_ends_whatever_the_agent_does(misbehave: Any, said: str, most: int) -> None:
    agent = SnmpSimulator({}, HOST, misbehave=misbehave)
    bounds = Bounds(rows=500, bytes=2 << 20)
    walked = asked(agent.port, agent.community, lambda one: one.walk(SYSTEM), bounds)
    agent.stop()
    assert said in walked.cut
    assert 1 <= len(walked.values) <= most


def wrong_number(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
    return [agent.said(pdu, [(NAME, b"forged")], request=pdu.request ^ 1)] * 20


def other_community(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
    return [agent.said(pdu, [(NAME, b"forged")]).replace(agent.community, b"x" * len(agent.community))]


def garbage(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
    whole = agent.said(pdu, [(NAME, b"forged")])
    return [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", whole[:-3], secrets.token_bytes(500), b"\x30\x80" + whole[2:]]


@pytest.mark.parametrize("misbehave", [wrong_number, other_community, garbage])
def test_what_does_not_answer_the_question_is_no_answer(misbehave: Any) -> None:
    agent = SnmpSimulator({NAME: b"true"}, HOST, misbehave=misbehave)
    with pytest.raises(SnmpSilentError):
        name_of(agent.port, agent.community)
    agent.misbehave = lambda pdu, one: [*misbehave(pdu, one), one.answer(pdu)]
    assert name_of(agent.port, agent.community) == b"true", "and what answers it is, also behind that"
    agent.stop()


def test_a_reply_from_another_address_never_arrives() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((HOST, 0))
    agent = SnmpSimulator({NAME: b"forged"}, "127.76.1.2")

    def hand_on() -> None:
        with suppress(OSError):
            while True:
                data, who = listener.recvfrom(65536)
                for answer in agent._answers(data):
                    agent._socket.sendto(answer, who)

    threading.Thread(target=hand_on, daemon=True).start()
    with pytest.raises(SnmpSilentError):
        name_of(int(listener.getsockname()[1]), agent.community)
    assert agent.asked, "it was asked, and did answer"
    listener.close()
    agent.stop()


def test_a_large_answer_that_does_not_come_through_is_asked_for_in_small_ones() -> None:
    walk: dict[Oid, Any] = {(*SYSTEM, n): n for n in range(1, 9)}

    def small_only(pdu: Pdu, agent: SnmpSimulator) -> Sequence[bytes]:
        return [agent.answer(pdu)] if pdu.index <= 1 else []

    agent = SnmpSimulator(walk, HOST, misbehave=small_only)
    assert asked(agent.port, agent.community, lambda one: one.walk(SYSTEM)).values == walk
    agent.stop()


# --- bytes ------------------------------------------------------------------------------------------------------------

_ARC = st.integers(0, 2**32 - 1)
_OIDS = st.tuples(st.just(1), st.integers(0, 39), st.lists(_ARC, max_size=20)).map(lambda t: (t[0], t[1], *t[2]))
_VALUES = st.one_of(st.integers(-(2**31), 2**63 - 1), st.binary(max_size=300), _OIDS, st.none(), st.ip_addresses(v=4))


@given(st.lists(st.tuples(_OIDS, _VALUES), max_size=8), st.integers(0, 2**31 - 1))
def test_a_message_is_read_as_it_was_written(bindings: list[Binding], number: int) -> None:
    from itmsctl.transports.snmp_message import GET, community_message

    pdu = Pdu(GET, number, tuple(bindings))
    assert read_community_message(community_message(b"c", pdu)) == (b"c", pdu)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for read in (read_community_message, read_secure_message, lambda given: BerReader(given).oid()):
        with suppress(BerError):
            read(data)


@pytest.mark.parametrize("data", [object_id((1, 3, 6))[:-1], integer(5)[:-1], octets(b"abc")[:-1], b"", b"\x02\x00"])
def test_what_ends_too_early_is_refused(data: bytes) -> None:
    reader = BerReader(data)
    read = {0x06: reader.oid, 0x02: reader.number}.get(data[0] if data else 0, lambda: reader.content(0x04))
    with pytest.raises(BerError):
        read()


def test_a_secret_is_in_no_representation() -> None:
    user = SnmpUser("ops", "sha256", "authpass12", "aes", "privpass12")
    assert "pass12" not in repr(user)

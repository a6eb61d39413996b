"""The pure pieces: captures, replies, redaction, names, markers, the registry."""

from __future__ import annotations

import ast
import base64
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import itmsctl.transports
from itmsctl.errors import InputError
from itmsctl.transports.base import Captured, CommandOutcome, RemoteState, Transport
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import unsafe_folder
from itmsctl.transports.files import is_safe_name
from itmsctl.transports.redaction import redacted, redacted_outcome
from itmsctl.transports.registry import schemes, transport_class
from itmsctl.transports.reply import Capture, Framed, parse_header
from itmsctl.values.fingerprints import fingerprint

TOKEN = "ab" * 16


@given(st.lists(st.binary(max_size=60), max_size=30), st.integers(1, 50), st.integers(1, 50))
def test_a_capture_is_the_first_and_the_last_bytes(pieces: list[bytes], head: int, tail: int) -> None:
    capture, whole = Capture(head, tail), b"".join(pieces)
    for piece in pieces:
        capture.feed(piece)
    got = capture.captured()
    assert got.head == whole[:head]
    assert got.tail == whole[max(head, len(whole) - tail) :]
    assert got.total == len(whole)
    assert got.dropped == max(0, len(whole) - head - tail)


@given(
    st.binary(max_size=300).filter(lambda noise: b"ITMS1" not in noise),
    st.binary(max_size=300),
    st.lists(st.integers(1, 40), max_size=200),
)
@example(b"", b"ITMS1 " + TOKEN.encode() + b" DONE 0 - - - - - \n", [])
def test_a_reply_is_found_in_noise_however_it_is_cut(noise: bytes, body: bytes, cuts: list[int]) -> None:
    framed = Framed(TOKEN, 10_000)
    whole = noise + f"ITMS1 {TOKEN} READY 0 - - - - - \nITMS1 {TOKEN} DONE 7 - 12 - - - x\n".encode() + body
    for size in cuts:
        framed.feed(whole[:size])
        whole = whole[size:]
    framed.feed(whole)
    assert framed.capture.captured().joined() == body
    header = parse_header(framed.lines[-1])
    assert header
    assert (header.word, header.number, header.out_beyond, header.err_beyond) == ("DONE", 7, None, 12)


@given(st.binary(max_size=200))
@example(b"DONE -1 - - - - -")
@example(b"DONE 99999999999999999999999 - - - - -")
@example("DONE \u0663 - - - - -".encode())
def test_no_header_of_an_endpoint_breaks_the_reader(line: bytes) -> None:
    header = parse_header(line)
    if header is not None:
        assert header.number >= 0
        assert header.host.machine_id is None or len(header.host.machine_id) == 32


@given(st.text(min_size=4, max_size=20), st.binary(max_size=50), st.binary(max_size=50))
def test_a_secret_is_taken_out_in_every_form(secret: str, before: bytes, after: bytes) -> None:
    raw = secret.encode("utf-8", "surrogateescape") if secret.isascii() else secret.encode("utf-8", "replace")
    if secret.encode("utf-8", "replace") != raw or raw in b"[redacted]":
        return
    for form in (raw, base64.b64encode(raw)):
        assert raw not in redacted(before + form + after, [secret]).replace(b"[redacted]", b"")


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_secret_across_the_seam_is_taken_out(cut: int) -> None:
    secret = "S3cr3t-word"
    head, tail = b"x" * 20 + secret.encode()[:cut], secret.encode()[cut:] + b"y" * 20
    kept = redacted_outcome(
        CommandOutcome(RemoteState.SUCCEEDED, "m", stdout=Captured(head, tail, len(head + tail))), (secret,)
    )
    assert secret.encode() not in kept.stdout.joined()
    torn = redacted_outcome(CommandOutcome(RemoteState.SUCCEEDED, "m", stdout=Captured(head, tail, 10**6)), (secret,))
    if cut >= 4:
        assert secret.encode()[:cut] not in torn.stdout.head
    if len(secret) - cut >= 4:
        assert secret.encode()[cut:] not in torn.stdout.tail


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a", True), ("a" * 100, True), ("a" * 101, False), ("", False), (".", False), ("..", False), ("-a", False),
        ("a/b", False), ("a\n", False), ("nul", False), ("NUL.txt", False), ("null", True), ("com1", False),
        ("a.b-c_D9", True), ("ü", False), ("a\0", False), (".a", False),
    ],
)  # fmt: skip
def test_safe_names(name: str, safe: bool) -> None:
    assert is_safe_name(name) is safe


def test_fingerprints_are_those_of_openssh(tmp_path: Path) -> None:
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    assert fingerprint(base64.b64decode(key)) == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


def test_the_registry_lists_the_drivers() -> None:
    assert schemes() == ("local", "openssh", "smb", "ssh")
    for scheme in schemes():
        found = transport_class(scheme)
        assert issubclass(found, Transport)
        assert found.scheme == scheme
    for wrong in ("nfs", "base", "", "os", "posix", "../x"):
        with pytest.raises(InputError, match="not a transport"):
            transport_class(wrong)


@pytest.mark.parametrize("scheme", ["local", "openssh"])
def test_only_the_built_in_engine_imports_the_ssh_library(scheme: str) -> None:
    code = (
        f"import sys; from itmsctl.transports.registry import transport_class; transport_class('{scheme}'); "
        "sys.exit('paramiko' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_ssh_files_see_the_library() -> None:
    folder = Path(itmsctl.transports.__file__).parent
    users = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            if any(name.split(".")[0] == "paramiko" for name in names):
                users.add(path.name)
    assert users
    assert all(name.startswith("ssh") for name in users)


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("DONE 0 - - - - -", True),
        ("DONE 255 - - - - -", True),
        ("DONE 256 - - - - -", False),
        ("DONE 2147483648 - - - - -", False),
        ("DONE 999999999999999999 - - - - -", False),
        ("KILLED 999 - - - - -", False),
        ("LOST 1000000000000000000 - - - - -", False),
        ("STORED 1125899906842624 - - - - -", True),
        ("STORED 1125899906842625 - - - - -", False),
        ("DONE 0 1125899906842624 0 - - -", True),
        ("DONE 0 999999999999999999 - - - -", False),
        ("DONE 0 - 999999999999999999 - - -", False),
        ("DONE 0 -5 - - - -", False),
        ("DONE 0 - many - - -", False),
        ("DONE \u0663 - - - - -", False),
        ("DONE 0 - \u0663 - - -", False),
    ],
)
def test_a_number_that_cannot_be_makes_the_whole_line_unbelievable(line: str, taken: bool) -> None:
    assert (parse_header(line.encode()) is not None) is taken


@pytest.mark.parametrize(
    ("uptime", "taken"), [("123.45", 123.45), ("999999999", 999999999.0), ("9999999999", None), ("1e9", None)]
)
def test_an_uptime_of_centuries_is_none(uptime: str, taken: float | None) -> None:
    header = parse_header(f"DONE 0 - - - - {uptime}".encode())
    assert header is not None
    assert header.host.uptime_s == taken


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            "drwx------ 3 0 0 60 Nov 30 02:05 /a drwxrwx--- 2 1000 1000 40 Nov 30 02:05 /a/b",
            "owner=1000 mode=drwxrwx---: ",
        ),
        ("lrwxrwxrwx 1 7 7 3 Jan 1 1970 /a -> /b lrwxrwxrwx 1 7 7 3 Jan 1 1970 /a -> /b", "owner=7 mode=lrwxrwxrwx: "),
        ("drwx------ 3 5 5 60 Nov 30 02:05 /a drwx------ 3 5 5 60 Nov 30 02:05 /a", "owner=5 mode=drwx------: "),
        ("ls: cannot access '/home/x/.local/state/itms': No such file or directory", "ls: cannot access '/home/x"),
        ("drwx \u202e drwx", "drwx <U+202E> drwx"),
        ("", "nothing is known of it"),
    ],
)
def test_an_unsafe_folder_is_told_by_its_listing_or_not_at_all(detail: str, said: str) -> None:
    header = parse_header(f"UNSAFE 0 - - - - - {detail}".encode())
    assert header
    error = unsafe_folder(Endpoint("g", "pc1", ("127.0.0.1",)), header)
    assert error.why.startswith(said)

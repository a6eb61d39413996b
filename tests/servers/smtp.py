"""A small SMTP server of our own: it speaks the protocol over real sockets, with STARTTLS and AUTH where asked to."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass
class Received:
    """One mail as it arrived."""

    sender: str
    receivers: list[str]
    data: str
    user: str | None
    over_tls: bool


@dataclass
class SmtpServer:
    """Listens on loopback. `refuse` are receivers that it does not take; `hang_up` ends the link after the data."""

    certificate: Path | None = None  # with its key, in one file
    refuse: frozenset[str] = frozenset()
    hang_up: bool = False
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._quietly, args=(link,), daemon=True).start()

    def _quietly(self, link: socket.socket) -> None:
        with suppress(OSError, ValueError), ExitStack() as stack:
            link.settimeout(20)
            self._talk(stack.enter_context(link), stack)

    def _talk(self, link: socket.socket, stack: ExitStack) -> None:
        lines = stack.enter_context(link.makefile("rb"))
        sender, receivers, user, tls = "", [], None, False

        def say(text: str) -> None:
            link.sendall(text.encode() + b"\r\n")

        say("220 test ESMTP")
        while line := lines.readline().decode("utf-8", "replace").rstrip("\r\n"):
            word = line.split(" ", 1)[0].upper()
            if word == "EHLO":
                offers = [
                    "test",
                    *(["STARTTLS"] if self.certificate and not tls else []),
                    *(["AUTH PLAIN"] if tls else []),
                ]
                for n, offer in enumerate(offers, 1):
                    say(f"250{' ' if n == len(offers) else '-'}{offer}")
            elif word == "STARTTLS" and self.certificate:
                say("220 go on")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate)
                link = stack.enter_context(context.wrap_socket(link, server_side=True))
                lines, tls = stack.enter_context(link.makefile("rb")), True
            elif word == "AUTH":
                _, name, password = base64.b64decode(line.split()[-1]).decode().split("\0")
                user = name if password == "S3cr3t-canary" else None
                say("235 ok" if user else "535 wrong password")
            elif word == "MAIL":
                sender = line.split("<", 1)[1].split(">", 1)[0]
                say("250 ok")
            elif word == "RCPT":
                to = line.split("<", 1)[1].split(">", 1)[0]
                if to in self.refuse:
                    say("550 \x1b[2Jno such user")
                else:
                    receivers.append(to)
                    say("250 ok")
            elif word == "DATA":
                say("354 go on")
                data = []
                while (text := lines.readline()) != b".\r\n":
                    data.append(text.decode())
                self.received.append(Received(sender, receivers, "".join(data), user, tls))
                if self.hang_up:
                    return
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1; return the file with its key, and the certificate alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(Encoding.PEM)
    whole, alone = folder / "server.pem", folder / "ca.pem"
    whole.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + public)
    alone.write_bytes(public)
    return whole, alone

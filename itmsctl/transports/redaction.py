"""Secrets taken out of what is kept: by value, in the forms in which a program echoes them (reliability HE13, OP6)."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from itmsctl.transports.outcome import Captured, Outcome

SHOWN = b"[redacted]"
# Shorter secrets would tear harmless text apart; they are weak enough to be found anyway.
SHORTEST = 4


def forms(secret: str) -> list[bytes]:
    """Answer the byte strings under which a secret may appear, longest first."""
    raw = secret.encode("utf-8", "surrogateescape")
    if len(raw) < SHORTEST:
        return []
    plain = {raw, shlex.quote(secret).encode("utf-8", "surrogateescape"), quote(raw).encode("ascii")}
    plain.add(base64.b64encode(raw).rstrip(b"="))
    return sorted(plain, key=len, reverse=True)


def redacted(data: bytes, secrets: Iterable[str]) -> bytes:
    """Answer the bytes with every form of every secret replaced."""
    for secret in secrets:
        for form in forms(secret):
            if form in data:
                data = data.replace(form, SHOWN)
    return data


def _captured(stream: Captured, secrets: tuple[str, ...]) -> Captured:
    if stream.tail and not stream.dropped:
        # Head and tail meet: a secret may lie across the seam.
        cut, whole = len(stream.head), redacted(stream.joined(), secrets)
        if whole != stream.joined():
            return replace(stream, head=whole[:cut], tail=whole[cut:])
        return stream
    head, tail = redacted(stream.head, secrets), redacted(stream.tail, secrets)
    if stream.dropped:
        head, tail = _without_torn_end(head, secrets), _without_torn_start(tail, secrets)
    if head == stream.head and tail == stream.tail:
        return stream
    return replace(stream, head=head, tail=tail)


def _without_torn_end(head: bytes, secrets: tuple[str, ...]) -> bytes:
    for form in (form for secret in secrets for form in forms(secret)):
        for size in range(len(form) - 1, SHORTEST - 1, -1):
            if head.endswith(form[:size]):
                return head[:-size] + SHOWN
    return head


def _without_torn_start(tail: bytes, secrets: tuple[str, ...]) -> bytes:
    for form in (form for secret in secrets for form in forms(secret)):
        for size in range(len(form) - 1, SHORTEST - 1, -1):
            if tail.startswith(form[-size:]):
                return SHOWN + tail[size:]
    return tail


def redacted_outcome(outcome: Outcome, secrets: tuple[str, ...]) -> Outcome:
    """Answer the outcome with no secret in its streams or message. `total` stays what the endpoint wrote."""
    if not secrets:
        return outcome
    message = redacted(outcome.message.encode("utf-8", "surrogateescape"), secrets)
    return replace(
        outcome,
        stdout=_captured(outcome.stdout, secrets),
        stderr=_captured(outcome.stderr, secrets),
        message=message.decode("utf-8", "surrogateescape"),
    )

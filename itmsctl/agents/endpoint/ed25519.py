"""Ed25519 (RFC 8032) in plain Python, for computers that have nothing else: to sign events, and to check policy.

A check takes some milliseconds. What is signed here is signed where only the owner of the key looks on, so it need not
take the same time for every key.
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of -1
_Y = 4 * pow(5, _P - 2, _P) % _P


def public_of(secret: bytes) -> bytes:
    """Return the public key of a secret one, each 32 bytes."""
    scalar, _ = _expanded(secret)
    return _packed(_times(scalar, _BASE))


def sign(secret: bytes, message: bytes) -> bytes:
    """Return the signature of a message, 64 bytes."""
    scalar, prefix = _expanded(secret)
    public = _packed(_times(scalar, _BASE))
    nonce = _number(prefix + message)
    point = _packed(_times(nonce, _BASE))
    answer = (nonce + _number(point + public + message) * scalar) % _L
    return point + answer.to_bytes(32, "little")


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the owner of a public key signed a message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key = _unpacked(public)
    answer = int.from_bytes(signature[32:], "little")
    if key is None or answer >= _L:
        return False
    challenge = _number(signature[:32] + public + message)
    x, y, z, t = key
    return _packed(_sum(_times(answer, _BASE), _times(challenge, (_P - x, y, z, _P - t)))) == signature[:32]


def _expanded(secret: bytes) -> tuple[int, bytes]:
    made = hashlib.sha512(secret).digest()
    scalar = int.from_bytes(made[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return scalar, made[32:]


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % _L


def _root_x(y: int, odd: int) -> int | None:
    """Return the x of a point with this y; None where there is none."""
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (not x and odd):
        return None
    return _P - x if x % 2 != odd else x


def _sum(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return the sum of two points, in extended coordinates."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(count: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    found = (0, 1, 1, 0)
    while count:
        if count & 1:
            found = _sum(found, point)
        point = _sum(point, point)
        count >>= 1
    return found


def _packed(point: tuple[int, int, int, int]) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, _P - 2, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _unpacked(data: bytes) -> tuple[int, int, int, int] | None:
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    if y >= _P:
        return None
    x = _root_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % _P)


_X = _root_x(_Y, 0) or 0
_BASE = (_X, _Y, 1, _X * _Y % _P)

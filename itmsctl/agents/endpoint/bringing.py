"""A package brought into the cache of this computer: from its servers, or from where policy is read.

Nothing that is fetched is believed: all files are checked by digests that came with signed policy, and what is visible
in the cache is whole. What came is kept where it was cut, and gone on from.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.agents.endpoint.asking_shell import asked
from itmsctl.packages.fetching import fetched

FETCH, STOCK = "fetch", "stock"
_RATE, _SLOW_S = 10_000, 60
_SAY = """say() { printf '%s %s\\n' "$1" "$2"; }
b=-
[ -r /proc/sys/kernel/random/boot_id ] && read -r b </proc/sys/kernel/random/boot_id
"""


class NotBroughtError(Exception):
    """A package is not there; the text says why. `corrupt` where what was handed out is another one."""

    def __init__(self, why: str, *, corrupt: bool = False) -> None:
        super().__init__(why)
        self.corrupt = corrupt


class Bringing:
    """Brings packages; `texts` are the programs that do it, by name."""

    def __init__(self, texts: Mapping[str, str], base: str) -> None:
        self.texts, self.base = texts, base

    def bring(
        self, package: Mapping[str, Any], sources: Sequence[str], cache: str, user: str | None, limit_s: float
    ) -> str:
        """Have a package in the cache, and say how it came. Raises NotBroughtError, OSError."""
        if FETCH not in self.texts:
            raise NotBroughtError("this agent is older than deliveries: itmsctl agent upgrade")
        bases = list(sources) or [self.base]
        names = {"digest": str(package["digest"]), "list": str(package["list"]), "cache": cache}
        lines = self._asked(FETCH, user, limit_s, {**names, "rate": str(_RATE), "slow": str(_SLOW_S)}, {
            "list": package["files"], "pieces": package["pieces"],
            "sources": "".join(f"{number} {base.rstrip('/')}\n" for number, base in enumerate(bases, 1)),
            "wants": package["wants"], "end": "",
        })  # fmt: skip
        _check_begun(lines)
        if lines[0].startswith("WHOLE "):
            return f"{lines[0][6:]} is complete already"
        found = fetched(lines)
        left = [f"{bases[one.number - 1]}: {one.path}: {one.word} {one.why}"
                for one in found.left if 0 < one.number <= len(bases)]  # fmt: skip
        if found.lacks != 0:
            why = "; ".join(left) or f"{found.lacks} of its files are still to come"
            raise NotBroughtError(why[:800], corrupt=any(one.is_corrupt for one in found.left))
        lines = self._asked(STOCK, user, limit_s, {**names, "mode": "", "need": str(package["need"]), "receive": ""}, {
            "list": package["files"], "pieces": package["pieces"], "m": package["manifest"], "end": "",
        })  # fmt: skip
        _check_begun(lines)
        if not lines[-1].startswith(("STORED ", "WHOLE ")):
            raise NotBroughtError(f"it could not be put into the cache: {lines[-1]}"[:800])
        taken = ", ".join(f"{size} bytes from {bases[number - 1]}" for number, size in sorted(found.taken.items())
                          if 0 < number <= len(bases))  # fmt: skip
        return "; ".join(filter(None, (taken, *left)))

    def _asked(
        self, which: str, user: str | None, limit_s: float, names: Mapping[str, str], members: Mapping[str, str]
    ) -> list[str]:
        printed = asked(_SAY + self.texts[which], user, limit_s, names, _packed(members))
        if printed is None:
            raise NotBroughtError("it takes longer than there is time now; what came is kept")
        return printed.decode("utf-8", "replace").splitlines() or ["nothing was said"]


def _check_begun(lines: Sequence[str]) -> None:
    word, _, why = lines[0].partition(" ")
    if word in {"UNFIT", "NOROOM", "BUSY"}:
        raise NotBroughtError(f"{word} {why}")


def _packed(members: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, text in members.items():
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o600
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()

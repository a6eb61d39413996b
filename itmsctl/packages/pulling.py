"""What has a constrained package server take a package from an unconstrained one of its site (PKG-8, PKG-10).

It uses what is there: curl, wget or Python. What it got is looked at again afterwards, and what is missing is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from itmsctl.packages.manifest import PIECE, PackageManifest
from itmsctl.packages.replica_programs import HEAD
from itmsctl.packages.replicas import PiecePlace, length
from itmsctl.packages.route import file_url
from itmsctl.values.untrusted import shell_arg

SCHEMES = ("https://", "http://")
STALL_S = 30
_TOOLS = r"""
inside
if command -v curl >/dev/null 2>&1; then
  take() { curl -fsS -g --connect-timeout 10 --speed-limit 100 --speed-time "$stall" $limit ${2:+-r "$2"} -- "$1"; }
elif command -v wget >/dev/null 2>&1; then
  take() { wget -q -O - -T "$stall" ${2:+--header "Range: bytes=$2"} -- "$1"; }
elif command -v python3 >/dev/null 2>&1; then
  take() { python3 -I -c 'import shutil, sys, urllib.request as u
r = u.Request(sys.argv[1], headers={"Range": "bytes=" + sys.argv[2]} if sys.argv[2] else {})
shutil.copyfileobj(u.urlopen(r, timeout=float(sys.argv[3])), sys.stdout.buffer)' "$1" "${2:-}" "$stall"; }
else fail "it has none of curl, wget and python3"; fi
got=0
# A server that knows no ranges sends the whole file: no more than what was asked for is kept.
g() {
  case $1 in */*) mkdir -p -m 700 -- "./${1%/*}" ;; esac
  [ -L "./$1" ] && rm -f -- "./$1"
  [ "$4" -gt 0 ] || { : >"./$1"; chmod "$2" "./$1"; return; }
  take "$6" "$5" 2>/dev/null | head -c "$4" | dd bs=65536 seek="$3" conv=notrunc of="./$1" 2>/dev/null
  chmod "$2" "./$1" 2>/dev/null && got=$((got + 1))
}
"""


def pull_program(
    manifest: PackageManifest,
    wanted: Sequence[PiecePlace],
    base: str,
    rate: float | None = None,
    stall_s: int = STALL_S,
) -> str:
    """Return the program that fetches pieces from the URL of another server into the folder that is filled."""
    limit = f"--limit-rate {max(1, int(rate))}" if rate else ""
    lines = [HEAD, f"limit={shell_arg(limit)} stall={stall_s}", _TOOLS]
    for index, group in groupby(wanted, key=lambda place: place.file):
        file, numbers = manifest.files[index], [place.number for place in group]
        url = shell_arg(file_url(base, manifest.digest, file.path))
        for number in numbers:
            begin, size = number * PIECE, length(file, number)
            span = f"{begin}-{begin + size - 1}" if file.pieces else ""
            words = f"{shell_arg(file.path)} {file.mode:o} {begin // 65_536} {size}"
            lines.append(f"g {words} {shell_arg(span)} {url}")
    return "\n".join([*lines, 'done_ "$got"'])

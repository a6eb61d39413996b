"""Who answers, and what stands at a path there, as digests: nothing is changed, no marker is needed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from itmsctl.errors import InputError, LinkLostError
from itmsctl.transports import failures
from itmsctl.transports.entries import SeenPath, What
from itmsctl.transports.files import Spawn, absolute, exchange
from itmsctl.transports.reader import End
from itmsctl.transports.reply import parse_header

if TYPE_CHECKING:
    from itmsctl.transports.endpoint import Endpoint

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MODE = re.compile(r"[0-7]{1,4}")

# A tree is the digest of sorted lines: "d MODE PATH", "f MODE PATH", "SHA256  PATH", "l PATH TARGET" (trees.digest).
_LOOK = """
set -u -f
m= b=- u=- s=- p=-
[ -r /etc/machine-id ] && read -r m </etc/machine-id
m=${m%%[!0-9a-f]*}
[ -r /proc/sys/kernel/random/boot_id ] && read -r b </proc/sys/kernel/random/boot_id
[ -r /proc/uptime ] && read -r u _ </proc/uptime
sum() {
  if command -v sha256sum >/dev/null; then sha256sum
  elif command -v shasum >/dev/null; then shasum -a 256
  elif command -v openssl >/dev/null; then openssl dgst -sha256 -r
  else echo -; fi
}
tree() {
  cd "$1" || return
  find . -type d -exec stat -c "d %a %n" {} +
  find . -type f -exec stat -c "f %a %n" {} +
  find . -type f -exec sha256sum {} +
  find . -type l | while IFS= read -r l; do printf "l %s %s\\n" "$l" "$(readlink "$l")"; done
  find . ! -type d ! -type f ! -type l
}
case $2 in
  file) [ -f "$3" ] && [ -r "$3" ] && s=$(sum <"$3") && p=$(stat -c %a "$3" 2>/dev/null) ;;
  tree) [ -d "$3" ] && [ ! -L "$3" ] && s=$(tree "$3" 2>/dev/null | LC_ALL=C sort | sum) ;;
esac
echo "ITMS1 $1 SEEN 0 - - ${m:--} $b $u ${s%% *} ${p:--}"
"""


def look(spawn: Spawn, endpoint: Endpoint, what: What, path: str, limit_s: float) -> SeenPath:
    """Return what is seen within `limit_s`.

    Raises WrongHostError where another machine than the recorded one answers, LinkLostError, ReplyGarbledError.
    """
    token = secrets.token_hex(16)
    words = (token, what, "/" if what == "host" else absolute(path))
    out, err, end, status = exchange(spawn, _LOOK, words, b"", time.monotonic() + limit_s, 4096)
    header = parse_header(out.answer)
    if header is None:
        if end is End.EXITED and out.lines:
            raise failures.garbled(endpoint, out.answer)
        if end is End.EXITED:
            raise failures.shell_refused(endpoint, err.unread() or out.unread(), status)
        if end is End.DEADLINE:
            raise failures.no_answer(endpoint)
        raise LinkLostError(f"{failures.shown(endpoint.name)} did not answer", why=end.value)
    if endpoint.machine_id and header.host.machine_id != endpoint.machine_id:
        raise failures.wrong_host(endpoint, header)
    sha256, _, mode = header.detail.partition(" ")
    return SeenPath(
        header.host,
        sha256 if _SHA256.fullmatch(sha256) else None,
        int(mode, 8) if _MODE.fullmatch(mode) else None,
    )


def file_digest(path: Path) -> tuple[str, int]:
    """Return the digest and the mode of a file of this machine. Raises InputError."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            hint = "--kind copy-tree copies a folder" if stat.S_ISDIR(found.st_mode) else ""
            raise InputError(f"{path} is not a file", hint=hint)
        stamp = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        return _digest(os.fspath(path), stamp), stat.S_IMODE(found.st_mode)
    except OSError as error:
        raise InputError(f"{path} cannot be read", why=error.strerror or str(error)) from None


@lru_cache(maxsize=64)
def _digest(path: str, stamp: tuple[int, ...]) -> str:
    del stamp  # a changed file is another entry of the cache
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What runs on a package server, as text of a POSIX shell: each may be done again without harm.

A package is filled in `.part-DIGEST`, a folder of the login user alone, and renamed whole: what is visible is complete.
Where `ROOT` is a folder that others may write to, nothing is done (HE10).
"""

from __future__ import annotations

from itmsctl.transports.entering import ENTER
from itmsctl.values.untrusted import shell_arg

# $1 token, $2 root, $3 digest.
HEAD = (
    ENTER
    + r"""
set -u -f
token=$1 root=$2 n=$3
umask 077
fail() { echo "ITMS1 $token FAILED 0 - - - - - $*"; exit 1; }
done_() { echo "ITMS1 $token DONE 0 - - - - - $*"; exit 0; }
inside() { enter "$root/.part-$n/x"; trusted || fail "$root/.part-$n is not ours alone"; }
beside() { enter "$root/x"; trusted || fail "others may write to $root"; }
"""
)

# $4 ... files that are begun again.
OPEN = (
    HEAD
    + r"""
shift 3
beside
mkdir -m 700 -- "./.part-$n" 2>/dev/null
[ -d "./.part-$n" ] && [ ! -L "./.part-$n" ] || fail "$root cannot be written to"
inside
for path in "$@"; do rm -f -- "./$path"; done
done_
"""
)

# The folder itself, where it is missing: it belongs to who logs in.
ROOT = (
    HEAD
    + r"""
umask 022
[ -d "$root" ] || mkdir -p -- "$root" 2>/dev/null || fail "$root cannot be made"
done_
"""
)

# A stream of tar, whose last member is `.end-DIGEST`.
BUNDLE = (
    HEAD
    + r"""
inside
said=$(tar -xpof - 2>&1) || fail "$said"
[ -f "./.end-$n" ] || fail "only a part of it arrived"
rm -f "./.end-$n"
done_
"""
)

# $4 path, $5 offset in blocks of 64 KiB, $6 mode.
PIECE_AT = (
    HEAD
    + r"""
inside
case $4 in */*) mkdir -p -m 700 -- "./${4%/*}" || fail "a folder cannot be made" ;; esac
[ -L "./$4" ] && rm -f -- "./$4"
said=$(LC_ALL=C dd bs=65536 seek="$5" conv=notrunc,fsync of="./$4" 2>&1) || fail "$said"
chmod "$6" "./$4"
done_
"""
)

# The written manifest comes by standard input; $4 are its bytes.
PUBLISH = (
    HEAD
    + r"""
beside
if [ ! -d "./$n" ]; then
  [ -d "./.part-$n" ] || fail "there is nothing to rename"
  (cd -P "./.part-$n" && find . -type d -exec chmod 755 {} +) || fail "modes cannot be set"
  sync -f -- . 2>/dev/null || sync
  mv -- "./.part-$n" "./$n" || fail "it cannot be renamed"
fi
rm -f "./.part-$n.json"
cat >"./.part-$n.json" || fail "the manifest cannot be written"
[ "$(($(wc -c <"./.part-$n.json")))" -eq "$4" ] || fail "only a part of the manifest arrived"
chmod 644 "./.part-$n.json"
mv -f -- "./.part-$n.json" "./$n.json" || fail "the manifest cannot be renamed"
sync -f -- . 2>/dev/null || sync
done_
"""
)

HIDE = (
    HEAD
    + r"""
beside
rm -f -- "./$n.json"
if [ -d "./$n" ]; then
  rm -rf -- "./.part-$n"
  mv -- "./$n" "./.part-$n" || fail "it cannot be taken out of sight"
  chmod 700 "./.part-$n"
fi
done_
"""
)

REMOVE = (
    HEAD
    + r"""
beside
rm -f -- "./$n.json" "./.part-$n.json"
[ -d "./$n" ] && { rm -rf -- "./.part-$n"; mv -- "./$n" "./.part-$n"; }
rm -rf -- "./.part-$n"
done_
"""
)

_SUMS = r"""
if command -v sha256sum >/dev/null 2>&1; then sum() { sha256sum; }
elif command -v shasum >/dev/null 2>&1; then sum() { shasum -a 256; }
elif command -v openssl >/dev/null 2>&1; then sum() { openssl dgst -sha256 -r; }
else sum() { echo -; }; echo X; fi
hex() { set -- $(sum); echo "${1:--}"; }
"""

_SURVEY = r"""
cd -P -- "$root" 2>/dev/null || { echo N; exit 0; }
set -- $(LC_ALL=C df -Pk . 2>/dev/null | tail -n 1)
echo "K ${4:--}"
[ -f "./$n.json" ] && echo "J $(hex <"./$n.json")"
if [ -d "./$n" ] && [ ! -L "./$n" ]; then cd -P "./$n" && echo V
elif [ -d "./.part-$n" ] && [ ! -L "./.part-$n" ]; then cd -P "./.part-$n" && echo P
else exit 0; fi
f() {
  [ -f "./$2" ] && [ ! -L "./$2" ] || return 0
  s=$(($(wc -c <"./$2")))
  echo "S $1 $s"
  [ "$s" -gt 0 ] || { echo "H $1 0 $(hex <"./$2")"; return 0; }
  [ "$3" -eq 0 ] && { [ "$s" -le "$piece" ] && echo "H $1 0 $(hex <"./$2")"; return 0; }
  i=0
  while [ "$((i * piece))" -lt "$s" ] && [ "$i" -lt "$3" ]; do
    echo "H $1 $i $(dd if="./$2" bs="$piece" skip="$i" count=1 2>/dev/null | hex)"
    i=$((i + 1))
  done
}
"""

# A file of another length is not sent: its length tells enough.
_READ = r"""
cd -P -- "$root" 2>/dev/null || { echo N; exit 0; }
if [ -d "./$n" ] && [ ! -L "./$n" ]; then cd -P "./$n"
elif [ -d "./.part-$n" ] && [ ! -L "./.part-$n" ]; then cd -P "./.part-$n"
else exit 0; fi
f() {
  [ -f "./$2" ] && [ ! -L "./$2" ] && [ -r "./$2" ] || { echo "M $1"; return 0; }
  s=$(($(wc -c <"./$2")))
  [ "$s" -eq "$3" ] || { echo "L $1 $s"; return 0; }
  echo "F $1 $s"
  cat "./$2"
}
"""


def _called(root: str, digest: str, body: str, calls: list[tuple[int, str, int]], **numbers: int) -> bytes:
    lines = [
        "set -u -f",
        f"root={shell_arg(root)} n={digest}",
        *(f"{name}={value}" for name, value in numbers.items()),
        body,
        *(f"f {index} {shell_arg(path)} {number}" for index, path, number in calls),
        "echo E",
        "",
    ]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def survey(root: str, digest: str, piece: int, files: list[tuple[int, str, int]]) -> bytes:
    """Return the program that says what is there: for each file its number, path and count of pieces (0: one)."""
    return _called(root, digest, _SUMS + _SURVEY, files, piece=piece)


def read_all(root: str, digest: str, files: list[tuple[int, str, int]]) -> bytes:
    """Return the program that sends the content of files: for each its number, path and size."""
    return _called(root, digest, _READ, files)

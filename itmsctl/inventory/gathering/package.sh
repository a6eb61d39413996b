#!/bin/sh
# Writes the inventory of this computer into a file, for computers that are not reached over SSH.
# Made by `itmsctl inventory package build`. `sh THIS --help` shows its options, `sh THIS --readme` how to use it.
umask 077
for P in python3 /usr/libexec/platform-python /usr/local/bin/python3 /opt/freeware/bin/python3; do
  command -v "$P" >/dev/null 2>&1 || continue
  "$P" -I -B -c 'import sys
with open(sys.argv[1], encoding="utf-8") as stream:
    text = stream.read()
sys.argv = sys.argv[1:]
exec(compile(text.split("\n#PYTHON\n", 1)[1], sys.argv[0], "exec"))' "$0" "$@"
  E=$?
  [ "$E" = 97 ] || exit "$E"
done
# There is no Python 3.6 here: basic classes, always whole.
OUT=@OUT@
QUIET=
while [ $# -gt 0 ]; do
  case $1 in
  --out) [ $# -gt 1 ] || { echo "--out FOLDER" >&2; exit 2; }; OUT=$2; shift ;;
  --out=*) OUT=${1#--out=} ;;
  --full) ;;
  --quiet) QUIET=1 ;;
  --readme) sed -n 's/^#README //p;s/^#README$//p' "$0"; exit 0 ;;
  *) echo "without Python 3.6 this package knows --out FOLDER, --quiet and --readme; not $1" >&2; exit 2 ;;
  esac
  shift
done
[ -d "$OUT" ] || { echo "there is no folder $OUT: is it mounted? Nothing was sent; --out names another" >&2; exit 1; }
H=$(uname -n | sed 's/\..*//; s/[^A-Za-z0-9-]/-/g' | cut -c1-40)
R=$(od -An -N4 -tx1 /dev/urandom 2>/dev/null | tr -d ' \n')
NAME=$H-$(date -u +%Y%m%dT%H%M%SZ)-0-$$-${R:-0}.nse
PART=$OUT/.$NAME.part
trap 'rm -f "$PART"' 0 1 2 15
set -C
gather() (
set +C
@SHELL@
)
gather >"$PART" || { echo "nothing was sent" >&2; exit 1; }
mv "$PART" "$OUT/$NAME" || exit 1
trap - 0
[ -n "$QUIET" ] || echo "$OUT/$NAME"
exit 0
@README@
#PYTHON

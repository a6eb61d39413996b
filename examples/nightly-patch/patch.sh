#!/bin/sh
# Bring the packages of a Debian system up to date; only say what would be done unless ITMS_REALLY is true.
# Exit 0: done. 75: another package manager holds the lock, try again. 99: done, and a restart is needed.
set -eu
if ! command -v apt-get >/dev/null; then
  echo "no apt-get here: nothing to do"
  exit 0
fi
if [ "$ITMS_REALLY" = true ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update || exit 75
  apt-get -q -y -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold upgrade || exit 75
else
  apt-get -q -s upgrade | tail -n 1
fi
[ ! -e /run/reboot-required ] || exit 99

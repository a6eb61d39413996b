#!/bin/sh
# The agent of itmsctl: `sh THIS check-in`, `status`, `install`, `uninstall`. Behind these lines stands a zip file.
umask 077
for P in python3 /usr/libexec/platform-python /usr/local/bin/python3 /opt/freeware/bin/python3; do
  command -v "$P" >/dev/null 2>&1 || continue
  "$P" -I -B "$0" "$@"
  E=$?
  [ "$E" = 97 ] || exit "$E"
done
#SHELL
echo "itms-agent: this computer has no Python 3.6 or newer, which this edition needs" >&2
exit 1

"""Power: shut down, reboot and wait for the return, wake by the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import AwaitPort, AwaitReturn, Operation, Script, ViaNeighbour

# The script ends, and its end is recorded, before the computer goes.
GO = """
if [ "$(id -u)" != 0 ]; then
  echo "only root may do that: --run-as root" >&2
  exit 77
fi
if command -v shutdown >/dev/null; then
  case $ITMS_ARG_ACTION in
    reboot) set -- shutdown -r now ;;
    *) set -- shutdown -h now ;;
  esac
elif command -v systemctl >/dev/null; then
  case $ITMS_ARG_ACTION in
    reboot) set -- systemctl reboot ;;
    *) set -- systemctl poweroff ;;
  esac
else
  case $ITMS_ARG_ACTION in
    reboot) set -- reboot ;;
    *) set -- poweroff ;;
  esac
  command -v "$1" >/dev/null || {
    echo "there is no shutdown, systemctl or $1" >&2
    exit 127
  }
fi
if [ -n "$ITMS_ARG_MESSAGE" ] && command -v wall >/dev/null; then printf "%s\\n" "$ITMS_ARG_MESSAGE" | wall; fi
(sleep "$ITMS_ARG_DELAY"; exec "$@") </dev/null >/dev/null 2>&1 &
echo "$* in $ITMS_ARG_DELAY s"
"""
# A magic packet is six bytes of ones and the address sixteen times, to everybody on the wire.
_WAKE = """
if command -v python3 >/dev/null; then
  exec python3 -c '
import socket, sys
mac, broadcast = sys.argv[1:]
packet = b"\\xff" * 6 + bytes.fromhex(mac.replace(":", "")) * 16
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    for port in (9, 7):
        s.sendto(packet, (broadcast, port))
print("sent to", mac, "by", broadcast)
' "$ITMS_MAC" "$ITMS_BROADCAST"
elif command -v perl >/dev/null; then
  exec perl -e '
use Socket;
(my $m = $ENV{ITMS_MAC}) =~ s/://g;
socket(S, PF_INET, SOCK_DGRAM, getprotobyname("udp")) or die $!;
setsockopt(S, SOL_SOCKET, SO_BROADCAST, 1) or die $!;
for my $p (9, 7) {
  send(S, "\\xff" x 6 . pack("H12", $m) x 16, 0, sockaddr_in($p, inet_aton($ENV{ITMS_BROADCAST}))) or die $!;
}
print "sent to $ENV{ITMS_MAC} by $ENV{ITMS_BROADCAST}\\n";
'
elif command -v wakeonlan >/dev/null; then
  exec wakeonlan -i "$ITMS_BROADCAST" "$ITMS_MAC"
elif command -v etherwake >/dev/null; then
  exec etherwake -b "$ITMS_MAC"
elif command -v ether-wake >/dev/null; then
  exec ether-wake -b "$ITMS_MAC"
fi
echo "there is no python3, perl, wakeonlan or etherwake to send the packet" >&2
exit 127
"""


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    action, wait = arguments["action"], arguments["wait"]
    if action == "wake":
        return (ViaNeighbour(_WAKE), *((AwaitPort(),) if wait else ()))
    told = {
        "ITMS_ARG_ACTION": action,
        "ITMS_ARG_DELAY": f"{arguments['delay']:g}",
        "ITMS_ARG_MESSAGE": arguments["message"] or "",
    }
    return (Script(GO, environment=told), *((AwaitReturn(),) if wait and action == "reboot" else ()))


ACTION = Action(
    "power",
    "Shut computers down, reboot them and wait for their return, or wake them through a neighbour of their subnet.",
    _operations,
    arguments=(
        Argument("action", "What to do.", "choice(shutdown,reboot,wake)", required=True),
        Argument("wait", "After a reboot or a wake, wait until it answers again.", "bool", default="true"),
        Argument("delay", "How long it waits before it goes.", "duration", default="2s"),
        Argument("message", "What its users are told before."),
    ),
    destructive=True,
    time_limit_s=900.0,
)

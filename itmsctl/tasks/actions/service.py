"""Services of a computer, whatever manages them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, Script

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@:\\-]{0,127}")
_CONTROL = """
name=$ITMS_ARG_NAME action=$ITMS_ARG_ACTION
if command -v systemctl >/dev/null && systemctl show --property=Version >/dev/null 2>&1; then
  exec systemctl --no-pager --no-ask-password "$action" -- "$name"
fi
if command -v rc-service >/dev/null; then
  case $action in
    enable) exec rc-update add "$name" default ;;
    disable) rc-update show | grep -q "^ *$name |" || exit 0; exec rc-update del "$name" ;;
    *) exec rc-service "$name" "$action" ;;
  esac
fi
if command -v service >/dev/null; then
  case $action in
    enable | disable)
      if command -v update-rc.d >/dev/null; then exec update-rc.d "$name" "$action"; fi
      if command -v chkconfig >/dev/null; then
        case $action in
          enable) exec chkconfig "$name" on ;;
          *) exec chkconfig "$name" off ;;
        esac
      fi
      ;;
    *) exec service "$name" "$action" ;;
  esac
fi
echo "nothing here manages services in a way that is known: systemctl, rc-service, service" >&2
exit 127
"""


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    if not _NAME.fullmatch(arguments["name"]):
        raise InputError(f"`{arguments['name']}` is not the name of a service")
    told = {"ITMS_ARG_NAME": arguments["name"], "ITMS_ARG_ACTION": arguments["action"]}
    return (Script(_CONTROL, environment=told),)


ACTION = Action(
    "service",
    "Control a service: by systemd, else OpenRC, else init scripts.",
    _operations,
    arguments=(
        Argument("name", "The service.", required=True),
        Argument("action", "What to do.", "choice(start,stop,restart,reload,status,enable,disable)", required=True),
    ),
)

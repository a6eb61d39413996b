"""A word to the users of a computer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, Script

_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_SAY = """
tell() {
  command -v write >/dev/null || { echo "there is no write" >&2; exit 127; }
  command -v who >/dev/null || { echo "there is no who" >&2; exit 127; }
  who | while read -r user line _; do
    if [ -z "$ITMS_ARG_USER" ] || [ "$user" = "$ITMS_ARG_USER" ]; then
      printf "%s\\n" "$ITMS_ARG_TEXT" | write "$user" "$line" && echo "told $user on $line"
    fi
  done
}
if [ -z "$ITMS_ARG_USER" ] && command -v wall >/dev/null; then
  printf "%s\\n" "$ITMS_ARG_TEXT" | wall
else
  tell
fi
"""


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    user = arguments["user"] or ""
    if user and not _USER.fullmatch(user):
        raise InputError(f"`{user}` is not the name of a user")
    return (Script(_SAY, environment={"ITMS_ARG_TEXT": arguments["text"], "ITMS_ARG_USER": user}),)


ACTION = Action(
    "message",
    "Tell the users who are logged in to a computer something: by wall, else by write.",
    _operations,
    arguments=(
        Argument("text", "What they are told.", required=True),
        Argument("user", "Tell this user only."),
    ),
)

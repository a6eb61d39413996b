"""`systemctl show --all --property=... '*.service'`: services of systemd."""

from __future__ import annotations

from itmsctl.inventory.captured import blocks, filled, pairs, whole
from itmsctl.inventory.parser import Parser, Rows

PROPERTIES = "Id,Description,ActiveState,SubState,UnitFileState,LoadState,User,MainPID,ExecMainStatus,FragmentPath"
"""What `systemctl show --property` is asked for."""

_MODES = {
    "enabled": "automatic", "enabled-runtime": "automatic", "static": "manual", "indirect": "manual",
    "disabled": "disabled", "masked": "masked", "generated": "automatic", "alias": "manual",
}  # fmt: skip


def services(text: str) -> Rows:
    """Return services; what is only named by others, and not there, is none."""
    rows: Rows = []
    for block in blocks(text):
        one = pairs((line[:2000] for line in block), "=")
        if not one.get("Id", "").endswith(".service") or one.get("LoadState") == "not-found":
            continue
        state = (
            "running"
            if one.get("SubState") == "running"
            else "failed"
            if one.get("ActiveState") == "failed"
            else "stopped"
        )
        rows += filled(
            {
                "name": one["Id"].removesuffix(".service"),
                "display_name": one.get("Description"),
                "manager": "systemd",
                "state": "exited" if one.get("SubState") == "exited" else state,
                "start_mode": _MODES.get(one.get("UnitFileState", "")),
                "path": one.get("FragmentPath"),
                "user": one.get("User"),
                "exit_status": whole(one.get("ExecMainStatus")),
                "pid": whole(one.get("MainPID")) or None,
            }
        )
    return rows


PARSER = Parser(f"systemctl show --all --property={PROPERTIES} '*.service'", {"services": services})

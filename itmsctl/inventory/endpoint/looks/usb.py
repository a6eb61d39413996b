"""`/sys/bus/usb`: devices on the USB bus; what belongs to the hubs of the computer itself is none."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, said
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError

_FOLDER = "/sys/bus/usb/devices"


def look(probe: Probe) -> dict[str, Rows]:
    """Return devices."""
    if not probe.has(_FOLDER):
        raise AbsentError(f"no such file: {_FOLDER}")
    return {"usb_devices": [row for name in probe.names(_FOLDER) if ":" not in name for row in _device(probe, name)]}


def _device(probe: Probe, name: str) -> Rows:
    def one(what: str) -> str:
        return probe.line(f"{_FOLDER}/{name}/{what}")

    bus, device, speed = one("busnum"), one("devnum"), one("speed")
    return filled(
        {
            "bus": bus.zfill(3) if bus else None,
            "device": device.zfill(3) if device else None,
            "vendor_id": one("idVendor"),
            "product_id": one("idProduct"),
            "manufacturer": said(one("manufacturer")),
            "product": said(one("product")),
            "serial": said(one("serial")),
            "class": one("bDeviceClass"),
            "subclass": one("bDeviceSubClass"),
            "version": one("version"),
            "speed_mbps": float(speed) if speed.replace(".", "", 1).isdigit() and len(speed) < 9 else None,
        },
        "vendor_id",
        "product_id",
    )

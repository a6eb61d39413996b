"""EDID: what a monitor tells of itself, as hexadecimal digits (`/sys/class/drm/*/edid`, `xrandr --props`)."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled
from itmsctl.inventory.parser import Parser, Rows

_HEADER = bytes.fromhex("00ffffffffffff00")
_BLOCKS = re.compile(r"(?:[0-9a-fA-F]{2}\s*)+")
_NAME, _SERIAL = 0xFC, 0xFF


def monitors(text: str) -> Rows:
    """Return the monitors whose EDID stands in the text."""
    rows: Rows = []
    digits = (
        "".join(part for part in re.findall(r"\b[0-9a-fA-F]{32,}\b", text))
        if not _is_bare(text)
        else re.sub(r"\s", "", text)
    )
    data = bytes.fromhex(digits[: len(digits) // 2 * 2])
    start = data.find(_HEADER)
    while start >= 0:
        block = data[start : start + 128]
        if len(block) == 128:
            rows += _monitor(block)
        start = data.find(_HEADER, start + len(_HEADER))
    return rows


def _is_bare(text: str) -> bool:
    return _BLOCKS.fullmatch(text.strip()[:100000]) is not None


def _monitor(block: bytes) -> Rows:
    letters = int.from_bytes(block[8:10])
    maker = "".join(chr(64 + (letters >> shift & 31)) for shift in (10, 5, 0))
    number = int.from_bytes(block[12:16], "little")
    texts = {
        block[place + 3]: _text(block[place + 5 : place + 18])
        for place in range(54, 126, 18)
        if not any(block[place : place + 3])
    }
    serial = texts.get(_SERIAL)
    return filled(
        {
            "manufacturer_id": maker if maker.isalpha() else None,
            "manufacturer": MAKERS.get(maker, maker if maker.isalpha() else None),
            "model": texts.get(_NAME),
            "product_code": f"{int.from_bytes(block[10:12], 'little'):04x}",
            "serial": serial or (str(number) if number not in {0, 0x01010101} else None),
            "serial_number": number if serial and number not in {0, 0x01010101} else None,
            "made_year": 1990 + block[17] if block[17] else None,
            "made_week": block[16] if 0 < block[16] <= 53 else None,
            "width_mm": block[21] * 10 or None,
            "height_mm": block[22] * 10 or None,
            "resolution": _resolution(block[54:72]),
            "is_digital": bool(block[20] & 0x80),
            "edid_version": f"{block[18]}.{block[19]}",
        }
    )


def _text(data: bytes) -> str | None:
    plain = data.split(b"\n")[0].decode("cp437").strip("\0 ")
    return plain if plain and all(ord(char) >= 32 for char in plain) else None


def _resolution(timing: bytes) -> str | None:
    """Return the size of the picture of a detailed timing; none where the block tells something else."""
    if not timing[0] and not timing[1]:
        return None
    wide, high = timing[2] | (timing[4] & 0xF0) << 4, timing[5] | (timing[7] & 0xF0) << 4
    return f"{wide}x{high}" if wide and high else None


MAKERS = {
    "ACI": "ASUS", "ACR": "Acer", "AIC": "AG Neovo", "AOC": "AOC", "APP": "Apple", "AUO": "AU Optronics",
    "AUS": "ASUS", "BNQ": "BenQ", "BOE": "BOE", "CMN": "Chimei Innolux", "CMO": "Chi Mei", "CPQ": "Compaq",
    "CPT": "Chunghwa", "DEL": "Dell", "EIZ": "Eizo", "ENC": "Eizo", "EMA": "eMachines", "EPI": "Envision",
    "FUS": "Fujitsu Siemens", "GSM": "LG", "GWY": "Gateway", "HEI": "Hyundai", "HIQ": "Hyundai ImageQuest",
    "HPN": "HP", "HSD": "HannStar", "HWP": "HP", "IBM": "IBM", "IVM": "Iiyama", "IVO": "InfoVision",
    "LCD": "Toshiba", "LEN": "Lenovo", "LGD": "LG Display", "LPL": "LG Philips", "MED": "Medion",
    "MEI": "Panasonic", "MEL": "Mitsubishi", "MSI": "MSI", "NEC": "NEC", "NOK": "Nokia", "PHL": "Philips",
    "PKB": "Packard Bell", "QDS": "Quanta", "SAM": "Samsung", "SDC": "Samsung Display", "SEC": "Samsung Display",
    "SHP": "Sharp", "SNY": "Sony", "TOS": "Toshiba", "VSC": "ViewSonic", "XMI": "Xiaomi",
}  # fmt: skip

PARSER = Parser("cat /sys/class/drm/*/edid | od -An -tx1", {"monitors": monitors})

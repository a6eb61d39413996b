"""Servers and licences that Windows knows: instances of SQL Server, editions of Office."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, said
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.registry.keys import keys

_SETUP = re.compile(r".*\\Microsoft SQL Server\\MSSQL\d+(?:_\d+)?\.([^\\]+)\\Setup", re.IGNORECASE)
_NAMES = re.compile(r".*\\Microsoft SQL Server\\Instance Names\\SQL", re.IGNORECASE)
_OFFICE = re.compile(r".*\\Microsoft\\Office\\(?:[\d.]+)\\Registration\\(\{[0-9A-F-]{36}\})", re.IGNORECASE)


def server_applications(text: str) -> Rows:
    """Return instances of SQL Server, with version where its setup is told."""
    rows: Rows = []
    for path, one in keys(text):
        if setup := _SETUP.fullmatch(path):
            rows += filled(
                {
                    "type": "database",
                    "name": "Microsoft SQL Server",
                    "instance": setup[1],
                    "publisher": "Microsoft",
                    "version": one.get("PatchLevel") or one.get("Version"),
                    "edition": one.get("Edition"),
                    "path": one.get("SQLBinRoot"),
                    "data_path": one.get("SQLDataRoot"),
                },
                "version",
            )
        elif _NAMES.fullmatch(path):
            rows += [{"type": "database", "name": "Microsoft SQL Server", "instance": name} for name in one if name]
    return rows


def licenses(text: str) -> Rows:
    """Return editions of Office that were registered with a product number; keys are not read."""
    rows: Rows = []
    for path, one in keys(text):
        if _OFFICE.fullmatch(path) and one.get("ProductID"):
            rows += filled(
                {
                    "product": said(one.get("ProductName") or one.get("ConvertToEdition")),
                    "full_name": said(one.get("ProductNameBrand")),
                    "product_id": one["ProductID"],
                    "is_trial": True if "trial" in one.get("ProductNameBrand", "").lower() else None,
                },
                "product",
            )
    return rows

"""Certificates in files of PEM: each with its own file, its own fingerprint, and nothing of a private key."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from itmsctl.inventory.delta import report
from itmsctl.inventory.endpoint.looks.trust import certificates as looked_at
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.parser import parser
from itmsctl.inventory.service.classes import data_class

# One of its lines begins with a slash, as a path does.
LINES = """\
MIIBdDCCARugAwIBAgIUXwZyVFuk953GM/pYlc1dgxCQlJ0wCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEd2ViMTAgFw0yNjExMzAxNTE3MDVaGA8yMTI2MTEwNjE1MTcw
NVowDzENMAsGA1UEAwwEd2ViMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFRu
E9DUE3k/exHehNFPWuwWJkZTDsATBRekn6GurSBeOHyQlzLcLGyLU/WMS5afeDw1
OLOLjtiFF6QZjB3ws16jUzBRMB0GA1UdDgQWBBSVnLTXrEp3+vvFlwqD6Q4/3LoU
tjAfBgNVHSMEGDAWgBSVnLTXrEp3+vvFlwqD6Q4/3LoUtjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIDVm4cwYyYDlELL1MOtMWMF94SzJ5mMiSAAL
/EgOq78XAiB9VWH5Qtl190LGZRhpYHLOZWNGm+mkotDg6OqqEQdBKw==
"""
DER = base64.b64decode(LINES)
PRINT = hashlib.sha256(DER).hexdigest()
PEM = f"-----BEGIN CERTIFICATE-----\n{LINES}-----END CERTIFICATE-----\n"
KEY = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n/SECRET\n-----END EC PRIVATE KEY-----\n"


def test_a_line_of_a_certificate_or_a_key_is_no_path() -> None:
    rows = parser("x509").classes["certificates"](f"/a.pem\n{KEY}{PEM}/b.pem\n# of nobody\n{PEM}")
    assert [(row["store"], row["fingerprint"], row.get("has_private_key")) for row in rows] == [
        ("/a.pem", PRINT, True), ("/b.pem", PRINT, None),
    ]  # fmt: skip


def test_what_a_certificate_is_trusted_for_is_no_part_of_its_fingerprint() -> None:
    text = base64.b64encode(DER + b"\x30\x00").decode()
    trusted = f"-----BEGIN TRUSTED CERTIFICATE-----\n{text}\n-----END TRUSTED CERTIFICATE-----\n"
    (row,) = parser("x509").classes["certificates"](f"/a.pem\n{trusted}")
    assert row["fingerprint"] == PRINT


def test_a_computer_tells_the_file_of_each(tmp_path: Path) -> None:
    (tmp_path / "etc/ssl/private").mkdir(parents=True)
    (tmp_path / "etc/ssl/private/web1.pem").write_text(KEY + PEM, encoding="ascii")
    kept = report(data_class("certificates"), looked_at(Probe(str(tmp_path))))
    assert kept.faults == ()
    assert [(row["store"], row["subject"], row["has_private_key"]) for row in kept.rows.values()] == [
        ("/etc/ssl/private/web1.pem", "CN = web1", True),
    ]  # fmt: skip

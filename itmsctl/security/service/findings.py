"""What `doctor` finds of the vault."""

from __future__ import annotations

from itmsctl.cmdb.work import Reader
from itmsctl.security.service import sealing, vaults
from itmsctl.values.findings import Finding, Severity


def vault_findings(reader: Reader) -> list[Finding]:
    """Return whether there is a vault, and whether its credentials may be used."""
    found = vaults.find(reader)
    if found is None:
        return [Finding("VAULT", Severity.OK, "there is no vault: nothing is kept secret here")]
    count = sealing.count(reader)
    if found.state == vaults.LOCKED:
        cause = "somebody locked it: nobody may use its credentials"
        return [
            Finding(
                "VAULT", Severity.WARNING, f"the vault with {count} secrets is locked", cause, "itmsctl vault unlock"
            )
        ]
    return [Finding("VAULT", Severity.OK, f"the vault holds {count} secrets, each sealed")]

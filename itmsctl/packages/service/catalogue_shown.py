"""The signed catalogue as it is shown and verified, and what `doctor` finds of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.errors import CatalogSignatureError, IntegrityError, NotFoundError, StateDirUnsafeError
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.publishing import looked, standing
from itmsctl.packages.service.trusted import followed, is_founded, marks_of
from itmsctl.packages.trust import sshsig
from itmsctl.packages.trust.metadata import CATALOGUE
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.times import to_second

_SOON = timedelta(days=30)
RENEW = "itmsctl package-catalogue renew"


def entries(reader: Reader) -> list[dict[str, Any]]:
    """Return what is published, by name and revision. Raises as `followed` does."""
    believed = looked(reader)
    rows = []
    for key, entry in believed.catalogue.entries.items() if believed else ():
        name, _, revision = key.rpartition("/")
        row = {"package": name, "revision": int(revision), "version": entry.version, "manifest": entry.sha256}
        rows.append(row | {step: entry.steps.get(step) for step in ("imported_by", "approved_by", "published_by")})
    return sorted(rows, key=lambda row: (row["package"], row["revision"]))


def state(reader: Reader) -> dict[str, Any]:
    """Return the versions and dates of the catalogue. Raises NotFoundError, and as `followed` does."""
    believed = looked(reader)
    if believed is None:
        raise NotFoundError("there is no catalogue of packages yet", hint="itmsctl package-key make packages")
    root = believed.root
    return {
        "name": "catalogue",
        "approval": root.approval,
        "published": len(believed.catalogue.entries),
        "root": root.version,
        "catalogue": believed.catalogue.version,
        "snapshot": believed.snapshot.version,
        "timestamp": believed.timestamp.version,
        "expires_at": min(x.expires for x in (root, believed.catalogue, believed.snapshot, believed.timestamp)),
        "root_expires_at": root.expires,
        "trusted_in": str(marks_of(reader).path),
    }


def verified(reader: Reader) -> tuple[int, int]:
    """Return how many published revisions are as they were signed, and the version of the catalogue.

    Those of packages that were removed are passed over: they leave the catalogue with the next publication.

    Raises as `followed` does, PackageHashError, PackageObjectMissingError, and CatalogSignatureError for a signature of
    OpenSSH that does not hold.
    """
    if not is_founded(reader):
        raise NotFoundError("there is no catalogue of packages yet", hint="itmsctl package-key make packages")
    believed, library = followed(reader, reader.now), library_of(reader)
    keys = [believed.root.keys[i] for i in believed.root.roles[CATALOGUE].key_ids]
    kept = standing(reader)
    found = {key: entry for key, entry in believed.catalogue.entries.items() if key in kept}
    for key, entry in found.items():
        data = library.manifest(entry.sha256).canonical()
        path = library.manifest_path(entry.sha256)
        text = path.with_name(path.name + ".sig")
        said = text.read_bytes()[: sshsig.MAX_SIGNATURE].decode("ascii", "replace") if text.is_file() else ""
        if sshsig.signer(said, data) not in keys:
            raise CatalogSignatureError(
                f"the signature of {key} for ssh-keygen does not hold",
                why=f"{text} is not there, or is of another key",
                hint="itmsctl package-key rotate NAME signs all of them again",
                details={"package": key},
            )
    return len(found), believed.catalogue.version


def forget(reader: Reader) -> None:
    """Forget what this user trusted of the catalogue. Raises StorageError."""
    with marks_of(reader).held() as marks:
        marks.forget()


def findings(reader: Reader) -> list[Finding]:
    """Return whether the catalogue holds, and for how long (hook `doctor`)."""
    try:
        believed = looked(reader)
    except (IntegrityError, StateDirUnsafeError) as error:
        return [Finding("CATALOGUE", Severity.ERROR, error.message, error.why, error.hint)]
    if believed is None:
        return [Finding("CATALOGUE", Severity.OK, "no package is published yet: there is no signed catalogue")]
    ends = min(x.expires for x in (believed.root, believed.catalogue, believed.snapshot, believed.timestamp))
    count = counted(len(believed.catalogue.entries), "published revision")
    if ends - reader.now < _SOON:
        what = f"the catalogue of packages expires on {to_second(ends)[:10]}: nothing is pushed after that"
        return [Finding("CATALOGUE", Severity.WARNING, what, "nobody published or renewed it for long", RENEW)]
    return [Finding("CATALOGUE", Severity.OK, f"the signed catalogue holds, with {count}")]

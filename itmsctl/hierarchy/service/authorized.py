"""The authorized_keys of the user who runs this: a neighbour's key may hand in batches, and nothing else."""

from __future__ import annotations

from pathlib import Path

from itmsctl.documents.files import read_text, replacing
from itmsctl.hierarchy import ssh_address

_MOST = 1 << 20


def authorize(file: Path, line: str, guid: str) -> None:
    """Put the line of a neighbour into the file, in place of one that it had. Raises StorageError, InputError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = ssh_address.without(_text(file), guid)
    _write(file, f"{kept}{'' if not kept or kept.endswith(chr(10)) else chr(10)}{line}\n")


def revoke(file: Path, guid: str) -> bool:
    """Take the line of a neighbour out of the file; return whether there was one."""
    before = _text(file)
    after = ssh_address.without(before, guid)
    if after != before:
        _write(file, after)
    return after != before


def _text(file: Path) -> str:
    return read_text(str(file), _MOST) if file.exists() else ""


def _write(file: Path, text: str) -> None:
    with replacing(file, 0o600) as stream:
        stream.write(text.encode())

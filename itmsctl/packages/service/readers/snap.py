"""Snaps: a squashfs whose `meta/snap.yaml` says what it is."""

from __future__ import annotations

from typing import Any, BinaryIO

from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.packages.service.readers.unpacking import missing

_MAGIC = b"hsqs"
_LARGEST = 1 << 20  # bytes of `meta/snap.yaml`


def _knows(head: bytes, name: str) -> bool:
    return head.startswith(_MAGIC) and name.endswith(".snap")


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    from itmsctl.documents.yaml_reader import read_yaml

    documents = list(read_yaml(_meta(stream), name))
    meta = documents[0].value if documents else None
    if not isinstance(meta, dict) or not meta.get("name"):
        raise ValueError("meta/snap.yaml names no snap")
    architectures = meta.get("architectures")
    return ReadFacts(
        "snap",
        name=str(meta["name"]),
        version=str(meta.get("version") or ""),
        architecture=", ".join(map(str, architectures)) if isinstance(architectures, list) else "",
        description=str(meta.get("summary") or ""),
        depends=tuple(str(meta[key]) for key in ("base",) if meta.get(key)),
        hints={"confinement": str(meta.get("confinement") or "")},
    )


def _meta(stream: BinaryIO) -> bytes:
    try:
        from PySquashfsImage import SquashFsImage
    except ImportError:
        raise missing("PySquashfsImage") from None
    with SquashFsImage(stream, closefd=False) as image:
        file: Any = image.select("/meta/snap.yaml")
        if file is None or not file.is_file or file.size > _LARGEST:
            raise ValueError("no meta/snap.yaml where it should be")
        found: bytes = file.read_bytes()
        return found


READER = FileReader("snap", ("snap",), _knows, _read)

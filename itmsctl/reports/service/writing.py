"""The file that `report run --out` writes: whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from itmsctl.documents.files import replacing
from itmsctl.errors import UsageError

FORMS = {".csv": "csv", ".json": "json", ".ndjson": "ndjson", ".tsv": "tsv", ".yaml": "yaml", ".yml": "yaml"}


def form_of(path: Path) -> str:
    """Return the format that the name of a file asks for; where it asks for none, CSV."""
    return FORMS.get(path.suffix.lower(), "csv")


@contextmanager
def written_to(path: Path, *, force: bool = False) -> Iterator[TextIO]:
    """Yield a stream of text whose end puts the file there.

    Raises UsageError for a folder, OutputExistsError where a file stands there unless `force`, StorageError.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint=f"--out {path / 'report.csv'}")
    with replacing(path, force=force) as data:
        stream = io.TextIOWrapper(data, encoding="utf-8", newline="\n", write_through=True)
        yield stream
        stream.flush()
        stream.detach()

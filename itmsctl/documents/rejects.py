"""The rejects file of an import: bad rows as they were read, each with its reason, to be fixed and read again.

Cells are written as read, so the file is as trustworthy as its source: it is meant for `import`, not for a spreadsheet.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import IO, Self

from itmsctl.documents.csv_text import row_writer
from itmsctl.documents.faults import writing
from itmsctl.documents.files import new_file
from itmsctl.documents.rows import Form
from itmsctl.documents.shapes import BROKEN, REASON
from itmsctl.errors import StorageError
from itmsctl.values.untrusted import log_text


class Rejects:
    """Writes rejected rows to a new file of mode 0600, made with the first of them. Use it in a `with` block.

    Raises StorageError at once where something of that name exists, so that nothing is lost after a long import.
    """

    def __init__(self, path: Path, form: Form, header: tuple[str, ...] = (), delimiter: str = ",") -> None:
        if os.path.lexists(path):
            raise StorageError(f"`{path}` exists already", hint="name another file with --rejects, or remove that one")
        self.path = path
        self.count = 0
        self._form = form
        self._header = header
        self._delimiter = delimiter
        self._stream: IO[bytes] | None = None

    def add(self, raw: list[str] | bytes, reason: str) -> None:
        """Write one row as it was read, and why it was rejected."""
        with writing(str(self.path)):
            stream = self._stream or self._open()
            stream.write(self._object(raw, reason) if isinstance(raw, bytes) else self._cells([*raw, log_text(reason)]))
        self.count += 1

    def _open(self) -> IO[bytes]:
        self._stream = new_file(self.path)
        if self._form == "csv":
            self._stream.write(self._cells([*self._header, REASON]))
        return self._stream

    def _cells(self, cells: list[str]) -> bytes:
        text = io.StringIO()
        row_writer(text, self._delimiter)(cells)
        return text.getvalue().encode("utf-8", "surrogateescape")

    @staticmethod
    def _object(raw: bytes, reason: str) -> bytes:
        """Return the object with its reason, or an object that holds the line where it was none."""
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or BROKEN in found:
            broken = found[BROKEN] if isinstance(found, dict) else raw.decode("utf-8", "replace").rstrip("\r\n")
            return (json.dumps({BROKEN: broken, REASON: log_text(reason)}, ensure_ascii=True) + "\n").encode()
        body = raw.decode("utf-8", "replace").strip()
        if REASON in found:
            del found[REASON]
            body = json.dumps(found, ensure_ascii=True)
        comma = "," if found else ""
        return f"{body[:-1].rstrip()}{comma}{json.dumps(REASON)}:{json.dumps(log_text(reason))}}}\n".encode()

    def close(self) -> None:
        """Finish the file: what was rejected lasts."""
        if self._stream is not None:
            with writing(str(self.path)):
                self._stream.flush()
                os.fsync(self._stream.fileno())
                self._stream.close()
            self._stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

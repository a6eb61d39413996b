"""Files of documents: a file, a folder of them, standard input; YAML, JSON or NDJSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from itmsctl.documents.faults import reading
from itmsctl.documents.json_reader import read_json
from itmsctl.documents.located import Document, DocumentPlace, Located
from itmsctl.documents.yaml_reader import MAX_BYTES, read_yaml
from itmsctl.errors import FileFormatError, NotFoundError
from itmsctl.plans.problems import Problem, rejected, taken
from itmsctl.values.untrusted import log_text

STDIN = "-"
MAX_DOCUMENTS = 100_000  # of one command: what they take of memory and time grows with their number
_MANY = "many computers belong in a table: a document of kind import; or apply them in several goes"
_JSON, _YAML = (".json", ".ndjson"), (".yaml", ".yml")


class DocumentSource(NamedTuple):
    """A document, where it stands (a list in a file holds several), and the folder of its file."""

    at: Located
    folder: Path


def read_sources(
    paths: Sequence[str], stdin: BinaryIO, *, recursive: bool = False
) -> tuple[list[DocumentSource], list[Problem]]:
    """Return every document of files and folders, in the order given; of a folder by the order of names.

    A file that cannot be read or parsed is a problem. Raises NotFoundError for what is not there,
    DocumentsRejectedError for more than MAX_DOCUMENTS.
    """
    found: list[DocumentSource] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for path in paths:
        for file in _files(path, recursive):
            real = os.path.realpath(file) if file != STDIN else STDIN
            if real in seen:
                continue
            seen.add(real)
            try:
                for source in _of_file(file, stdin):
                    if len(found) >= MAX_DOCUMENTS:
                        many = Problem(source.at.place(), f"more than {MAX_DOCUMENTS:,} documents", _MANY)
                        raise rejected([*problems, many])
                    found.append(source)
            except FileFormatError as error:
                where = {name: error.details[name] for name in ("line", "column") if name in error.details}
                problems.append(taken(DocumentPlace(file, **where), error))
    return found, problems


def _files(given: str, recursive: bool) -> Iterator[str]:
    if given == STDIN:
        yield STDIN
        return
    path = Path(given)
    if not path.exists() and not path.is_symlink():
        raise NotFoundError(f"there is no file `{log_text(given)}`")
    if not path.is_dir():
        yield given
        return
    names = sorted(_below(given) if recursive else (entry.path for entry in os.scandir(given) if not entry.is_dir()))
    wanted = [n for n in names if n.endswith((*_JSON, *_YAML)) and not Path(n).name.startswith((".", "~"))]
    if not wanted:
        hint = "documents end in .yaml, .yml, .json or .ndjson" + ("" if recursive else "; -R looks into folders too")
        raise NotFoundError(f"no documents in `{log_text(given)}`", hint=hint)
    yield from wanted


def _below(folder: str) -> Iterator[str]:
    """Yield every file below a folder; links to folders are not followed, so that no loop is walked."""
    for here, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(here, name) for name in files)  # noqa: PTH118 - as the walk gives it


def _of_file(file: str, stdin: BinaryIO) -> Iterator[DocumentSource]:
    data, folder = _bytes(file, stdin)
    for document in _documents(file, data):
        root = document.root
        for at in (one for _, one in root.parts()) if isinstance(root.value, list) else [root]:
            if at.value is not None:
                yield DocumentSource(at, folder)


def _bytes(file: str, stdin: BinaryIO) -> tuple[bytes, Path]:
    with reading(file):
        if file == STDIN:
            return stdin.read(MAX_BYTES + 1), Path.cwd()
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1), Path(file).absolute().parent


def _documents(file: str, data: bytes) -> Iterable[Document]:
    if file.endswith(_JSON):
        return read_json(data, file)
    if not file.endswith(_YAML) and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        with suppress(FileFormatError):  # then it may be YAML in its flow style
            return list(read_json(data, file))
    return read_yaml(data, file)

"""YAML read as text, lists and maps and nothing else (IM1 to IM4).

No tags, no anchors or aliases, no key twice; every scalar stays the text that was typed (`no`, `1.10`, `0777`), except
that an empty value, `~` and `null` without quotes are none. Types are the schema's business, not the notation's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from itmsctl.documents.faults import MAX_DEPTH, bad_format, reading
from itmsctl.documents.located import Document, DocumentMark, DocumentPlace, FileText, Path
from itmsctl.errors import FileFormatError, YamlAliasError, YamlDuplicateKeyError, YamlTagError
from itmsctl.values.untrusted import log_text

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 16 << 20
_NONE = frozenset({"", "~", "null"})


def read_yaml(data: bytes, name: str = "-") -> Iterator[Document]:
    """Yield every document of a file; empty ones are left out.

    Raises FileFormatError, with file, line and column, for what is not YAML or not of the kind described above.
    """
    if len(data) > MAX_BYTES:
        raise bad_format(name, f"larger than {MAX_BYTES >> 20} MiB")
    import yaml

    with reading(name):
        text = data.decode("utf-8-sig")
        source = FileText(text)
        loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        events = yaml.parse(text, Loader=loader)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                document = _YamlBuilder(events, name, source).document()
                if document.value is not None:
                    yield document


class _YamlBuilder:
    """Builds one document from the parser's events; the library's own constructors are never asked."""

    def __init__(self, events: Iterator[yaml.Event], name: str, text: FileText) -> None:
        import yaml

        self._yaml = yaml  # once: an import is looked up for each of a million events
        self._events = events
        self._name = name
        self._text = text
        self._marks: dict[Path, DocumentMark] = {}
        self._plain: set[Path] = set()
        self._keys: dict[Path, DocumentMark] = {}

    def document(self) -> Document:
        value = self._value(next(self._events), ())
        return Document(value, self._name, self._marks, self._plain, self._keys, self._text)

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._check(event)
        self._marks[path] = _mark(event)
        if len(path) > MAX_DEPTH:
            raise self._error(FileFormatError, event, f"nested deeper than {MAX_DEPTH}")
        if isinstance(event, self._yaml.ScalarEvent):
            if not _is_plain(event):
                return event.value
            if event.value in _NONE:
                return None
            self._plain.add(path)
            return event.value
        if isinstance(event, self._yaml.SequenceStartEvent):
            return self._list(path)
        return self._map(path)

    def _list(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), self._yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _map(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), self._yaml.MappingEndEvent):
            self._check(event)
            if not isinstance(event, self._yaml.ScalarEvent):
                raise self._error(FileFormatError, event, "a key is a list or a map")
            key = str(event.value)
            if key == "<<" and _is_plain(event):
                raise self._error(YamlAliasError, event, "merge keys are not read", "write the keys out")
            if key in values:
                raise self._error(YamlDuplicateKeyError, event, f"the key `{log_text(key)}` comes twice")
            here = (*path, key)
            self._keys[here] = _mark(event)
            values[key] = self._value(next(self._events), here)
        return values

    def _check(self, event: yaml.Event) -> None:
        if getattr(event, "anchor", None) is not None:
            if isinstance(event, self._yaml.AliasEvent):
                raise self._error(YamlAliasError, event, "aliases are not read", "write the value out")
            raise self._error(YamlAliasError, event, "anchors are not read", "write the value out where it is needed")
        tag = getattr(event, "tag", None)
        if tag is not None:
            what = f"could not determine a constructor for the tag `{log_text(str(tag))}`"
            raise self._error(YamlTagError, event, what, "leave the tag out: every value is text, a list or a map")

    def _error(self, kind: type[FileFormatError], event: yaml.Event, what: str, hint: str = "") -> FileFormatError:
        place = DocumentPlace(self._name, *_mark(event))
        return kind(f"{place}: {what}", hint=hint, details=place.as_dict())


def _is_plain(event: yaml.ScalarEvent) -> bool:
    """Return whether a scalar stands without quotes; the C parser says so with an empty style, the other with none."""
    return not event.style


def _mark(event: yaml.Event) -> DocumentMark:
    mark = event.start_mark
    if mark is None:  # the library's types allow it; its parsers always set one
        return DocumentMark(0, 0)
    return DocumentMark(mark.line + 1, mark.column + 1)

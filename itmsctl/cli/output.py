"""Output: one declaration of columns per noun gives table, JSON, NDJSON, CSV, TSV and YAML.

Data goes to stdout only. Off a terminal the default is TSV without header, nothing cut, RFC 3339. Text from outside
passes the sanitiser before it reaches a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

from itmsctl.cli import style
from itmsctl.cli.configuration import Sources
from itmsctl.documents import cells, write
from itmsctl.errors import FieldError, UsageError
from itmsctl.values.names import did_you_mean
from itmsctl.values.untrusted import term

Row = Mapping[str, Any]
Names = Sequence[str]


@dataclass(frozen=True)
class Column:
    """One column of a noun. `wide` columns are shown with `-o wide` only; JSON always has every field."""

    name: str
    header: str = ""
    wide: bool = False
    right: bool = False
    style: Callable[[Any], str] | None = None  # value -> rich style, such as "red"
    draw: Callable[[Any], str] | None = None  # value -> what a table shows in its place

    @property
    def title(self) -> str:
        """Return the header."""
        return self.header or self.name.upper().replace("_", " ")


class Output:
    """Writes rows in the format that was asked for; `say` tells people what is no data."""

    def __init__(self, sources: Sources, stdout: TextIO, say: Callable[[str], None]) -> None:
        self.sources = sources
        self.given = sources.given
        self.stdout = stdout
        self.say = say
        self.terminal = stdout.isatty()
        # JSON and YAML escape what is not text; CSV and TSV do not: on a terminal they pass the sanitiser on the way.
        self.sink: Any = _Clean(stdout) if self.terminal else stdout

    def format(self, fallback_off_terminal: str = "tsv") -> str:
        """Return the output format: flag, configuration, else by what stdout is."""
        if self.given.json:
            return "json"
        asked, _ = self.sources.lookup("output")
        return asked or ("table" if self.terminal else fallback_off_terminal)

    # --- lists and single objects ---------------------------------------------------------------------------------

    def list(self, columns: Sequence[Column], rows: Iterable[Row], *, empty: str = "nothing found") -> None:
        """Write a list of objects; JSON, NDJSON, CSV, TSV and YAML stream at constant memory.

        `empty` is what a person hears where a table has no row.
        """
        form = self.format()
        chosen = self._chosen(columns)
        if form in {"table", "wide"}:
            self._table(self._visible(columns, chosen, form), rows, empty)
        elif form == "name":
            for row in rows:
                self.line(str(row["name"]))
        else:
            self._written(form, [c.name for c in columns], chosen, rows)

    def show(self, columns: Sequence[Column], row: Row, sections: Mapping[str, Any] | None = None) -> None:
        """Write one object; `sections` are further parts that a table shows below it."""
        form = self.format("json")
        chosen = self._chosen(columns, row)
        full = dict(row) | dict(sections or {})
        only = next(self._only([full], chosen)) if chosen else full
        if form in {"table", "wide"}:
            self._card(only, sections or {})
        elif form == "name":
            self.line(str(row["name"]))
        elif form in {"csv", "tsv", "ndjson"}:
            self._written(form, [c.name for c in columns], chosen, [full])
        else:
            writer = write.write_yaml_object if form == "yaml" else write.write_json_object
            writer(only, self.sink)

    def line(self, text: str) -> None:
        """Write one line of data; through the sanitiser on a terminal."""
        self.stdout.write((term(text) if self.terminal else text) + "\n")

    # --- inside ---------------------------------------------------------------------------------------------------

    def _chosen(self, columns: Sequence[Column], row: Row | None = None) -> Names | None:
        text = self.given.fields
        if text is None:
            return None
        names = [part.strip() for part in text.split(",") if part.strip()]
        known = ["id", "name", "revision", *(c.name for c in columns), *(row or {})]
        for name in names:
            if name not in known and name.split(".")[0] not in known:
                hint = did_you_mean(name, known) or "fields: " + ", ".join(dict.fromkeys(known))
                raise FieldError(f"no field `{name}`", hint=hint)
        if not names:
            raise UsageError("--fields names no field", hint="fields: " + ", ".join(dict.fromkeys(known)))
        return names

    @staticmethod
    def _only(rows: Iterable[Row], chosen: Sequence[str] | None) -> Iterator[Row]:
        for row in rows:
            yield row if chosen is None else {name: dig(row, name) for name in chosen}

    @staticmethod
    def _visible(columns: Sequence[Column], chosen: Names | None, form: str) -> Sequence[Column]:
        if chosen is None:
            return [c for c in columns if form == "wide" or not c.wide]
        known = {c.name: c for c in columns}
        return [known.get(name, Column(name)) for name in chosen]

    def _table(self, columns: Sequence[Column], rows: Iterable[Row], empty: str = "") -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, show_header=not self.given.no_headers, header_style="bold")
        for column in columns:
            table.add_column(column.title, justify="right" if column.right else "left", overflow="fold")
        count = 0
        for row in rows:
            cells = []
            for column in columns:
                value = dig(row, column.name)
                text = cell_text(value) if column.draw is None or value is None else column.draw(value)
                cells.append(Text(term(text), style=column.style(value) if column.style else ""))
            table.add_row(*cells)
            count += 1
        if count:
            self.console().print(table)
        elif empty:
            self.say(empty)

    def _card(self, row: Row, sections: Mapping[str, Any]) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, value in row.items():
            if name not in sections:
                table.add_row(name, Text(term(cell_text(value))))
        self.console().print(table)
        for name, value in sections.items():
            if name in row:
                self._section(name, value)

    def _section(self, name: str, value: Any) -> None:
        from rich.text import Text

        self.console().print(Text(f"\n{name}", style="bold"))
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            self._table([Column(k) for k in value[0]], value)
        else:
            self.console().print(Text(term(cell_text(value)) or "-"))

    def console(self) -> Any:
        """Return a rich console on stdout that reads no markup."""
        return style.console(self.sources, self.stdout)

    def _written(self, form: str, names: Names, chosen: Names | None, rows: Iterable[Row]) -> None:
        stream, only = self.sink, self._only(rows, chosen)
        if form in {"csv", "tsv"}:
            headers = not self.given.no_headers and (form == "csv" or self.terminal)
            writer = write.write_csv if form == "csv" else write.write_tsv
            writer(only, stream, chosen or names, header=headers)
        else:
            {"json": write.write_json, "ndjson": write.write_ndjson, "yaml": write.write_yaml}[form](only, stream)


class _Clean:
    """A terminal behind the sanitiser."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return self.stream.write(term(text))


def dig(row: Row, name: str) -> Any:
    """Return a field, or a member of one: `tags.env`."""
    if name in row:
        return row[name]
    head, _, rest = name.partition(".")
    inner = row.get(head)
    return dig(inner, rest) if rest and isinstance(inner, Mapping) else None


def cell_text(value: Any) -> str:
    """Return a cell for people: moments to the second, lists with a blank after each `;` between members.

    A list of which a member holds a `;` itself reads as it does in files, with quotes.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | Mapping) and (said := _members(value)) is not None:
        return said
    return cells.cell_text(value)


def _members(value: Sequence[Any] | Mapping[str, Any]) -> str | None:
    """Return the members of a list or map in one line; None where that would not tell where one ends."""
    pairs = [f"{key}={cells.cell_text(one)}" for key, one in value.items()] if isinstance(value, Mapping) else None
    texts = pairs if pairs is not None else [cells.cell_text(one) for one in value]
    return None if any(";" in text for text in texts) else "; ".join(texts)

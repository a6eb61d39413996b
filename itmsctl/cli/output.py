"""Output: one declaration of columns per noun gives table, JSON, NDJSON, CSV, TSV and YAML.

Data goes to stdout only. Off a terminal the default is TSV without header, nothing cut, RFC 3339. Text from outside
passes the sanitiser before it reaches a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from itmsctl.cli.configuration import Sources
from itmsctl.documents import cells, write
from itmsctl.errors import FieldError, UsageError
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean
from itmsctl.values.times import to_second
from itmsctl.values.untrusted import term

if TYPE_CHECKING:
    from itmsctl.cli.drawing import Drawn

Row = Mapping[str, Any]
Names = Sequence[str]


@dataclass(frozen=True, eq=False, repr=False)
class Column:
    """One column of a noun. `wide` columns are shown with `-o wide` only; JSON always has every field."""

    name: str
    header: str = ""
    wide: bool = False
    right: bool = False
    style: Callable[[Any], str] | None = None  # value -> rich style, such as "red"
    draw: Callable[[Any], str] | None = None  # value -> what a table shows in its place
    keep: bool = False  # never left out of a narrow table, nor is what has a style: that says how it went
    of: tuple[str, ...] = ()  # a table shows these fields in its place, one behind the other

    @property
    def title(self) -> str:
        """Return the header."""
        return self.header or self.name.upper().replace("_", " ")


def _name_of(row: Row, columns: Sequence[Column]) -> str:
    """Return what `-o name` says of a row: its name; where it has none, the first column that says something."""
    if "name" in row:
        return str(row["name"])
    return next((str(row[c.name]) for c in columns if row.get(c.name) is not None), "")


class Output:
    """Writes rows in the format that was asked for; `say` tells people what is no data."""

    def __init__(
        self, sources: Sources, stdout: TextIO, say: Callable[[str], None], local: Callable[[datetime], str]
    ) -> None:
        self.sources = sources
        self.local = local  # a moment as the person who reads it writes it
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
            self._table(self._visible(columns, chosen, form), rows, empty, wide=form == "wide")
        elif form == "name":
            for row in rows:
                self.line(_name_of(row, columns))
        else:
            self._written(form, [c.name for c in columns], chosen, rows)

    def show(self, columns: Sequence[Column], row: Row, sections: Mapping[str, Any] | None = None) -> None:
        """Write one object; `sections` are further parts that a table shows below it."""
        form = self.format("json")
        chosen = self._chosen(columns, row)
        full = dict(row) | dict(sections or {})
        only = next(self._only([full], chosen)) if chosen else full
        if form in {"table", "wide"}:
            self._card(columns, only, sections or {}, wide=form == "wide")
        elif form == "name":
            self.line(_name_of(row, columns))
        elif form in {"csv", "tsv", "ndjson"}:
            self._written(form, [c.name for c in columns], chosen, [full])
        else:
            writer = write.write_yaml_object if form == "yaml" else write.write_json_object
            writer(only, self.sink)

    def show_all(self, columns: Sequence[Column], objects: Sequence[tuple[Row, Mapping[str, Any]]]) -> None:
        """Write several objects with their sections: one table below the other, or one list for machines."""
        form = self.format("json")
        if form in {"table", "wide", "name"}:
            for place, (row, sections) in enumerate(objects):
                if place and form != "name":
                    self.line("")
                self.show(columns, row, sections)
            return
        rows = [{**row, **sections} for row, sections in objects]
        self._written(form, [c.name for c in columns], self._chosen(columns, rows[0] if rows else None), rows)

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

    def _table(self, columns: Sequence[Column], rows: Iterable[Row], empty: str = "", *, wide: bool = False) -> None:
        rows = list(rows)
        if not rows:
            if empty:
                self.say(empty)
            return
        from itmsctl.cli.drawing import print_table

        left_out = print_table(
            self.console(),
            [self._drawn(column, rows, wide=wide, first=column is columns[0]) for column in columns],
            room=self._room(wide=wide),
            headers=not self.given.no_headers,
            keep_all=self.given.fields is not None,
        )
        if left_out:
            self.say(f"no room for {', '.join(left_out)}: -o wide shows all")

    def _drawn(self, column: Column, rows: Sequence[Row], *, wide: bool, first: bool) -> Drawn:
        from itmsctl.cli.drawing import Drawn

        values = [dig(row, column.name) for row in rows]
        cells = [self._cell(column, row, wide=wide) for row in rows]
        return Drawn(
            column.title,
            cells,
            [column.style(value) if column.style else "" for value in values],
            right=column.right,
            folds=not first and not any(isinstance(value, datetime) for value in values),
            keep=column.keep or column.style is not None,
            is_bare=all(value in (None, "", 0) or not cell for value, cell in zip(values, cells, strict=True)),
        )

    def _cell(self, column: Column, row: Row, *, wide: bool) -> str:
        values = [dig(row, name) for name in column.of or (column.name,)]
        if column.draw is not None and values[0] is not None:
            return term(column.draw(values[0]))
        return term(" ".join(filter(None, (self._text(value, wide=wide) for value in values))))

    def _text(self, value: Any, *, wide: bool) -> str:
        """Return a cell for people: on a terminal a moment in their zone; in `wide` and in files in UTC."""
        is_local = isinstance(value, datetime) and self.terminal and not wide
        return self.local(value) if is_local else cell_text(value)

    def _room(self, *, wide: bool) -> int:
        """Return how wide a table may be. Off a terminal, and with `-o wide`, lines are as long as they are."""
        from itmsctl.cli.drawing import ENDLESS

        return int(self.console().width) if self.terminal and not wide else ENDLESS

    def _card(self, columns: Sequence[Column], row: Row, sections: Mapping[str, Any], *, wide: bool) -> None:
        made_of = {c.name: c for c in columns if c.of}
        inside = {*sections, *(name for c in made_of.values() for name in c.of)}
        shown = [made_of.get(name, Column(name)) for name in row if name not in inside]
        texts = {column.name: self._cell(column, row, wide=wide) for column in shown}
        if texts:
            from itmsctl.cli.drawing import print_card

            print_card(self.console(), texts, room=self._room(wide=wide))
        for name, value in sections.items():
            if name in row:
                self._section(name, value, wide=wide)

    def _section(self, name: str, value: Any, *, wide: bool) -> None:
        from rich.text import Text

        self.console().print(Text(f"\n{name}", style="bold"))
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            self._table([Column(k) for k in value[0]], value, wide=wide)
        else:
            self.console().print(Text(term(self._text(value, wide=wide)) or "-"), soft_wrap=wide)

    def console(self) -> Any:
        """Return a rich console on stdout that reads no markup."""
        from itmsctl.cli import style

        return style.console(self.sources, self.stdout)

    def _written(self, form: str, names: Names, chosen: Names | None, rows: Iterable[Row]) -> None:
        headers = not self.given.no_headers and (form == "csv" or self.terminal)
        write.write_rows(form, self._only(rows, chosen), self.sink, chosen or names, header=headers)


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
    """Return a cell for people: lists with a blank after each `;` between members.

    A list of which a member holds a `;` itself reads as it does in files, with quotes.
    """
    if isinstance(value, datetime):
        return to_second(value)
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

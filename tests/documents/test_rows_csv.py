"""CSV that comes in, well and ill (reliability IM5)."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from itmsctl.documents.rows import Columns, RowProblem, TableRow, read_rows
from itmsctl.documents.write import write_csv
from itmsctl.errors import FileFormatError

COLUMNS = Columns.of("name", "address", "port", "tags", required=("name",))


def rows(data: bytes, columns: Columns = COLUMNS) -> list[TableRow | RowProblem]:
    with read_rows(io.BytesIO(data), columns, name="x.csv") as table:
        return list(table)


def good(data: bytes, columns: Columns = COLUMNS) -> list[dict[str, str]]:
    found = rows(data, columns)
    assert all(isinstance(row, TableRow) for row in found), found
    return [dict(row.values) for row in found if isinstance(row, TableRow)]


def test_plain() -> None:
    assert good(b"name,address\nweb01,10.0.0.1;10.0.0.2\nweb02,\n") == [
        {"name": "web01", "address": "10.0.0.1;10.0.0.2"},
        {"name": "web02", "address": ""},
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"\xef\xbb\xbfname,port\na,1\n", {"name": "a", "port": "1"}, id="byte order mark"),
        pytest.param(b'name;address\na;"1.1.1.1;::2"\n', {"name": "a", "address": "1.1.1.1;::2"}, id="semicolons"),
        pytest.param(b"name\taddress\na\tb,c\n", {"name": "a", "address": "b,c"}, id="tabs"),
        pytest.param(b"Name,OS Family\na,linux\n", {"name": "a", "os_family": "linux"}, id="labels"),
        pytest.param(b"name,port\r\na,1\r\n", {"name": "a", "port": "1"}, id="CRLF line ends"),
        pytest.param(b'name,tags\n"a","x\r\ny"\n', {"name": "a", "tags": "x\r\ny"}, id="CRLF inside quotes"),
        pytest.param(b"name,port\na,1", {"name": "a", "port": "1"}, id="no last line end"),
        pytest.param(b"\n\nname,port\n\na,1\n\n", {"name": "a", "port": "1"}, id="empty lines"),
        pytest.param("name,tags\nsão,日本\n".encode(), {"name": "são", "tags": "日本"}, id="UTF-8"),
        pytest.param(b'name,tags\na,"say ""x"""\n', {"name": "a", "tags": 'say "x"'}, id="doubled quotes"),
        pytest.param(b"name,_reason\na,was bad\n", {"name": "a"}, id="reason of a rejects file"),
        pytest.param(b'name,tags\na,5" disk\n', {"name": "a", "tags": '5" disk'}, id="quote inside a bare cell"),
    ],
)  # fmt: skip
def test_accepted(data: bytes, expected: dict[str, str]) -> None:
    columns = Columns.of("name", "address", "port", "tags", "os_family", required=("name",))
    assert good(data, columns) == [expected]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "empty", id="empty file"),
        pytest.param(b" \n\n", "empty", id="blank file"),
        pytest.param(b"name,port,name\na,1,b\n", "`name` comes twice", id="duplicate header"),
        pytest.param(b"name,Port,port\na,1,2\n", "`port` comes twice, as `Port`", id="duplicate by case"),
        pytest.param(b"name,adress\na,b\n", "unknown column `adress`", id="unknown header"),
        pytest.param(b"address,port\na,1\n", "`name` is missing", id="missing header"),
        pytest.param(b"na\x00me,port\n", "NUL", id="NUL in the header"),
        pytest.param(b"n\xe4me,port\n", "0xe4", id="header not UTF-8"),
        pytest.param(b'"name,port\na,1\n', "header is not CSV", id="header with an open quote"),
        pytest.param(b'[{"name": "a"}]', "JSON array", id="JSON array"),
    ],
)
def test_file_refused(data: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=r"^x\.csv") as caught:
        rows(data)
    assert words in caught.value.message
    assert caught.value.exit_status == 3


def test_unknown_header_suggests() -> None:
    with pytest.raises(FileFormatError) as caught:
        rows(b"name,adress\n")
    assert caught.value.hint == "did you mean `address`?"
    assert caught.value.details == {"file": "x.csv", "line": 1}


def test_header_only_has_no_rows() -> None:
    assert rows(b"name,port\n") == []


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        pytest.param(b"x,1,2", "", "3 cells where the header has 2", id="too long"),
        pytest.param(b"x", "", "1 cells where the header has 2", id="too short"),
        pytest.param(b"x,a\x00b", "tags", "NUL", id="NUL"),
        pytest.param(b"x,caf\xe9", "tags", "0xe9 at 6 is not UTF-8", id="Latin-1"),
        pytest.param(b"x," + b"y" * 200_000, "", "longer than 128 KiB", id="field of 200 kB"),
        pytest.param(b"x," + b"y" * 3_000_000, "", "longer than 1 MiB", id="line of 3 MB"),
        pytest.param(b'x,"open', "", "quote is opened and not closed", id="open quote"),
        pytest.param(b'x,"closed"y', "", "text follows a closed quote", id="text after a quote"),
    ],
)
def test_bad_row_is_named_and_the_next_read(bad: bytes, column: str, reason: str) -> None:
    found = rows(b"name,tags\nbefore,1\n" + bad + b"\nafter,2\nlast,3\n")
    assert [row.values["name"] for row in found if isinstance(row, TableRow)] == ["before", "after", "last"]
    problems = [row for row in found if isinstance(row, RowProblem)]
    assert [(p.line, p.column) for p in problems] == [(3, column)]
    assert reason in problems[0].reason


def test_line_numbers_count_lines_not_rows() -> None:
    found = rows(b'name,tags\n"a","1\n2\n3"\nb,2\n\nc\n')
    assert [row.line for row in found] == [2, 5, 7]


def test_open_quotes_far_apart_are_each_named() -> None:
    lines = [b"name,tags"] + [b"r%d,x" % i for i in range(500)]
    lines[100] = b'bad,"open'
    lines[400] = b'worse,"open too'
    found = rows(b"\n".join(lines))
    assert [(row.line, row.reason) for row in found if isinstance(row, RowProblem)] == [
        (101, "a quote is opened and not closed"),
        (401, "a quote is opened and not closed"),
    ]
    assert sum(isinstance(row, TableRow) for row in found) == 498


def test_an_open_quote_before_a_million_bytes_costs_one_row() -> None:
    body = b"".join(b"r%d,x\n" % i for i in range(150_000))
    found = rows(b'name,tags\nbad,"open\n' + body)
    assert [row.line for row in found if isinstance(row, RowProblem)] == [2]
    assert sum(isinstance(row, TableRow) for row in found) == 150_000


def test_extra_columns_are_reported_where_allowed() -> None:
    columns = Columns({"name": "name"}, ("name",), frozenset({"id"}), extra_allowed=True)
    with read_rows(io.BytesIO(b"id,name,Tenant,VLAN\n1,a,t,v\n"), columns) as table:
        assert [row.values for row in table if isinstance(row, TableRow)] == [{"name": "a"}]
        assert list(table.dropped) == ["Tenant", "VLAN"]
        assert table.header == ("id", "name", "Tenant", "VLAN")


def test_our_own_export_comes_back_as_it_was() -> None:
    values = ["=1+1", "'quoted", "-5", "@x", "plain", "''=x"]
    stream = io.StringIO()
    write_csv([{"name": f"n{i}", "tags": value} for i, value in enumerate(values)], stream, ["name", "tags"])
    data = stream.getvalue().encode()
    with read_rows(io.BytesIO(data), COLUMNS, from_export=True) as table:
        found = [row for row in table if isinstance(row, TableRow)]
    assert [row.values["tags"] for row in found] == values
    assert found[0].raw == ["n0", "'=1+1"]
    assert good(data)[0]["tags"] == "'=1+1"  # a file of someone else's is taken as it stands


def test_a_thousand_bad_among_many_are_all_named_in_constant_memory() -> None:
    class Endless(io.RawIOBase):
        """A file of 200,000 rows, made as it is read."""

        def __init__(self) -> None:
            self.number = 0
            self.rest = b"name,port\n"

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:
            while not self.rest and self.number < 200_000:
                self.number += 1
                self.rest = b"pc%d,22%s\n" % (self.number, b",x" if self.number % 200 == 0 else b"")
            size = min(len(buffer), len(self.rest))
            buffer[:size], self.rest = self.rest[:size], self.rest[size:]
            return size

    tracemalloc.start()
    bad = [row.line for row in read_rows(io.BufferedReader(Endless()), COLUMNS) if isinstance(row, RowProblem)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert bad == [200 * i + 1 for i in range(1, 1001)]
    assert peak < 1_000_000

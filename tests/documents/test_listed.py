"""Names on standard input and in files."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from itmsctl.documents import listed
from itmsctl.errors import InputError


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "_MAX_LINE", 1 << 20)
    with pytest.raises(InputError, match="a line is longer than 1 MiB"):
        listed.names_in_file(Path("/dev/zero"))
    with pytest.raises(InputError, match="standard input: a line is longer than 1 MiB"):
        listed.names_in(StringIO("a\n" + "x" * (2 << 20)), "standard input")


def test_lines_are_read_from_a_stream() -> None:
    assert listed.names_in(StringIO("a\n\nb"), "standard input") == ["a", "b"]

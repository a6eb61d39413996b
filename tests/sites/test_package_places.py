"""Where package servers keep packages, and which URLs they may have."""

from __future__ import annotations

import pytest

from tests.conftest import Run


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--folder", "srv/packages", "absolute path"),
        ("--folder", "/", "absolute path"),
        ("--folder", "/srv/../etc", "absolute path"),
        ("--folder", "/srv//x", "absolute path"),
        ("--url", "ftp://files/x", "not a URL"),
        ("--url", "https://", "not a URL"),
        ("--url", "https://files/x?y=1", "not a URL"),
        ("--url", "https://files:99999/x", "not a URL"),
        ("--url", "http://[::1/x", "not a URL"),
        ("--url", "https://ada:secret@files/x", "password"),
        ("--rate-kbit", "0", "too little"),
    ],
)
def test_what_a_package_server_cannot_have(ok: Run, run: Run, option: str, value: str, said: str) -> None:
    ok("computer", "add", "s1")
    result = run("server", "add", "s1", "--service", "package", option, value)
    assert result.code == 3
    assert said in result.err
    assert "secret" not in result.err


def test_what_it_has_is_shown(ok: Run) -> None:
    ok("computer", "add", "s1")
    ok("server", "add", "s1", "--service", "package", "--folder", "/srv/a/", "--url", "sftp://files/a", "--url",
       "https://files/a", "--rate-kbit", "2000")  # fmt: skip
    shown = ok("server", "show", "s1", "-o", "json").json
    assert (shown["folder"], shown["urls"], shown["rate_kbit"]) == (
        "/srv/a",
        ["sftp://files/a", "https://files/a"],
        2000,
    )

"""Names of computers and a secret never share standard input: the secret would be read, and shown, as a name."""

from __future__ import annotations

import pytest

from tests.conftest import Run

SECRET = "hunter2 of the vault"
TRUE = ("task", "run", "--command", "true", "--target", "-")


@pytest.mark.parametrize(
    "secret",
    [
        ("--password-file", "-"),
        ("--sudo-password-file", "-"),
        ("--credential", "k", "--passphrase-file", "-"),
        ("--credential", "k"),
    ],
)
def test_a_secret_is_not_read_as_a_name(run: Run, ok: Run, secret: tuple[str, ...]) -> None:
    ok("computer", "add", "web1", "--address", "127.0.0.1")
    refused = run(*TRUE, *secret, stdin=f"{SECRET}\nweb1\n", env={"ITMSCTL_PASSPHRASE_FILE": "-"})
    assert (refused.code, SECRET in refused.out + refused.err) == (2, False)
    assert "standard input cannot hold both" in refused.err
    assert ok("run", "list").out == ""


def test_names_alone_are_read(run: Run, ok: Run) -> None:
    ok("computer", "add", "web1", "--address", "127.0.0.1")
    ok("computer", "add", "web2", "--address", "127.0.0.1")
    done = ok(*TRUE, "--transport", "local", stdin="web1\n", env={"ITMSCTL_PASSPHRASE_FILE": "-"})
    assert "R-1: 1 ok" in done.err

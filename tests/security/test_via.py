"""How computers are reached: who says it, and where secrets come from."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import write_key
from itmsctl.errors import InputError, KeyFileUnsafeError, NotFoundError, UsageError
from itmsctl.security.service.credentials import credentials, require_login
from itmsctl.security.via import Login, Via, login


@pytest.mark.parametrize(
    ("typed", "user", "port", "profile", "expected"),
    [
        (Via(user="t", port=1), "c", 2, Via(user="p", port=3), Login("t", 1)),
        (Via(), "c", 2, Via(user="p", port=3), Login("c", 2)),
        (Via(), None, None, Via(user="p", port=3), Login("p", 3)),
        (Via(), None, None, Via(), Login("me", 22, ("user", "port"))),
        (Via(), None, 2, Via(), Login("me", 2, ("user",))),
        (Via(port=1), "c", 2, Via(), Login("c", 1)),
    ],
)
def test_who_says_how(typed: Via, user: str | None, port: int | None, profile: Via, expected: Login) -> None:
    assert login(typed, user, port, profile, "me") == expected


def test_a_way_fills_its_gaps() -> None:
    kept = Via("ssh", "old", 2200, ("/k1",), True, 5.0, "root", True, "lab")
    assert Via(user="new").over(kept) == Via("ssh", "new", 2200, ("/k1",), True, 5.0, "root", False, "lab")
    assert Via(key_files=("/k2",), accept_new=True).over(kept).key_files == ("/k2",)
    assert Via.from_dict(kept.as_dict()) == kept


@pytest.mark.parametrize("folder", ["runs", "/", "/a/", "~/a", "/a\nb", ""])
def test_folders_of_runs_that_make_no_sense(folder: str) -> None:
    with pytest.raises(InputError, match="not an absolute path"):
        Via(run_dir=folder)


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 0},
        {"port": 65536},
        {"connect_timeout_s": 0.0},
        {"connect_timeout_s": 1e6},
        {"run_dir": "runs"},
        {"run_dir": "/"},
        {"run_dir": "/a/"},
        {"run_dir": "~/a"},
        {"run_dir": "/a\nb"},
        {"run_dir": ""},
    ],
)
def test_ways_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Via(**wrong)  # type: ignore[arg-type]


def _credentials(via: Via = Via(), stdin: str = "", **options: object) -> object:  # noqa: B008 - frozen
    given = {"password_file": None, "sudo_password_file": None, "environment": {}} | options
    return credentials(via, stdin=io.StringIO(stdin), **given)  # type: ignore[arg-type]


def test_secrets_come_from_files_stdin_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-file\nsecond line\n")
    file.chmod(0o600)
    assert _credentials(password_file=str(file)).password == "from-file"  # type: ignore[attr-defined]
    assert _credentials(password_file="-", stdin="typed\n").password == "typed"  # type: ignore[attr-defined]
    found = _credentials(environment={"ITMSCTL_SSH_PASSWORD": "s1", "ITMSCTL_SUDO_PASSWORD": "s2"})
    assert (found.password, found.sudo_password) == ("s1", "s2")  # type: ignore[attr-defined]
    assert "s1" not in repr(found)
    with pytest.raises(UsageError):
        _credentials(password_file="-", sudo_password_file="-")
    with pytest.raises(InputError):
        _credentials(password_file="-", stdin="\n")


def test_a_secret_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    write_key(file)
    for mode in (0o640, 0o604, 0o644):
        file.chmod(mode)
        with pytest.raises(KeyFileUnsafeError):
            _credentials(password_file=str(file))
        with pytest.raises(KeyFileUnsafeError):
            _credentials(Via(key_files=(str(file),)))
    with pytest.raises(NotFoundError):
        _credentials(Via(key_files=(str(tmp_path / "none"),)))
    with pytest.raises(InputError):
        _credentials(Via(key_files=(str(tmp_path),)))


def test_nobody_knocks_with_empty_hands() -> None:
    with pytest.raises(UsageError):
        require_login(Via(transport="ssh"), _credentials())  # type: ignore[arg-type]
    require_login(Via(transport="local"), _credentials())  # type: ignore[arg-type]
    require_login(Via(transport="ssh"), _credentials(Via(use_agent=True)))  # type: ignore[arg-type]
    require_login(Via(transport="openssh"), _credentials())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="openssh takes no login password"):
        require_login(Via(transport="openssh"), _credentials(environment={"ITMSCTL_SSH_PASSWORD": "s1"}))  # type: ignore[arg-type]

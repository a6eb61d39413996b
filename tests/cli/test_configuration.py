"""The file of settings: who may write it, and what may stand in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run

Write = Callable[..., Path]


@pytest.fixture
def write(environment: dict[str, str]) -> Write:
    """Write the file of settings: `write(text, mode)`."""

    def to_file(text: str, mode: int = 0o600) -> Path:
        path = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    return to_file


@pytest.mark.parametrize(
    ("mode", "taken"),
    [(0o600, True), (0o644, True), (0o400, True), (0o620, False), (0o602, False), (0o664, False), (0o666, False)],
)
def test_a_file_that_others_may_write_to_is_not_read(bare_run: Run, write: Write, mode: int, taken: bool) -> None:
    write('output = "json"\n', mode)
    result = bare_run("config", "show", "-o", "json")
    assert (result.code == 0) is taken, result.err
    assert taken or "can be changed by other users" in result.err


def test_an_unknown_setting_is_refused_with_what_was_meant(bare_run: Run, write: Write) -> None:
    write('outptu = "json"\n')
    result = bare_run("config", "show")
    assert (result.code, "unknown setting `outptu`" in result.err, "did you mean `output`" in result.err) == (
        2,
        True,
        True,
    )

"""Commands on Windows over SSH: the marker in PowerShell and C#. **Never run on a real Windows** (docs/windows.md).

Its grammar is checked by tree-sitter; its C# runs here, by Mono, behind a real sshd, and passes the contract of every
transport but for what is a matter of Windows itself.
"""

from __future__ import annotations

import base64
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_powershell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples.lab.ssh_endpoints import Lab
from itmsctl.errors import InputError
from itmsctl.transports.base import Command, RemoteState, Settings
from itmsctl.transports.powershell import windows_loader
from itmsctl.transports.reply import WINDOWS_STATUS, Reply
from itmsctl.transports.ssh import SshTransport
from itmsctl.transports.windows_marker import windows_ask, windows_run
from tests.servers.ssh import lab_credentials, lab_endpoint
from tests.servers.windows import windows_lab
from tests.transports import contract
from tests.transports.contract import HOSTILE_WORDS, CommandContract, Open, marker

__all__ = ["windows_lab"]


def script(text: str | bytes, **options: Any) -> Command:
    return contract.script(text, interpreter="powershell", **options)


class TestWindows(CommandContract):
    ended_by_kill = 128 + signal.SIGKILL  # a job is ended at once: Windows has no signal that a program may answer
    before_kill = "sleep 0.5;"  # the keeper itself carries the output: what it had not read is lost with it

    @pytest.fixture(autouse=True)
    def _in_powershell(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(contract, "DEFAULT_INTERPRETER", "powershell")

    @pytest.fixture
    def open_to(self, windows_lab: Lab) -> Iterator[Open]:
        with ExitStack() as stack:

            def make(machine_id: str | None = None, sudo_password: str | None = None, **options: Any) -> SshTransport:
                endpoint = replace(lab_endpoint(windows_lab, machine_id=machine_id), windows=True)
                credentials = replace(lab_credentials(windows_lab), sudo_password=sudo_password)
                return stack.enter_context(SshTransport(endpoint, credentials, Settings(**options)))

            yield make

    @settings(
        max_examples=6,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        words=st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
            | st.sampled_from(HOSTILE_WORDS),
            max_size=20,
        )
    )
    def test_variables_arrive_unchanged(self, open_to: Open, words: list[str]) -> None:
        joined = "|".join(words)
        outcome = open_to().run(script('printf %s "$V"', environment={"V": joined}))
        assert outcome.stdout.joined() == joined.encode()

    def test_a_user_to_become_is_refused_and_nothing_is_sent(self, open_to: Open) -> None:
        outcome = open_to().run(script("exit 0", run_as="root"))
        assert (outcome.state, outcome.reason) == (RemoteState.NEVER_STARTED, "INPUT")

    @pytest.mark.parametrize(
        ("number", "read"), [("3010", 3010), ("2147483647", WINDOWS_STATUS), ("2147483648", None), ("-1", None)]
    )
    def test_exit_codes_of_windows_are_longer_than_a_byte(self, number: str, read: int | None) -> None:
        reply = Reply("t", 4096, largest_status=WINDOWS_STATUS)
        reply.out.feed(f"ITMS1 t DONE {number} - - - - - -\n".encode())
        header = reply.header()
        assert (None if header is None else header.number) == read


def _grammar() -> Callable[[bytes], bool]:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    return lambda text: not parser.parse(text).root_node.has_error


def test_each_call_is_powershell_by_the_grammar_and_ascii() -> None:
    run = windows_run(script("echo '$x'", environment={"A": "'\u00e9\n"}), "t0ken", "0" * 32)
    calls = [run, *(windows_ask(mode, "t0ken", [marker()]) for mode in ("ask", "kill", "forget", "peek"))]
    is_right = _grammar()
    for call in calls:
        assert call.body.isascii()
        assert is_right(call.body)
        assert call.body.endswith(b"\n#ITMS t0ken\n")
    assert not is_right(run.body.replace(b"param(", b"param((", 1))  # it can tell
    keep = re.search(r'WriteAllText\(At\("keep.ps1"\),(.*?)\);', _core(), re.DOTALL)
    assert keep is not None
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', keep[1])).encode().decode("unicode_escape")
    assert is_right(text.encode())
    assert "Keep($PSScriptRoot" in text
    loader = base64.b64decode(windows_loader("t0ken")[-1]).decode("utf-16-le").encode()
    assert is_right(loader)


def _core() -> str:
    return (Path(contract.__file__).parents[2] / "itmsctl" / "transports" / "marker.cs").read_text()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (contract.script("x", interpreter="sh"), "does not run on Windows"),
        (script("x", run_as="root"), "cannot be become"),
        (script("x", arguments=("a",)), "no arguments"),
    ],
)
def test_what_windows_cannot_be_given_is_refused_beforehand(command: Command, words: str) -> None:
    with pytest.raises(InputError, match=words):
        windows_run(command, "t", None)


def test_no_text_of_a_person_stands_in_the_program() -> None:
    call = windows_run(script("$(calc) '; rm c:\\ '", environment={"X": "'; calc '"}), "t0ken", None)
    assert b"calc" not in call.body
    with pytest.raises(InputError):
        windows_run(script("x"), "t'0ken", None).body  # noqa: B018 - a property that refuses

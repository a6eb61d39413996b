"""A docstring of a function begins with what it does, in a verb of the trade (PEP 257; words of CONTRIBUTING.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house import PACKAGE, ROOT

VERBS = frozenset(
    """
    Add Apply Approve Ask Assign Back Become Begin Believe
    Bring Build Calculate Call Cancel Carry Change Check Claim Clean
    Clear Close Collect Compare Connect Contact Convert Copy Count Create Cut Decide Define Delete Describe Do Draw
    Drive Drop End Enter Exchange Expire Explain Fill Find Finish Fix Follow Forbid Forget Format Gather Give Go
    Group Grow Hand Have Hear Hold Import Insert Install Join Judge Keep Learn Leave Lengthen Let Lift Limit Link
    List Listen Load Lock Log Look Make Map Mark Match Measure Merge Move Name Note Open Order Parse Pass Pick
    Pin Place Plan Print Publish Purge Put Queue Raise Read Rebuild Recalculate Receive Recommend Record Refresh Refuse
    Register Relate Release Remember Remove Rename Render Renew Repeat Replace Reply Report Reserve Resolve
    Restore Retire Return Revoke Rewrite Ring Rotate Run Save Say Seal See Select Send Set Show Simulate Skip Sort Split
    Spread Stand Start Stop Store Take Tell Test Translate Try Turn Undo
    Unlink Unpack Update Use Verify Wait Watch Withdraw
    Write Yield
    """.split()  # noqa: SIM905 - a list of so many words is read more easily so
)


def functions() -> Iterator[tuple[str, ast.FunctionDef, str]]:
    """Yield where each public function is, the function, and its docstring."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                text = ast.get_docstring(node)
                if text:
                    yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node, text


def test_a_docstring_begins_with_a_verb() -> None:
    found = [
        (where, text.splitlines()[0]) for where, _, text in functions() if text.split()[0].strip(",.;:") not in VERBS
    ]
    assert found == []


@pytest.mark.parametrize("word", ["Give", "Tell"])
def test_what_returns_something_says_so(word: str) -> None:
    """`Give` and `Tell` are for what hands or says something to somebody; a function returns or yields."""
    wrong = [
        (where, text.splitlines()[0])
        for where, node, text in functions()
        if text.startswith(f"{word} ")
        and node.returns is not None
        and ast.unparse(node.returns).startswith(("bool", "Iterator", "Iterable", "list", "tuple", "dict"))
    ]
    assert wrong == []

"""What a listing of computers shows can be asked, by the same name; on both engines."""

from __future__ import annotations

import pytest

from itmsctl.expressions.registry import Registry
from itmsctl.resources import columns
from tests.conftest import Run

UUID = "4c4c4544-0042-3510-8052-b4c04f4d3332"
MACHINE = UUID.replace("-", "")


@pytest.fixture
def two(ok: Run) -> Run:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.0.0.0/8", "--site", "rome")
    ok("computer", "add", "pc1", "--serial", "S1", "--uuid", UUID, "--mac", "00:1b:21:3c:4d:5e", "--fqdn",
       "pc1.example.com", "--address", "10.0.0.1", "--machine-id", MACHINE)  # fmt: skip
    ok("computer", "add", "pc2", "--serial", "S2", "--serial", "S3")
    return ok


def test_every_shown_field_is_a_field_of_the_language() -> None:
    registry = Registry.default()
    shown = [column.name for column in columns.COMPUTER if column.name != "tags"]
    assert [name for name in shown if registry.bare(name) is None] == []
    assert registry.find_class("tags") is not None


ASKED = [
    ("serial = 'S1'", "pc1"),
    ("serial like 'S%'", "pc1 pc2"),
    ("not serial = 'S1'", "pc2"),
    ("serial is null", ""),
    (f"uuid = '{UUID.upper()}'", "pc1"),
    ("uuid is null", "pc2"),
    ("not uuid like 'x%'", "pc1"),  # what is not known matches neither a condition nor its opposite
    ("mac ~ '^00:1b'", "pc1"),
    ("machine_id = '4c4c4544004235108052b4c04f4d3332'", "pc1"),
    ("fqdn = 'pc1.example.com'", "pc1"),
    ("count(serials) > 1", "pc2"),
    ("serials(serial = 'S3') and not serials(serial = 'S1')", "pc2"),
    ("subnet = '10.0.0.0/8'", "pc1"),
]


@pytest.mark.parametrize(("where", "names"), ASKED)
def test_identity_values_are_asked_by_their_names(two: Run, where: str, names: str) -> None:
    assert two("computer", "list", "--where", where, "-o", "name").out.split() == names.split()


def test_a_guid_is_asked_as_it_is_shown(two: Run) -> None:
    guid = two("computer", "show", "pc1").json["id"]
    assert two("computer", "list", "--where", f"id = '{guid}'", "-o", "name").out == "pc1\n"
    assert two("computer", "list", "--where", f"guid = '{guid}'", "-o", "name").out == "pc1\n"
    assert "subnet" in two("computer", "list", "--fields", "name,subnet", "-o", "csv").out


@pytest.mark.parametrize(("word", "meant"), [("os", "os_family"), ("seral", "serial"), ("machineid", "machine_id")])
def test_a_near_word_leads_to_the_field(run: Run, word: str, meant: str) -> None:
    refused = run("computer", "list", "--where", f"{word} = 'x'")
    assert (refused.code, f"did you mean `{meant}`?" in refused.err) == (3, True)


def test_a_filter_on_a_serial_follows_changes(two: Run) -> None:
    two("filter", "add", "f", "--where", "serial = 'S9'")
    two("computer", "set", "pc2", "--add-serial", "S9")
    two("membership", "update", "--delta")
    assert two("filter", "members", "f", "-o", "name").out == "pc2\n"
    two("computer", "set", "pc2", "--remove-serial", "S9")
    two("membership", "update", "--delta")
    assert two("filter", "members", "f", "-o", "name").out == ""
    assert "serial is S2 and S3" in two("filter", "explain", "f", "pc2", terminal=True).out

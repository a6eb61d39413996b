"""Which computers a running verb means: `--target` alone, with other selectors, from files and standard input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from itmsctl import errors
from itmsctl.cmdb.store import Store
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.targeting.service.connections import connection_rows
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.targeting.service.groups import GROUPS, VIEWS
from itmsctl.targeting.service.picking import pick, uses_membership
from itmsctl.targeting.service.targets import TARGETS
from itmsctl.values import kind


@pytest.fixture
def known(estate: Store) -> Store:
    """Filters, a target, a group in a view."""
    estate.write(lambda unit: FILTERS.add(unit, "linux", {"where": "os_family = 'linux'"}))
    estate.write(lambda unit: FILTERS.add(unit, "prod", {"where": "tags.env = 'prod'"}))
    estate.write(lambda unit: FILTERS.add(unit, "two words", {"members": ["dan"]}))
    estate.write(lambda unit: VIEWS.add(unit, "offices", {}))
    estate.write(lambda unit: GROUPS.add(unit, "rome", {"view": "offices", "members": ["bob", "cyd"]}))
    estate.write(lambda unit: TARGETS.add(unit, "both", {"filters": ["linux", "prod"]}))
    estate.write(lambda unit: FILTERS.add(unit, "twice", {"members": ["ada"]}))
    estate.write(lambda unit: TARGETS.add(unit, "twice", {"filters": ["prod"]}))
    return estate


NOBODY = ComputerSelection()


def picked(store: Store, target: str | None = None, selection: ComputerSelection = NOBODY, **more: Any) -> list[str]:
    with store.read() as reader:
        found = pick(reader, selection, target=target, **more)
        rows = connection_rows(reader, [one.id for one in found])
        assert [(row.id, row.guid, row.name) for row in rows] == sorted(found)
        return [one.name for one in found]


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("linux", ["ada", "bob", "cyd"]),
        ("LINUX", ["ada", "bob", "cyd"]),
        ("both", ["ada", "bob"]),
        ("rome", ["bob", "cyd"]),
        ("offices", ["bob", "cyd"]),
        ("linux & prod", ["ada", "bob"]),
        ("linux - prod", ["cyd"]),
        ("linux | 'two words'", ["ada", "bob", "cyd", "dan"]),
        ("two words", ["dan"]),
        ("all - linux", ["dan"]),
        ("prod & (rome | 'two words')", ["bob", "dan"]),
        ("filter:twice", ["ada"]),
        ("target:twice - filter:twice", ["bob", "dan"]),
    ],
)
def test_what_a_target_holds(known: Store, target: str, names: list[str]) -> None:
    assert picked(known, target) == names


def test_selectors_together_mean_all_of_them(known: Store) -> None:
    assert picked(known, "linux", ComputerSelection(where="tags.env = 'prod'", labels="role=web")) == ["ada"]
    assert picked(known, None, ComputerSelection(names=("cyd", "dan"))) == ["cyd", "dan"]
    assert picked(known, None, ComputerSelection(all=True)) == ["ada", "bob", "cyd", "dan"]


def test_members_are_read_from_lists(known: Store, tmp_path: Path) -> None:
    with known.read() as reader:
        guid = COMPUTERS.get(reader, "dan").guid
    lines = [
        "ada\n",
        "\n",
        f"{guid}\n",
        '{"computer": "bob", "id": "ignored", "state": "ok"}\n',
        '{"type": "summary", "ok": 3}\n',
    ]
    assert picked(known, "-", stdin=lines) == ["ada", "bob", "dan"]
    listing = [json.dumps({"id": guid, "name": "an old name"})]
    assert picked(known, "-", stdin=listing) == ["dan"]
    assert picked(known, "-", ComputerSelection(where="tags.role = 'web'"), stdin=lines) == ["ada"]
    file = tmp_path / "hosts"
    file.write_text("cyd\r\nada\n", encoding="utf-8")
    assert picked(known, f"@{file}") == ["ada", "cyd"]
    assert picked(known, f"linux - @{file}") == ["bob"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json}", "standard input, line 2"),
        ('{"hostname": "ada"}', "names no computer"),
        ('["ada"]', "is not a name"),
        ("ada\tlinux", "is not a name"),
    ],
)
def test_bad_lines_are_named(known: Store, line: str, said: str) -> None:
    with pytest.raises(errors.InputError, match=said):
        picked(known, "-", stdin=["ada\n", f"{line}\n"])


@pytest.mark.parametrize(
    ("target", "error", "said"),
    [
        ("linus", errors.NotFoundError, "did you mean `linux`"),
        ("linux & nowhere", errors.NotFoundError, "no target, filter, group or view `nowhere`"),
        ("ada", errors.NotFoundError, """it is a computer: --where "name = 'ada'\""""),
        ("group:linux", errors.NotFoundError, "no group `linux`"),
        ("twice", errors.AmbiguousNameError, "target:twice or filter:twice"),
        ("linux -", errors.SelectorError, "ends where"),
        ("@/no/such/file", errors.InputError, "cannot be read"),
        ("linux & 'two words'", errors.NotFoundError, "holds no computer"),
    ],
)
def test_what_cannot_be_picked(known: Store, target: str, error: type[errors.ItmsError], said: str) -> None:
    with pytest.raises(error) as refused:
        picked(known, target)
    assert said in f"{refused.value.message} {refused.value.hint}"


def test_unknown_computers_in_a_list_are_named(known: Store) -> None:
    with pytest.raises(errors.NotFoundError, match="`eve`, `fay`"):
        picked(known, "-", stdin=["ada", "eve", "fay"])
    with pytest.raises(errors.NotFoundError):
        picked(known, "-", stdin=[])


def test_a_selector_is_wanted_and_the_size_can_be_asserted(known: Store) -> None:
    with pytest.raises(errors.SelectorRequiredError):
        picked(known)
    with pytest.raises(errors.SelectorRequiredError):
        picked(known, "linux", ComputerSelection(all=True))
    assert len(picked(known, "linux", expect=3, maximum=3)) == 3
    with pytest.raises(errors.SizeGuardError):
        picked(known, "linux", expect=4)
    with pytest.raises(errors.SizeGuardError):
        picked(known, "linux", maximum=2)
    assert picked(known, "linux - all", expect=0) == []


def test_a_later_room_answers_for_its_sources(known: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed_of(reader: Any, rest: str) -> list[int]:
        assert rest == "17:failed|unknown"
        return [COMPUTERS.get(reader, "cyd").id]

    monkeypatch.setattr(kind.House, "calls", lambda self, event: iter([failed_of] if event == "selector:run" else []))
    assert picked(known, "@run:17:failed|unknown") == ["cyd"]
    assert picked(known, "linux - @run:17:failed|unknown") == ["ada", "bob"]


@pytest.mark.parametrize(
    ("target", "uses"),
    [("linux", True), ("@x - linux", True), ("-", False), ("@hosts", False), ("all", False), (None, False)],
)
def test_what_reads_stored_membership(target: str | None, uses: bool) -> None:
    assert uses_membership(target) is uses


def test_connection_rows_hold_every_address_in_order(estate: Store) -> None:
    estate.write(
        lambda unit: COMPUTERS.set(
            unit, "ada", {"address": ["10.9.9.9", "ada.example", "::1"], "port": 2222, "user": "root"}
        )
    )
    with estate.read() as reader:
        doc = COMPUTERS.get(reader, "ada")
        estate_ids = [doc.id, COMPUTERS.get(reader, "bob").id, 10**6]
        first, second = connection_rows(reader, estate_ids)
        assert connection_rows(reader, []) == []
    assert first.guid == doc.guid
    assert (first.addresses, first.port, first.user) == (("10.9.9.9", "ada.example", "::1"), 2222, "root")
    assert (second.name, second.os_family, second.addresses) == ("bob", "linux", ("10.0.0.8",))

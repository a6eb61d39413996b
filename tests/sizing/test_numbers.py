"""The numbers: which band answers a count, and that every number names its source and known conflicts."""

from __future__ import annotations

import re

import pytest

from itmsctl.errors import NotFoundError, SizingLimitError
from itmsctl.sites import limits
from itmsctl.sizing.service.numbers import printed

NUMBERS = printed()


@pytest.mark.parametrize(
    ("table", "endpoints", "band", "conflicts"),
    [
        ("database_hardware", 1, "sql-1", ()),
        ("database_hardware", 1000, "sql-1", ("C-06",)),
        ("database_hardware", 1001, "sql-2", ()),
        ("database_hardware", 35000, "sql-5", ()),
        ("task_hardware", 1, "ts-1", ("C-21",)),
        ("task_hardware", 9, "ts-1", ("C-21",)),
        ("task_hardware", 10, "ts-1", ()),
        ("on_box_hardware", 20, "onbox-eval", ()),
        ("on_box_hardware", 21, "onbox-1", ("C-21",)),
        ("on_box_hardware", 99, "onbox-1", ("C-21",)),
        ("on_box_hardware", 100, "onbox-1", ()),
        ("on_box_hardware", 5000, "onbox-2", ()),
        ("on_box_hardware", 5001, "onbox-3", ()),
        ("settings", 999, "settings-1", ()),
        ("settings", 1000, "settings-2", ()),
        ("settings", 15000, "settings-4", ()),
        ("settings", 15001, "settings-5", ()),
        ("agent_interval", 20000, "agent-5", ()),
        ("agent_interval", 20001, "agent-5", ("C-05",)),
    ],
)
def test_a_count_finds_its_band(table: str, endpoints: int, band: str, conflicts: tuple[str, ...]) -> None:
    found = NUMBERS.band(table, endpoints)
    assert (found.band.id, found.conflicts) == (band, conflicts)
    assert bool(found.why) == bool(conflicts)


def test_above_the_last_band_stands_no_row() -> None:
    with pytest.raises(SizingLimitError, match="35,001 endpoints: table 4-1 ends at 35,000") as caught:
        NUMBERS.band("database_hardware", 35001)
    assert "one parent with up to 6 children" in caught.value.hint
    assert caught.value.exit_status == 3


@pytest.mark.parametrize("endpoints", [0, -1])
def test_nothing_is_not_sized(endpoints: int) -> None:
    with pytest.raises(SizingLimitError, match="nothing to size"):
        NUMBERS.band("settings", endpoints)


def test_an_unknown_table_or_number_is_said_with_the_near_one() -> None:
    with pytest.raises(NotFoundError) as caught:
        NUMBERS.band("database_hardwar", 1)
    assert caught.value.hint == "did you mean `database_hardware`?"
    with pytest.raises(NotFoundError) as caught:
        NUMBERS.number("agent_traffic", "request_kbits")
    assert caught.value.hint == "did you mean `request_kbit`?"


def test_every_number_has_a_source_and_names_conflicts_that_are_known() -> None:
    source = re.compile(r"\d-\d+|footnote \d-\d/\d|text: .+|table without number: .+|assumption")
    cells = [
        (table.id, name, cell)
        for table in NUMBERS.tables.values()
        for one in (table.cells, *(band.cells for band in table.bands))
        for name, cell in one.items()
    ]
    assert len(cells) > 500
    assert [row for row in cells if not source.fullmatch(row[2].source)] == []
    assert [row for row in cells if not set(row[2].conflicts) <= set(NUMBERS.choices)] == []
    assert len(NUMBERS.choices) == 59


def test_sites_judge_by_the_same_numbers() -> None:
    assert {name: limit.value for name, limit in limits.SERVERS_MAX.items()} == {
        name: NUMBERS.number("management_limits", f"limit.{name}_servers.max") for name in ("package", "task", "boot")
    }
    assert {name: limit.value for name, limit in limits.COMPUTERS_PER_SERVER_MAX.items()} == {
        name: NUMBERS.number(f"{name}_limits", "limit.computers.max") for name in ("package", "task", "boot")
    }
    assert limits.PXE_SESSIONS_MAX.value == NUMBERS.number("boot_limits", "limit.pxe_sessions.max")
    assert limits.TASK_SERVER_STEP.value == NUMBERS.number("task_servers", "step.normal")
    assert limits.SERVER_OS_FROM.value == NUMBERS.number("site_server_os", "task.desktop_below")
    assert (
        tuple(NUMBERS.number("site_server_os", f"desktop_sessions.{end}") for end in ("min", "max"))
        == limits.DESKTOP_SESSIONS
    )

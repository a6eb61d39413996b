"""An administrator's numbers over those of the guide: merged by table and band, refused where not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from itmsctl.errors import FileFormatError
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.service.numbers import numbers_with, printed


def overlaid(folder: Path, text: str) -> Numbers:
    path = folder / "my-sizing.yaml"
    path.write_text(text, encoding="utf-8")
    return numbers_with(path)


def test_a_band_is_merged_and_names_the_overlay(tmp_path: Path) -> None:
    numbers = overlaid(tmp_path, "database_hardware:\n  bands:\n    sql-2: {ram_gb: 64+, iops.data: 5000}\n")
    cells = numbers.band("database_hardware", 3000).band.cells
    assert (cells["ram_gb"].value, cells["ram_gb"].or_more) == (64, True)
    assert cells["ram_gb"].source == "my-sizing.yaml over 4-1"
    assert (cells["ram_gb"].conflicts, cells["cores"].source) == ((), "4-1")
    assert numbers.band("database_hardware", 7000) == printed().band("database_hardware", 7000)
    assert printed().at("database_hardware", 3000, "ram_gb").value == 16


def test_what_holds_for_every_band_reaches_each(tmp_path: Path) -> None:
    numbers = overlaid(tmp_path, "database_hardware: {values: {l2_mb: 32+}}\n")
    assert {band.cells["l2_mb"].value for band in numbers.table("database_hardware").bands} == {32}


def test_a_new_band_lifts_the_limit(tmp_path: Path) -> None:
    numbers = overlaid(
        tmp_path, "database_hardware: {bands: {sql-6: {endpoints: 35000-50000, cores: 64+, ram_gb: 128+}}}\n"
    )
    found = numbers.band("database_hardware", 40000)
    assert (found.band.id, found.band.cells["cores"].value, found.band.cells["l2_mb"].value) == ("sql-6", 64, 6)
    assert found.band.cells["iops.data"].value is None


def test_a_value_may_carry_its_reason(tmp_path: Path) -> None:
    text = "agent_traffic: {values: {request_kbit: {value: 5, why: measured in May}}}\n"
    cell = overlaid(tmp_path, text).cell("agent_traffic", "request_kbit")
    assert (cell.value, cell.why) == (5, "measured in May")


@pytest.mark.parametrize(
    ("text", "place", "said", "hint"),
    [
        ("databse_hardware: {}\n", "1:1", "no table `databse_hardware`", "did you mean `database_hardware`?"),
        ("settings:\n  band: {}\n", "2:9", "no key `band`", "did you mean `bands`?"),
        ("settings:\n  bands:\n    settings-9: {agent_config_h: 2}\n", "3:17", "no band `settings-9`", "settings-"),
        ("task_hardware:\n  bands:\n    ts-1:\n      coers: 4\n", "4:14", "no key `coers`", "did you mean `cores`?"),
        ("task_hardware:\n  bands:\n    ts-1: {cores: many}\n", "3:19", "`cores` is a number, not a word", ""),
        ("task_hardware: {bands: {ts-1: {os: 3}}}\n", "1:36", "", ""),
        ("task_hardware: {bands: {ts-1: {endpoints: some}}}\n", "1:43", "`some` is no range", "1-1000"),
        ("task_hardware: {bands: {ts-1: {endpoints: 10-200}}}\n", "1:24", "overlap", ""),
        ("task_hardware: {bands: {ts-1: {cores: {valu: 4}}}}\n", "1:46", "no key `valu`", "did you mean `value`?"),
        ("task_hardware: {bands: {ts-1: {cores: {value: 4, why: [a]}}}}\n", "1:55", "a sentence", ""),
        ("task_hardware: {bands: {ts-1: 4}}\n", "1:31", "is not a map", ""),
        ("task_hardware: 4\n", "1:16", "is not a map", ""),
        ("- 1\n", "", "not a map of tables", "database_hardware"),
        ("settings: {values: {x: !!python/object:os.system 1}}\n", "1:24", "tag", "leave the tag out"),
        ("task_hardware: {bands: {ts-1: {}, ts-1: {}}}\n", "1:35", "comes twice", ""),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, text: str, place: str, said: str, hint: str) -> None:
    if not said:
        assert overlaid(tmp_path, text).at("task_hardware", 50, "os").value == "3"
        return
    with pytest.raises(FileFormatError) as caught:
        overlaid(tmp_path, text)
    assert said in caught.value.message
    assert f"my-sizing.yaml:{place}" in caught.value.message
    assert hint in caught.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="cannot read"):
        numbers_with(tmp_path / "none.yaml")

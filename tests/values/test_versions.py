"""Versions in order: what Debian, rpm, semantic versions and programs write, each within itself."""

from __future__ import annotations

import itertools
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.values.versions import has_epoch, version_key

CHAINS = (
    ("1.0~~", "1.0~rc1-1", "1.0-alpha1", "1.0-beta", "1.0-rc1", "1.0", "1.0-1~bpo12+1", "1.0-1", "1.0-1+b1", "1.0-2",
     "1.0-10", "1.0a", "1.0aa", "1.0b", "1.0+dfsg-1", "1.0.0", "1.0.1", "1.0.1-1", "1.0.1.1", "1.2", "1.10", "2"),
    ("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"),
    ("115.3.1", "115.3.1esr", "139.0.4", "140", "140.0", "140.0.1"),
    ("10.0.19041.1", "10.0.19045.3570", "10.0.22621"),
    ("0.9.8zh", "1.0.1", "1.0.2", "1.0.2k", "1.0.2u", "1.1.0", "3.0.11"),
    ("2.4.52-1ubuntu4", "2.4.52-1ubuntu4.6", "2.4.57-2", "2.4.58"),
    ("4.18.0-477.el8", "4.18.0-513.el8", "5.14.0-70.el9"),
    ("v1.2", "v1.3"),
)  # fmt: skip


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_versions_stand_in_the_order_of_whoever_numbers_them(chain: tuple[str, ...]) -> None:
    assert sorted(chain, key=version_key) == list(chain)
    assert len({version_key(one) for one in chain}) == len(chain)


def test_what_is_written_otherwise_and_means_the_same_is_equal() -> None:
    for same in (("08", "8"), ("1:2.3", "2.3"), ("1.0", "1_0", "1,0"), ("1.0-RC1", "1.0-rc1", "1.0rc1"), (" 2 ", "2")):
        assert len({version_key(one) for one in same}) == 1, same
    assert has_epoch("1:2.3")
    assert not has_epoch("2.3:1")


@given(st.lists(st.text(max_size=40), min_size=2, max_size=2))
def test_any_text_has_a_place(pair: list[str]) -> None:
    for text in pair:
        assert version_key(text) == version_key(text.strip())
        assert "\0" not in version_key(text.replace("\0", ""))


def test_the_order_is_that_of_dpkg_for_what_debian_ships() -> None:
    shipped = ["2.36-9+deb12u4", "2.36-9", "252.17-1~deb12u1", "252.19-1", "3.11.2-1+b1", "3.11.2-6", "0.9.0~git2022",
               "1.22.1-9", "1.22-9", "9.2p1-2+deb12u1", "9.2p1-2", "20230311", "2023c-5", "2023d-0", "5.2.15-2+b2",
               "6.1.55-1", "6.1.0-13", "4.13+dfsg1-1", "4.13+dfsg1-1+b1", "12.4+deb12u2", "1.0.8-5+b1"]  # fmt: skip
    dpkg = shutil.which("dpkg")
    assert dpkg, "the tests run on Debian"
    for left, right in itertools.combinations(shipped, 2):
        before = subprocess.run([dpkg, "--compare-versions", left, "lt", right], check=False).returncode == 0
        assert (version_key(left) < version_key(right)) is before, (left, right)

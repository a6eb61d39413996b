"""Version schemes: chains that each defines itself, and the real dpkg and rpm beside them."""

from __future__ import annotations

import itertools
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.values.schemes import SCHEMES, scheme_of

CHAINS = (
    ("deb", ("1.0~~", "1.0~rc1", "1.0", "1.0-1~bpo12+1", "1.0-1", "1.0-1+b1", "1.0-2", "1.0-10", "1.0a", "1.0+dfsg",
             "1.0.1", "1.10", "2", "1:0.1", "1:1.0", "2:0")),
    ("deb", ("0", "0-1", "0a", "0b", "0z", "0+", "0.0", "1")),
    ("rpm", ("1.0~rc1", "1.0", "1.0^git1", "1.0.1", "1.0.1-1.el8", "1.0.1-1.el8_2", "1.0.1-2.el8", "1.10", "1:0.1")),
    ("rpm", ("1.0~rc1", "1.0~rc1^git1", "1.0~rc2")),
    ("rpm", ("xyz", "xyz4", "1", "1a", "1.1", "10")),
    # Semantic Versioning 2.0.0, item 11
    ("semver", ("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
                "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "v2.0.0")),
    ("windows", ("1", "1.0.0.1", "1.2", "1.10", "1.10.2.0300", "1.10a", "10.0.19041.1", "10.0.19045.3570",
                 "10.0.22621")),
    ("plain", ("1.0-rc1", "1.0", "1.0-1", "1.0a", "1.0.1")),
)  # fmt: skip


@pytest.mark.parametrize(("name", "chain"), CHAINS, ids=[f"{name}-{chain[0]}" for name, chain in CHAINS])
def test_a_chain_stands_in_the_order_of_its_scheme(name: str, chain: tuple[str, ...]) -> None:
    scheme = SCHEMES[name]
    for (i, left), (j, right) in itertools.product(enumerate(chain), repeat=2):
        assert scheme.compare(left, right) == (i > j) - (i < j), (left, right)
    assert sorted(set(chain), key=scheme.key) == list(chain)


@pytest.mark.parametrize(
    ("scheme", "left", "right"),
    [
        ("deb", "0:1.0", "1.0"), ("deb", "1.0-0", "1.0"), ("deb", "1.01", "1.1"), ("rpm", "1.0.", "1.0"),
        ("rpm", "1_0", "1.0"), ("rpm", "1.05", "1.5"), ("semver", "1.0.0+build1", "1.0.0+build2"),
        ("semver", "1.2", "1.2.0"),
        ("windows", "1.2", "1.2.0.0"), ("windows", "1, 2, 3", "1.2.3"), ("windows", "1.2.0003", "1.2.3"),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_equal(scheme: str, left: str, right: str) -> None:
    assert SCHEMES[scheme].compare(left, right) == 0


HOLDS = (
    ("deb", "2.10-3", ">=", "2.10", True),
    ("deb", "2.10-3", "=", "2.10", True),
    ("deb", "2.10-3", ">", "2.10", False),
    ("deb", "2.10-3", "=", "2.10-2", False),
    ("deb", "2.10-3", ">", "2.10-2", True),
    ("deb", "1:0.9-1", ">=", "1.0", False),
    ("deb", "1:0.9-1", ">=", "0:1.0", True),
    ("deb", "1:0.9-1", ">=", "1:0.9", True),
    ("deb", "2.9-1", "!=", "2.10", True),
    ("rpm", "4.18.0-477.el8", "<=", "4.18.0", True),
    ("rpm", "4.18.0-477.el8", "<", "4.18.0-513.el8", True),
    ("windows", "19.00.00.0", ">=", "19", True),
    ("semver", "1.2.3-rc.1", ">=", "1.2.3", False),
    ("semver", "1.2.3-rc.1", ">=", "1.2.3-rc.1", True),
)


@pytest.mark.parametrize(("scheme", "found", "operator", "wanted", "is_so"), HOLDS)
def test_what_a_person_does_not_write_is_not_compared(
    scheme: str, found: str, operator: str, wanted: str, is_so: bool
) -> None:
    assert SCHEMES[scheme].holds(found, operator, wanted) is is_so


def test_a_source_numbers_in_a_scheme() -> None:
    known = {name: scheme_of(name).name for name in ("dpkg", "rpm", "npm", "msi", "pip", "", None)}
    assert known == {
        "dpkg": "deb", "rpm": "rpm", "npm": "semver", "msi": "windows", "pip": "plain", "": "plain", None: "plain",
    }  # fmt: skip


_TEXTS = st.text(st.sampled_from("019a~b+.-^"), min_size=1, max_size=7)


@given(_TEXTS, _TEXTS, _TEXTS, st.sampled_from(sorted(SCHEMES)))
@settings(max_examples=150)
def test_every_scheme_is_an_order(a: str, b: str, c: str, name: str) -> None:
    compare = SCHEMES[name].compare
    assert compare(a, a) == 0
    assert compare(a, b) == -compare(b, a)
    if compare(a, b) <= 0 and compare(b, c) <= 0:
        assert compare(a, c) <= 0


# Versions as Debian's policy allows them: they begin with a digit.
_UPSTREAM = st.builds("{}{}".format, st.integers(0, 12), st.text(st.sampled_from("019ab~+."), max_size=5))
_DEBIAN = st.builds(
    "{}{}{}".format,
    st.sampled_from(("", "", "1:")),
    _UPSTREAM,
    st.sampled_from(("", "-1", "-1~bpo12+1", "-2+b1", "-10")),
)


@given(st.lists(st.tuples(_DEBIAN, _DEBIAN), min_size=60, max_size=60))
@settings(max_examples=2)
def test_deb_is_the_order_of_dpkg(pairs: list[tuple[str, str]]) -> None:
    """One shell asks dpkg of all pairs."""
    script = "\n".join(f"dpkg --compare-versions '{a}' lt '{b}'; echo $?" for a, b in pairs)
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    for (a, b), code in zip(pairs, told, strict=True):
        assert (SCHEMES["deb"].compare(a, b) < 0) is (code == "0"), (a, b)


@pytest.mark.skipif(shutil.which("rpm") is None, reason="rpm is not installed")
@given(
    st.lists(
        st.tuples(*[st.text(st.sampled_from("0019ab~^."), min_size=1, max_size=6)] * 2), min_size=200, max_size=200
    )
)
@settings(max_examples=3, deadline=None)
def test_rpm_is_the_order_of_rpm(pairs: list[tuple[str, str]]) -> None:
    asked = ", ".join(f'{{"{a}", "{b}"}}' for a, b in pairs)
    lua = f"%{{lua: for _, p in ipairs({{{asked}}}) do print(rpm.vercmp(p[1], p[2]), ' ') end}}"
    told = subprocess.run(["rpm", "--eval", lua], capture_output=True, text=True, check=True).stdout.split()
    for (a, b), order in zip(pairs, told, strict=True):
        assert SCHEMES["rpm"].compare(a, b) == int(order), (a, b)

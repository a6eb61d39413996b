"""Plans: order, reasons, supersedence, conflicts, cycles, and a thousand resources."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import SoftwareConflictError, SoftwareCycleError
from itmsctl.software.planning import SoftwareNode, SoftwareStep, check_circles, plan

APP = SoftwareNode(depends=("lib", "runtime"))
SHOP: Mapping[str, SoftwareNode] = {
    "app": APP,
    "lib": SoftwareNode(depends=("runtime",)),
    "runtime": SoftwareNode(),
    "rival": SoftwareNode(conflicts=("app",)),
    "v1": SoftwareNode(),
    "v2": SoftwareNode(supersedes=("v1",)),
    "v3": SoftwareNode(supersedes=("v2",)),
    "v4": SoftwareNode(supersedes=("v3",)),
    "v5": SoftwareNode(supersedes=("v4",), depends=("runtime",)),
    "swift": SoftwareNode(supersedes=("v5",), upgrades=True, deliverable=False),
    "old-user": SoftwareNode(depends=("v1",)),
    "plain": SoftwareNode(),
}
THERE, GONE, ALIEN = "compliant", "not_compliant", "not_applicable"
Told = tuple[tuple[str, str], ...]
CASES: tuple[tuple[str, dict[str, str], dict[str, str] | None, Told], ...] = (
    ("what is needed comes first", {"app": "install"}, {},
     (("runtime", "install"), ("lib", "install"), ("app", "install"))),
    ("what is there is left", {"app": "install"}, {"runtime": THERE, "lib": GONE},
     (("runtime", "none"), ("lib", "install"), ("app", "install"))),
    ("all is there", {"app": "install"}, {"runtime": THERE, "lib": THERE, "app": THERE},
     (("runtime", "none"), ("lib", "none"), ("app", "none"))),
    ("repaired though it is there", {"lib": "repair"}, {"runtime": THERE, "lib": THERE},
     (("runtime", "none"), ("lib", "repair"))),
    ("it does not apply", {"plain": "install"}, {"plain": ALIEN}, (("plain", "none"),)),
    ("a line of five: what is there of it goes", {"v5": "install"}, {"v1": THERE, "v3": THERE, "runtime": THERE},
     (("runtime", "none"), ("v1", "uninstall"), ("v3", "uninstall"), ("v5", "install"))),
    ("of no computer all of the line goes", {"v3": "install"}, None,
     (("v1", "uninstall"), ("v2", "uninstall"), ("v3", "install"))),
    ("it is there, and the old one still is", {"v2": "install"}, {"v2": THERE, "v1": THERE},
     (("v1", "uninstall"), ("v2", "none"))),
    ("an upgrade replaces", {"swift": "install"}, {"v4": THERE}, (("swift", "upgrade"),)),
    ("nothing is replaced, so it is installed", {"swift": "install"}, {"v4": GONE}, (("swift", "install"),)),
    ("the last of a line serves who needs the first", {"old-user": "install"}, {},
     (("runtime", "install"), ("v5", "install"), ("old-user", "install"))),
    ("what is there of a line serves", {"old-user": "install"}, {"v3": THERE},
     (("v3", "none"), ("old-user", "install"))),
    ("what does not apply serves nobody", {"old-user": "install"}, {"v5": ALIEN},
     (("v4", "install"), ("old-user", "install"))),
    ("who needs it goes first", {"app": "uninstall", "lib": "uninstall", "runtime": "uninstall"},
     {"app": THERE, "lib": THERE, "runtime": THERE},
     (("app", "uninstall"), ("lib", "uninstall"), ("runtime", "uninstall"))),
    ("who needs it goes first, whatever the names", {"runtime": "uninstall", "v5": "uninstall"},
     {"runtime": THERE, "v5": THERE}, (("v5", "uninstall"), ("runtime", "uninstall"))),
    ("what is not there need not go", {"plain": "uninstall"}, {"plain": GONE}, (("plain", "none"),)),
    ("what may be there goes", {"plain": "uninstall"}, {}, (("plain", "uninstall"),)),
    ("a rival that goes is in nobody's way", {"app": "install", "rival": "uninstall"}, {"rival": THERE},
     (("rival", "uninstall"), ("runtime", "install"), ("lib", "install"), ("app", "install"))),
)  # fmt: skip


@pytest.mark.parametrize(("wanted", "states", "steps"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_plan_says_what_is_done_in_which_order(
    wanted: dict[str, str], states: dict[str, str] | None, steps: Told
) -> None:
    found = plan(wanted, SHOP, states)
    assert sorted((one.software, one.action) for one in found) == sorted(steps)
    for step in found:
        assert step.because
    places = {step.software: place for place, step in enumerate(found)}
    ours = [name for name, _ in steps]
    for before, after in itertools.pairwise(ours):
        related = before in SHOP[after].depends or after in SHOP[before].depends or before in SHOP[after].supersedes
        assert not related or places[before] < places[after], found


def test_reasons_name_who_asks() -> None:
    steps = plan({"old-user": "install"}, SHOP, {"v1": "compliant", "v5": "unknown"})
    assert steps == (
        SoftwareStep("v1", "none", "old-user depends on it, and is there"),
        SoftwareStep("old-user", "install", "it is asked for"),
    )
    because = {step.software: step.because for step in plan({"old-user": "install", "v5": "install"}, SHOP, {})}
    assert because == {
        "runtime": "v5 depends on it",
        "v5": "old-user depends on v1, which it supersedes",
        "old-user": "it is asked for",
    }


REFUSED = (
    ({"app": "install"}, {"rival": THERE}, "`app` and `rival` must not be beside each other"),
    ({"app": "install", "rival": "install"}, {}, "`app` and `rival` must not be beside each other"),
    ({"lib": "uninstall"}, {"app": THERE, "lib": THERE}, "`lib` cannot go: `app` depends on it"),
    ({"app": "install", "lib": "uninstall"}, {}, "`lib` is to be there and to go"),
    ({"v3": "install", "v1": "install"}, {}, "`v3` supersedes `v1`, and both are wanted"),
    ({"app": "install"}, {"lib": ALIEN}, "`lib` does not apply to the computer"),
)


@pytest.mark.parametrize(("wanted", "states", "message"), REFUSED, ids=[one[2] for one in REFUSED])
def test_what_cannot_be_is_refused(wanted: dict[str, str], states: dict[str, str], message: str) -> None:
    with pytest.raises(SoftwareConflictError, match=message):
        plan(wanted, SHOP, states)


def test_a_cycle_is_named() -> None:
    ring = {"a": SoftwareNode(("b",)), "b": SoftwareNode(("c",)), "c": SoftwareNode(("a",)), "d": SoftwareNode(("a",))}
    with pytest.raises(
        SoftwareCycleError, match=r"depends on itself: (a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)"
    ):
        plan({"d": "install"}, ring, {})
    with pytest.raises(SoftwareCycleError, match="supersedes itself"):
        check_circles({"a": SoftwareNode(supersedes=("b",)), "b": SoftwareNode(supersedes=("a",))})
    with pytest.raises(SoftwareConflictError, match="depends on `b`, and supersedes it"):
        plan({"a": "install"}, {"a": SoftwareNode(("b",), supersedes=("b",)), "b": SoftwareNode()}, {})
    check_circles(SHOP)


def test_a_thousand_resources_are_planned_in_less_than_a_second() -> None:
    """A bound of a hundred times what it takes: it fails where the work grows with the square."""
    chain = {f"s{n:04}": SoftwareNode((f"s{n + 1:04}",) if n < 999 else ()) for n in range(1000)}
    wide = {f"w{n:04}": SoftwareNode(tuple(f"w{m:04}" for m in range(n + 1, min(n + 20, 1000)))) for n in range(1000)}
    start = time.process_time()
    assert [step.software for step in plan({"s0000": "install"}, chain, {})] == sorted(chain, reverse=True)
    assert len(plan(dict.fromkeys(wide, "install"), wide, {})) == 1000
    assert time.process_time() - start < 5


_NODES = st.integers(2, 9).flatmap(
    lambda size: st.fixed_dictionaries(
        {
            f"n{n}": st.builds(
                SoftwareNode,
                # Only what comes later is named, so there is no cycle.
                depends=st.lists(
                    st.sampled_from([f"n{m}" for m in range(n + 1, size + 1)]), max_size=3, unique=True
                ).map(tuple),
            )
            for n in range(size)
        }
        | {f"n{size}": st.just(SoftwareNode())}
    )
)


@given(_NODES, st.data())
@settings(max_examples=80)
def test_nothing_comes_before_what_it_needs(nodes: dict[str, SoftwareNode], data: st.DataObject) -> None:
    states = data.draw(st.dictionaries(st.sampled_from(sorted(nodes)), st.sampled_from((THERE, GONE, "unknown"))))
    wanted = data.draw(st.lists(st.sampled_from(sorted(nodes)), min_size=1, max_size=3, unique=True))
    steps = plan(dict.fromkeys(wanted, "install"), nodes, states)
    assert plan(dict.fromkeys(reversed(wanted), "install"), nodes, states) == steps
    places = {step.software: place for place, step in enumerate(steps)}
    assert set(wanted) <= set(places)
    for step in steps:
        assert (step.action == "none") is (states.get(step.software) == THERE)
        for needed in nodes[step.software].depends:
            assert places[needed] < places[step.software]

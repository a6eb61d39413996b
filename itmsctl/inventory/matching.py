"""Whose report it is: the computer that a subject is, one not seen before, or a reason why nobody can say.

The GUID counts first, then hardware UUID and serial number as `resources.identity` reads them: never junk, and never a
value that several computers carry. What is left is the name. A machine id is cloned with a disk and a MAC address moves
with a dock, so neither tells who somebody is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from itmsctl.errors import InputError
from itmsctl.inventory.told import Subject
from itmsctl.resources.identity import TELLING, Identity, bearers, identity
from itmsctl.values.names import is_guid, name_key
from itmsctl.values.untrusted import log_text, shell_arg

_LONGEST_NAME = 255
_MOST_VALUES = 64  # of one kind; a computer has one or two

Value = tuple[str, str]  # kind and key


@dataclass(frozen=True)
class Who:
    """A subject as it is looked for: names in the order in which they are tried, telling values without junk."""

    guid: str
    names: tuple[str, ...]
    telling: tuple[Identity, ...]

    @property
    def keys(self) -> Mapping[str, frozenset[str]]:
        """Return the telling values by kind."""
        return {kind: frozenset(one.key for one in self.telling if one.kind == kind) for kind in TELLING}


def who_of(subject: Subject) -> Who:
    """Return a subject as it is looked for; values that are none of their kind are passed over."""
    guid = subject.guid.strip().lower()
    names = [subject.name, *list(subject.identities.get("fqdn", ()))[:_MOST_VALUES]]
    fitting = (name.strip().rstrip(".") for name in names if len(name) <= _LONGEST_NAME)
    telling = [one for kind in TELLING for one in _read(kind, list(subject.identities.get(kind, ()))[:_MOST_VALUES])]
    return Who(guid if is_guid(guid) else "", tuple(dict.fromkeys(filter(None, fitting))), tuple(telling))


def _read(kind: str, texts: Iterable[str]) -> Iterable[Identity]:
    for text in texts:
        try:
            one = identity(kind, text)
        except InputError:
            continue
        if not one.junk:
            yield one


@dataclass
class Roster:
    """The computers that some subjects may be, each by a number; what is learned meanwhile is added."""

    names: dict[int, str] = field(default_factory=dict)
    by_guid: dict[str, int] = field(default_factory=dict)  # the GUID of one merged away leads to its winner
    buried: set[str] = field(default_factory=set)  # GUIDs of computers that were removed
    by_name: dict[str, int] = field(default_factory=dict)  # by the key of the name
    carriers: dict[Value, frozenset[int]] = field(default_factory=dict)
    own: dict[int, dict[str, frozenset[str]]] = field(default_factory=dict)  # telling values by kind

    def learn(self, computer: int, who: Who) -> None:
        """Remember what a computer is known by from now on: of a kind of which it had nothing."""
        mine = self.own.setdefault(computer, {})
        for kind, keys in who.keys.items():
            if keys and not mine.get(kind):
                mine[kind] = keys
                for key in keys:
                    self.carriers[kind, key] = self.carriers.get((kind, key), frozenset()) | {computer}

    def add(self, computer: int, name: str, who: Who) -> None:
        """Remember a computer that is new."""
        self.names[computer] = name
        self.by_name[name_key(name)] = computer
        if who.guid:
            self.by_guid[who.guid] = computer
        self.learn(computer, who)


@dataclass(frozen=True)
class Recognised:
    """What became of a subject: a known computer, the name of a new one, or why it is neither."""

    computer: int | None = None
    name: str = ""
    why: str = ""
    hint: str = ""


def recognise(who: Who, roster: Roster) -> Recognised:
    """Return who a subject is."""
    pointed = {bearer.computer: bearer.by for bearer in bearers(who.telling, roster.carriers)}
    fitting = {computer: by for computer, by in pointed.items() if not _differs(roster, computer, who)}
    if who.guid in roster.buried:
        removed = f"itmsctl history computer {shell_arg(who.guid)}"
        return Recognised(
            why=f"the computer of its GUID {who.guid} was removed",
            hint=removed,
        )
    if who.guid in roster.by_guid:
        return _of_guid(roster.by_guid[who.guid], roster, fitting)
    if len(fitting) > 1:
        said = ", ".join(f"{by.kind} `{by.value}` of `{roster.names[one]}`" for one, by in fitting.items())
        first, second = (shell_arg(roster.names[one]) for one in list(fitting)[:2])
        return Recognised(
            why=f"its values are those of several computers: {said}",
            hint=f"if they are one: itmsctl computer merge {first} {second}",
        )
    if fitting:
        return Recognised(next(iter(fitting)))
    return _by_name(who, roster)


def _of_guid(computer: int, roster: Roster, fitting: Mapping[int, Identity]) -> Recognised:
    others = [one for one in fitting if one != computer]
    if others and computer not in fitting:
        by = fitting[others[0]]
        return Recognised(
            why=f"its GUID is that of `{roster.names[computer]}`, its {by.kind} `{by.value}` that of"
            f" `{roster.names[others[0]]}`",
            hint=f"itmsctl computer show {shell_arg(roster.names[others[0]])}",
        )
    return Recognised(computer)


def _by_name(who: Who, roster: Roster) -> Recognised:
    taken: tuple[str, int] | None = None
    free = ""
    for name in who.names:
        computer = roster.by_name.get(name_key(name))
        if computer is None:
            free = free or name
        elif not _is_another(roster, computer, who):
            return Recognised(computer)
        else:
            taken = taken or (name, computer)
    if free:
        return Recognised(name=free)
    if taken is None:
        return Recognised(why="it does not say whose it is: no name, and no known GUID, UUID or serial number")
    name, computer = taken
    apart = _told_apart(name, who)
    if name_key(apart) not in roster.by_name:
        return Recognised(name=apart)
    known = shell_arg(roster.names[computer])
    return Recognised(
        why=f"computer `{log_text(name)}` has another UUID or serial number",
        hint=f"itmsctl computer show {known}; the same one: itmsctl computer set {known} --unset serial --unset uuid",
    )


def _told_apart(name: str, who: Who) -> str:
    """Return the name of another computer of the same name: with its serial number, or the beginning of its UUID."""
    values = {one.kind: one.value for one in reversed(who.telling)}
    serial = "".join(char for char in values.get("serial", "") if char.isalnum() or char in "-._")
    return f"{name}@{serial[:40] or values.get('uuid', '')[:8]}"


def _differs(roster: Roster, computer: int, who: Who) -> bool:
    """Return whether a kind of telling value is known of both and none of its values is shared."""
    return "differs" in set(_compared(roster, computer, who))


def _is_another(roster: Roster, computer: int, who: Who) -> bool:
    """Return whether a computer of the same name is another machine: something differs, and nothing agrees."""
    return set(_compared(roster, computer, who)) == {"differs"}


def _compared(roster: Roster, computer: int, who: Who) -> Iterable[str]:
    own = roster.own.get(computer, {})
    for kind, keys in who.keys.items():
        known = own.get(kind, frozenset())
        if keys and known:
            yield "agrees" if keys & known else "differs"

"""How systems call themselves (NAME and ID of os-release), found from how tools call them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Distribution(NamedTuple):
    """The short name and the name of a system, as its own os-release tells them."""

    id: str
    name: str


_KNOWN: tuple[tuple[str, Distribution], ...] = (
    ("linuxmint|linux mint|mint", Distribution("linuxmint", "Linux Mint")),
    ("debian|debian gnu/linux", Distribution("debian", "Debian GNU/Linux")),
    ("ubuntu", Distribution("ubuntu", "Ubuntu")),
    ("raspbian|raspbian gnu/linux", Distribution("raspbian", "Raspbian GNU/Linux")),
    ("kali|kali gnu/linux|kali linux", Distribution("kali", "Kali GNU/Linux")),
    ("devuan|devuan gnu/linux", Distribution("devuan", "Devuan GNU/Linux")),
    ("pop!_os|pop|popos|pop os", Distribution("pop", "Pop!_OS")),
    ("redhat|red ?hat enterprise( linux)?.*|rhel|red hat", Distribution("rhel", "Red Hat Enterprise Linux")),
    ("centos ?stream", Distribution("centos", "CentOS Stream")),
    ("centos|centos linux", Distribution("centos", "CentOS Linux")),
    ("fedora|fedora linux", Distribution("fedora", "Fedora Linux")),
    ("almalinux|alma linux", Distribution("almalinux", "AlmaLinux")),
    ("rocky|rocky linux|rockylinux", Distribution("rocky", "Rocky Linux")),
    ("oraclelinux|oracle linux( server)?|oel", Distribution("ol", "Oracle Linux Server")),
    ("scientific|scientific linux|scientificlinux", Distribution("scientific", "Scientific Linux")),
    ("amazon|amazon linux( ami)?|amzn|amazonlinux", Distribution("amzn", "Amazon Linux")),
    ("sles|suse linux enterprise server|suse", Distribution("sles", "SLES")),
    ("sled|suse linux enterprise desktop", Distribution("sled", "SLED")),
    ("opensuse( leap)?", Distribution("opensuse-leap", "openSUSE Leap")),
    ("opensuse tumbleweed", Distribution("opensuse-tumbleweed", "openSUSE Tumbleweed")),
    ("archlinux|arch linux|arch", Distribution("arch", "Arch Linux")),
    ("manjaro|manjaro linux|manjarolinux", Distribution("manjaro", "Manjaro Linux")),
    ("gentoo|gentoo linux", Distribution("gentoo", "Gentoo")),
    ("alpine|alpine linux", Distribution("alpine", "Alpine Linux")),
    ("nixos", Distribution("nixos", "NixOS")),
    ("slackware", Distribution("slackware", "Slackware")),
    ("freebsd", Distribution("freebsd", "FreeBSD")),
    ("openbsd", Distribution("openbsd", "OpenBSD")),
    ("netbsd", Distribution("netbsd", "NetBSD")),
    ("dragonfly", Distribution("dragonfly", "DragonFly")),
    ("solaris|sunos|oracle solaris", Distribution("solaris", "Oracle Solaris")),
    ("aix", Distribution("aix", "AIX")),
    ("hp-?ux", Distribution("hpux", "HP-UX")),
    ("darwin|mac ?os ?x?|macosx|os x", Distribution("macos", "macOS")),
)
_UNIX = frozenset({"freebsd", "openbsd", "netbsd", "dragonfly", "solaris", "aix", "hpux", "macos"})
LINUX = frozenset(one.id for _, one in _KNOWN if one.id not in _UNIX)
"""Short names of distributions of Linux."""

_FORMS = tuple((re.compile(form), one) for form, one in _KNOWN)
_VERSION = re.compile(r"([0-9][\w.+-]*)(?: LTS)?(?: \(([^()]{1,40})\))?")


def distribution(said: str | None) -> Distribution | None:
    """Return the system that a tool means by a name; None for one that is not known."""
    plain = " ".join((said or "").lower().split())[:80]
    return next((one for form, one in _FORMS if form.fullmatch(plain)), None)


def name_and_rest(full: str | None) -> tuple[str, str]:
    """Return a system that is told in one text without its version, and the rest: `Debian GNU/Linux 12.0.0`."""
    words = (full or "").split()
    place = next((n for n, word in enumerate(words) if word[:1].isdecimal() and n), len(words))
    return " ".join(words[:place]), " ".join(words[place:])


def version_and_release(said: str | None) -> tuple[str | None, str | None]:
    """Return the version, and the code name or variant that stands in brackets behind it: `11 (bullseye)`."""
    found = _VERSION.fullmatch(said or "")
    return (found[1], found[2]) if found else (said or None, None)

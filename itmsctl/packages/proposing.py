"""Command lines and a detection rule that follow from what a file says of itself (SW-27, PKG-22).

They are proposals: `package program` and `package set --detect` say others.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.packages.detection.reading import parse
from itmsctl.packages.detection.rule import PackageLeaf, ProductLeaf, Rule
from itmsctl.packages.detection.writing import text_of
from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.kinds import INSTALL, REPAIR, UNINSTALL

PlainPrograms = list[dict[str, Any]]
# What Windows Installer says: https://learn.microsoft.com/windows/win32/msi/error-codes
_MSI_CODES = {"1618": "retry", "1641": "reboot", "3010": "reboot"}
_APT = "DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold"
_QUIET = {
    "nsis": "/S",
    "inno": "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART /SP-",
    "wix": "/quiet /norestart",
    "installshield": '/s /v"/qn /norestart"',
}
_REPAIRED = {"wix": "/repair /quiet /norestart"}
_REMOVED = {"wix": "/uninstall /quiet /norestart"}
_CODE = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*")  # what package managers call packages
_NO_FOLDER = re.compile(r"[^\w.+ -]")
_UNSAFE_ON_WINDOWS = re.compile(r'["%!^&|<>\r\n]')


def proposed_rule(facts: ReadFacts) -> str | None:
    """Return the rule that says whether it is installed; None where nothing can be proposed."""
    rule = _rule(facts)
    try:
        return None if rule is None else text_of(parse(text_of(rule)))
    except InputError:  # a stranger's name or version that no rule can hold
        return None


def _rule(facts: ReadFacts) -> Rule | None:
    manager = _MANAGERS.get(facts.format)
    if facts.format == "msi" and _CODE.fullmatch(facts.product_code):
        return ProductLeaf(facts.product_code.upper())
    if manager is None or not facts.name:
        return None
    name = facts.product_code if facts.format == "pkg" else facts.name
    at_least = {} if facts.format == "snap" or not facts.version else {"operator": ">=", "version": facts.version}
    return PackageLeaf(name, manager=manager, **at_least)


_MANAGERS = {"deb": "dpkg", "rpm": "rpm", "apk": "apk", "snap": "snap", "pkg": "pkg", "exe": "registry"}


def proposed_programs(facts: ReadFacts, path: str) -> PlainPrograms:
    """Return the programs that install, repair and remove the file at a path of its package; none where unknown."""
    build = _BUILDERS.get(facts.format)
    return build(facts, path) if build else []


def _posix(path: str) -> str:
    return shlex.quote(f"./{path}")


def _on_linux(install: str, remove: str, **more: str) -> PlainPrograms:
    lines = {INSTALL: install, **more, UNINSTALL: remove}
    return [{"name": name, "linux": line} for name, line in lines.items() if line]


def _removal(tool: str, facts: ReadFacts) -> str:
    """Return the command line that removes a package by its name; empty for a name that a tool may take for more."""
    return f"{tool} {facts.name}" if _NAME.fullmatch(facts.name) else ""


def _deb(facts: ReadFacts, path: str) -> PlainPrograms:
    file = _posix(path)
    return _on_linux(
        f"{_APT} install {file}", _removal(f"{_APT} remove", facts), repair=f"{_APT} --reinstall install {file}"
    )


def _rpm(facts: ReadFacts, path: str) -> PlainPrograms:
    file = _posix(path)
    tools = (
        ("dnf", f"dnf -y -q install {file}"),
        ("zypper", f"zypper -n -q install --allow-unsigned-rpm {file}"),
    )
    line = "; el".join(f"if command -v {tool} >/dev/null; then {command}" for tool, command in tools)
    return _on_linux(f"{line}; else rpm -U --replacepkgs {file}; fi", _removal("rpm -e", facts))


def _apk(facts: ReadFacts, path: str) -> PlainPrograms:
    return _on_linux(f"apk add --allow-untrusted {_posix(path)}", _removal("apk del", facts))


def _snap(facts: ReadFacts, path: str) -> PlainPrograms:
    classic = " --classic" if facts.hints.get("confinement") == "classic" else ""
    return _on_linux(f"snap install --dangerous{classic} {_posix(path)}", _removal("snap remove", facts))


def _appimage(facts: ReadFacts, path: str) -> PlainPrograms:
    at = shlex.quote(f"/usr/local/bin/{_folder(facts)}")
    return _on_linux(f"install -m 755 {_posix(path)} {at}", f"rm -f {at}")


def _archive(facts: ReadFacts, path: str) -> PlainPrograms:
    at, file = shlex.quote(f"/opt/{_folder(facts)}"), _posix(path)
    unpack = f"unzip -o -q {file} -d {at}" if facts.hints.get("packing") == "zip" else f"tar -xf {file} -C {at}"
    return _on_linux(f"mkdir -p {at} && {unpack}", f"rm -rf {at}")


def _pkg(facts: ReadFacts, path: str) -> PlainPrograms:  # noqa: ARG001 - every builder is given both
    return [{"name": INSTALL, "macos": f"installer -pkg {_posix(path)} -target /"}]


def _msi(facts: ReadFacts, path: str) -> PlainPrograms:
    file = _on_windows(path)
    code = facts.product_code if _CODE.fullmatch(facts.product_code) else ""
    lines = {INSTALL: f"msiexec /i {file} /qn /norestart"} if file else {}
    if code:
        lines |= {REPAIR: f"msiexec /fomus {code} /qn /norestart", UNINSTALL: f"msiexec /x {code} /qn /norestart"}
    gone = {UNINSTALL: {"1605": "success"}}  # it is not installed
    return [
        {"name": name, "windows": line, "codes": {**gone.get(name, {}), **_MSI_CODES}} for name, line in lines.items()
    ]


def _exe(facts: ReadFacts, path: str) -> PlainPrograms:
    file, tool = _on_windows(path), facts.hints.get("installer", "")
    if tool not in _QUIET or not file:
        return []
    lines = {INSTALL: _QUIET[tool], REPAIR: _REPAIRED.get(tool), UNINSTALL: _REMOVED.get(tool)}
    codes = {"codes": dict(_MSI_CODES)} if tool in {"wix", "installshield"} else {}
    return [{"name": name, "windows": f"{file} {words}", **codes} for name, words in lines.items() if words]


def _on_windows(path: str) -> str:
    """Return a path as a word of a command line of Windows; empty for one that no quotes make safe."""
    return "" if _UNSAFE_ON_WINDOWS.search(path) else '"{}"'.format(path.replace("/", "\\"))


def _folder(facts: ReadFacts) -> str:
    return _NO_FOLDER.sub("-", facts.name).strip(". ") or "package"


_BUILDERS: Mapping[str, Callable[[ReadFacts, str], PlainPrograms]] = {
    "apk": _apk, "appimage": _appimage, "archive": _archive, "deb": _deb, "exe": _exe, "msi": _msi, "pkg": _pkg,
    "rpm": _rpm, "snap": _snap,
}  # fmt: skip

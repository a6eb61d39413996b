"""The computer as a whole: who it is, what it runs, who uses it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from itmsctl.inventory.captured import bytes_of, filled
from itmsctl.inventory.distributions import distribution, version_and_release
from itmsctl.inventory.formats.glpi.content import Classes, Content
from itmsctl.inventory.moments import day_of
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.ssh_prints import host_key
from itmsctl.inventory.taking import (
    count,
    guid_of,
    masked,
    mib_as_bytes,
    number,
    plain,
    slashed,
    small,
    take,
    taken,
    texts,
    truth,
    worded,
)

_KERNELS = {"linux": "Linux", "darwin": "Darwin", "mswin32": "Windows NT", "freebsd": "FreeBSD", "aix": "AIX"}


def machine(content: Content) -> Classes:
    """Return rows of the classes of one row, and of what `hardware` tells beside them."""
    return {
        "identification": _identification(content),
        "hardware": _hardware(content),
        "bios": _bios(content),
        "operating_system": _operating_system(content),
        "virtual_guest": _virtual_guest(content),
        "last_logon": _last_logon(content),
        "dns_settings": filled({"servers": slashed(content.one("hardware").get("dns"))}),
        "swap": _swap(content),
        "routes": _default_route(content),
        "ssh_keys": _ssh_keys(content),
    }


def _identification(content: Content) -> Rows:
    bios, hardware, system = content.one("bios"), content.one("hardware"), content.one("operatingsystem")
    dns, workgroup = worded(system.get("dns_domain")), worded(hardware.get("workgroup"))
    fqdn = worded(system.get("fqdn"))
    return filled(
        {
            "host_name": plain(hardware.get("name")),
            "fqdn": fqdn if fqdn and "." in fqdn else None,
            "domain": dns or workgroup,
            "domain_type": "dns" if dns else None,
            "serial": worded(bios.get("ssn")),
            "uuid": guid_of(hardware.get("uuid")),
            "host_id": worded(system.get("hostid")),
            "asset_tag": worded(bios.get("assettag")),
        }
    )


def _hardware(content: Content) -> Rows:
    bios, hardware = content.one("bios"), content.one("hardware")
    processors = content.all("cpus")
    form = small(hardware.get("vmsystem"))
    return filled(
        {
            "manufacturer": worded(bios.get("smanufacturer")) or worded(bios.get("mmanufacturer")),
            "model": worded(bios.get("smodel")) or worded(bios.get("mmodel")),
            "sku": worded(bios.get("skunumber")),
            "chassis_type": worded(hardware.get("chassis_type")) or worded(bios.get("type")),
            "chassis_serial": worded(bios.get("enclosureserial")),
            "board_manufacturer": worded(bios.get("mmanufacturer")),
            "board_model": worded(bios.get("mmodel")),
            "board_serial": worded(bios.get("msn")),
            "architecture": architecture(content),
            "memory_mib": count(hardware.get("memory")),
            "processors": len(processors) or None,
            "cores": _total(processors, "core"),
            "threads": _total(processors, "thread"),
            "is_virtual": form != "physical" if form else None,
        }
    )


def _total(processors: Any, name: str) -> int | None:
    numbers = [number(one.get(name)) for one in processors]
    return sum(one for one in numbers if one) if all(numbers) and numbers else None


def architecture(content: Content) -> str | None:
    """Return the instruction set, as the operating system tells it."""
    said = small(content.one("operatingsystem").get("arch"))
    return {"64-bit": "x86_64", "32-bit": "x86", "amd64": "x86_64"}.get(said, said) if said else None


def _bios(content: Content) -> Rows:
    return taken(
        content.all("bios")[:1],
        {
            "manufacturer": take("bmanufacturer"),
            "version": take("bversion"),
            "released_on": take("bdate", means=day_of),
            "secure_boot": take("secure_boot"),
        },
    )


def _operating_system(content: Content) -> Rows:
    system, hardware = content.one("operatingsystem"), content.one("hardware")
    zone = system.get("timezone")
    name, full = worded(system.get("name")), worded(system.get("full_name")) or worded(hardware.get("osname"))
    version, release, build = _version(content)
    known = distribution("macos" if content.system == "macos" else name) or distribution(full)
    kernel = small(system.get("kernel_name"))
    is_windows = content.system == "windows"
    return filled(
        {
            "name": full if is_windows and full else known.name if known else name or full,
            "full_name": full,
            "id": "windows" if is_windows else known.id if known else None,
            "version": version,
            "release": release,
            "build": build,
            "service_pack": worded(system.get("service_pack")),
            "architecture": worded(system.get("arch")) or worded(hardware.get("archname")),
            "kernel_name": _KERNELS.get(kernel, kernel) if kernel else None,
            "kernel_version": worded(system.get("kernel_version")) or worded(hardware.get("osversion")),
            "kernel_build": worded(hardware.get("oscomments")),
            "installed_at": content.moment(system.get("install_date")),
            "booted_at": content.moment(system.get("boot_time")),
            "time_zone": worded(zone.get("name")) if isinstance(zone, dict) else None,
            "locale": worded(hardware.get("winlang")),
            "product_id": worded(hardware.get("winprodid")),
            "owner": worded(hardware.get("winowner")),
            "organization": worded(hardware.get("wincompany")),
        },
        "name",
    )


def _version(content: Content) -> tuple[str | None, str | None, str | None]:
    """Return the version, the release and the build; of Windows the version is that of the kernel."""
    system = content.one("operatingsystem")
    said = worded(system.get("version"))
    if content.system == "windows":
        kernel = worded(system.get("kernel_version"))
        build = kernel.rpartition(".")[2] if kernel and kernel.count(".") == 2 else None
        return kernel or said, said if kernel and said != kernel else None, build
    version, bracketed = version_and_release(said)
    return (version, None, bracketed) if content.system == "macos" else (version, bracketed, None)


def _virtual_guest(content: Content) -> Rows:
    form = small(content.one("hardware").get("vmsystem"))
    if not form or form == "physical":
        return []
    known = {"virtual machine": None, "microsoft hyper-v": "hyperv", "hyper-v": "hyperv"}
    return [{"is_virtual": True} | {key: name for key, name in (("hypervisor", known.get(form, form)),) if name}]


def _last_logon(content: Content) -> Rows:
    hardware = content.one("hardware")
    user = worded(hardware.get("lastloggeduser"))
    if user in {"wtmp", "reboot"}:  # a line of `last` that is of no user
        return []
    at = _recent(content, hardware.get("datelastloggeduser"))
    return filled({"user": user, "at": at}, "user")


def _recent(content: Content, value: Any) -> datetime | None:
    """Return a moment such as `Fri Jun 12 14:15`, which says no year: the last one before the inventory."""
    text = " ".join((plain(value) or "").split())
    for year in (content.at.year, content.at.year - 1):
        try:
            found = datetime.strptime(f"{year} {text}", "%Y %a %b %d %H:%M").replace(tzinfo=content.zone)
        except ValueError:  # also the 29th of February of another year
            continue
        if found <= content.at + timedelta(days=1):
            return found
    return content.moment(value)


def _swap(content: Content) -> Rows:
    """Return all that memory is paged out to as one: the agent tells no devices."""
    return filled({"device": "all", "size_bytes": mib_as_bytes(content.one("hardware").get("swap"))}, "size_bytes")


def _default_route(content: Content) -> Rows:
    gateways = slashed(content.one("hardware").get("defaultgateway"))
    return [{"destination": "::/0" if ":" in gateway else "0.0.0.0/0", "gateway": gateway} for gateway in gateways]


def _ssh_keys(content: Content) -> Rows:
    """Return the fingerprints of public keys of the host; the keys themselves are not kept."""
    rows: Rows = []
    for line in texts(content.one("operatingsystem").get("ssh_key"), apart="\n"):
        kind, _, key = line.partition(" ")
        data = bytes_of(key.split(" ")[0])
        if kind.startswith(("ssh-", "ecdsa-")) and len(data) > 16 and data[4 : 4 + len(kind)] == kind.encode():
            rows.append(host_key(data, kind))
    return rows


def licence_key_tail(value: Any) -> str | None:
    """Return the end of a key, by which people know it; the key itself is not kept."""
    text = worded(value)
    return text.rpartition("-")[2][-5:] if text and len(text) > 8 else None


def windows_licence(content: Content) -> Rows:
    """Return the licence of Windows itself."""
    hardware = content.one("hardware")
    tail = licence_key_tail(hardware.get("winprodkey"))
    name = worded(content.one("operatingsystem").get("full_name")) or "Windows"
    return [{"product": name, "key_tail": tail}] if tail else []


def environment(content: Content) -> Rows:
    """Return variables."""
    return taken(content.all("envs"), {"name": take("key", means=plain), "value": take("val", means=masked)}, "name")


def logons(content: Content) -> Rows:
    """Return who was logged in."""
    rows = taken(content.all("users"), {"user": take("login"), "domain": take("domain")}, "user")
    return [row | {"is_active": True} for row in rows]


def local_users(content: Content) -> Rows:
    """Return accounts."""
    takes = {
        "name": take("login", means=plain), "uid": take("id", means=plain), "full_name": take("name", means=plain),
        "home": take("home", means=plain), "shell": take("shell", means=plain),
    }  # fmt: skip
    named = [one if one.get("login") else {**one, "login": one.get("name")} for one in content.all("local_users")]
    return taken(named, takes, "name")


def local_groups(content: Content) -> Rows:
    """Return groups."""
    takes = {"name": take("name", means=plain), "gid": take("id", means=plain), "members": take("members", means=texts)}
    return taken(content.all("local_groups"), takes, "name")


def processes(content: Content) -> Rows:
    """Return processes."""
    return taken(
        content.all("processes"),
        {
            "pid": take("pid", means=number),
            "user": take("user", means=plain),
            "command": take("cmd", means=masked),
            "terminal": take("tty", means=lambda value: None if value in {"?", "??"} else plain(value)),
            "started_at": take("started", means=content.moment),
            "cpu_pct": take("cpuusage", means=plain),
            "memory_pct": take("mem", means=plain),
            "virtual_kib": take("virtualmemory", means=count),
        },
        "pid",
    )


def antivirus(content: Content) -> Rows:
    """Return protection against viruses."""
    return taken(
        content.all("antivirus"),
        {
            "name": take("name"),
            "publisher": take("company"),
            "version": take("version"),
            "is_enabled": take("enabled", means=truth),
            "is_current": take("uptodate", means=truth),
            "definitions_version": take("base_version"),
            "definitions_at": take("base_creation", means=content.moment),
            "expires_at": take("expiration", means=content.moment),
            "agent_id": take("guid"),
        },
        "name",
    )

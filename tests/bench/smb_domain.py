"""A domain account of a real Samba AD, by Kerberos: `python -m tests.bench.smb_domain`, as root, in about a minute.

It needs samba with samba-ad-provision, krb5-user, and `itmsctl[kerberos]`. The domain has a network namespace of its
own and is gone afterwards. It prints what each login came to, and fails where one came to something else.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from itmsctl.errors import ItmsError
from itmsctl.transports.base import Credentials, Endpoint, Settings
from itmsctl.transports.smb import SmbTransport
from tests.bench.measure import say

ADDRESS, SPACE, LINK = "10.20.0.10", "itms-dc", "itmsdc0"
ADMIN, PASSWORD = "Adm1n-pass-77", "Depl0y-pass-88"
KRB5 = f"""[libdefaults]
 default_realm = LAB.TEST
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 LAB.TEST = {{
  kdc = {ADDRESS}
 }}
"""


def _do(line: str, **more: str) -> None:
    done = subprocess.run(line.split(), capture_output=True, text=True, input=more.get("told"), timeout=600)
    if done.returncode:
        raise SystemExit(f"{line}: {done.stdout}{done.stderr}")


def main() -> None:
    """Make the domain, log in, and take it away."""
    with tempfile.TemporaryDirectory(prefix="itms-dc-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "krb5.conf").write_text(KRB5)
        os.environ |= {"KRB5_CONFIG": f"{folder}/krb5.conf", "KRB5CCNAME": f"FILE:{folder}/cc"}
        _do(f"ip netns add {SPACE}")
        server = None
        try:
            server = _domain(folder)
            _logins()
        finally:
            if server is not None:
                server.terminate()
                server.wait(30)
            subprocess.run(["ip", "link", "del", LINK], check=False)
            subprocess.run(["ip", "netns", "del", SPACE], check=False)


def _domain(folder: Path) -> subprocess.Popen[bytes]:
    for line in (
        f"ip link add {LINK} type veth peer name eth0 netns {SPACE}", f"ip addr add 10.20.0.1/24 dev {LINK}",
        f"ip link set {LINK} up", f"ip -n {SPACE} addr add {ADDRESS}/24 dev eth0", f"ip -n {SPACE} link set eth0 up",
        f"ip -n {SPACE} link set lo up",
        f"samba-tool domain provision --targetdir={folder}/dc --realm=LAB.TEST --domain=LAB --server-role=dc "
        f"--dns-backend=SAMBA_INTERNAL --adminpass={ADMIN} --host-name=dc1 --host-ip={ADDRESS}",
    ):  # fmt: skip
        _do(line)
    (folder / "share").mkdir()
    (folder / "share").chmod(0o1777)
    config = folder / "dc" / "etc" / "smb.conf"
    head = f"[global]\nlog file = {folder}/log\nserver smb encrypt = required\ninterfaces = lo {ADDRESS}\n"
    text = config.read_text().replace("[global]\n", head, 1)
    config.write_text(f"{text}\n[deploy]\npath = {folder}/share\nread only = no\n")
    server = subprocess.Popen(
        ["ip", "netns", "exec", SPACE, "samba", "-F", "--no-process-group", "-s", config], start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(15)
    _do(f"samba-tool user create deploy {PASSWORD} -H ldap://{ADDRESS} -U Administrator%{ADMIN}")
    return server


def _logins() -> None:
    _login("deploy@LAB.TEST", PASSWORD, "kerberos")
    _login("deploy@LAB.TEST", "wrong", "AUTH-FAILED")
    _login("LAB\\deploy", PASSWORD, "ntlm")
    _login("deploy@LAB.TEST", None, "AUTH-FAILED")
    _do("kinit deploy@LAB.TEST", told=f"{PASSWORD}\n")
    _login("deploy@LAB.TEST", None, "kerberos")
    _login("deploy@LAB.TEST", None, "AUTH-FAILED", computer="other.lab.test")


def _login(user: str, password: str | None, expected: str, computer: str = "dc1.lab.test") -> None:
    endpoint = Endpoint("00000000-0000-4000-8000-000000000445", computer, (ADDRESS,), 445, user)
    try:
        with SmbTransport(endpoint, Credentials(password=password), Settings(connect_s=30.0)) as way:
            came = way.connect().auth_method
            way.put(b"by a domain account", "/deploy/x")
            assert way.get("/deploy/x", limit_bytes=100) == b"by a domain account"
    except ItmsError as error:
        came = error.code
    say(f"{user} at {computer}, {'a ticket or nothing' if password is None else 'a password'}: {came}")
    assert came == expected, f"{expected} was expected"


if __name__ == "__main__":
    main()

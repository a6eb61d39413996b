"""Make `.venv` beside this project with the machine's own Python: `python3 .ci/make_venv.py [EXTRA ...]`.

Works as an ordinary user, also where Debian's python3-venv (ensurepip) or even pip is missing: pip's wheel is then
fetched from the package index and checked against the index's sha256. Standard library only. Quick when there is
nothing to do. Settings honoured on the way: PIP_INDEX_URL, PIP_CERT, PIP_PROXY, PIP_TIMEOUT and pip's configuration
files; the usual proxy variables.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import importlib.util
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".made-for"
OLDEST = (3, 11)
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


def main(extras: list[str]) -> int:
    """Make the environment, or find that it stands already."""
    find_python()
    if is_made(extras):
        return 0
    say("setting up .venv (once; downloads some packages)")
    if not PYTHON.exists() or not works([str(PYTHON), "-m", "pip", "--version"]):
        make_empty()
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", target])
    STAMP.write_text("\n".join([wanted(), *extras]) + "\n", encoding="utf-8")
    return 0


def find_python() -> None:
    """Go on with a newer Python of this machine where the one that runs this is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            os.execv(found, [found, *sys.argv])  # noqa: S606 - no shell is wanted: the arguments are passed on as they are
    sys.exit(f"itmsctl wants Python 3.11 or newer; this is {sys.version.split()[0]}. Try: apt-get install python3")


def wanted() -> str:
    """Return what the environment depends on: the project's requirements, this script, this place, this Python."""
    digest = hashlib.sha256()
    for part in ((ROOT / "pyproject.toml").read_bytes(), Path(__file__).read_bytes(), str(ROOT).encode()):
        digest.update(hashlib.sha256(part).digest())
    return f"{digest.hexdigest()} {sys.version_info[0]}.{sys.version_info[1]}"


def is_made(extras: list[str]) -> bool:
    """Return whether the environment stands, with at least these extras."""
    try:
        stamp, *present = STAMP.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return stamp == wanted() and set(extras) <= set(present) and PYTHON.exists()


def make_empty() -> None:
    """Make an environment that has pip, by the first way that works on this machine."""
    if importlib.util.find_spec("ensurepip") and works([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        return
    run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    # `--python` came with pip 22.3; an older pip, or one without its parts, fails here and the wheel is taken instead.
    borrowed = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
    if importlib.util.find_spec("pip") and works(borrowed):
        return
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(Path(folder))
        run([str(PYTHON), str(wheel / "pip"), "install", "--quiet", "--no-index", str(wheel)])


# --- pip's own wheel, from the index ---------------------------------------------------------------------------------


def fetch_pip(folder: Path) -> Path:
    """Download the newest pip that this Python takes, and check its sha256."""
    base = setting("index-url") or "https://pypi.org/simple"
    page = f"{base.rstrip('/')}/pip/"
    try:
        listing = json.loads(get(page, SIMPLE_JSON))
    except ValueError:
        sys.exit(
            "the package index does not speak the simple JSON API; pip is not found. Try: apt-get install python3-venv"
        )
    found = newest(listing["files"])
    data = get(urllib.parse.urljoin(page, found["url"]), "*/*")
    if hashlib.sha256(data).hexdigest() != found["hashes"]["sha256"]:
        sys.exit(f"{found['filename']} is not what the index says it is (sha256 differs); nothing was installed")
    path = folder / found["filename"]
    path.write_bytes(data)
    return path


def newest(files: list[dict]) -> dict:
    """Return the wheel of the highest release that is not withdrawn and runs here."""
    best: tuple[tuple[int, ...], dict] = ((), {})
    for entry in files:
        match = re.fullmatch(r"pip-([0-9]+(?:\.[0-9]+)*)-py3-none-any\.whl", entry["filename"])
        if match is None or entry.get("yanked") or not entry.get("hashes", {}).get("sha256"):
            continue
        least = re.search(r">=\s*3\.([0-9]+)", entry.get("requires-python") or "")
        version = tuple(int(part) for part in match[1].split("."))
        if (least is None or int(least[1]) <= sys.version_info[1]) and version > best[0]:
            best = (version, entry)
    if not best[0]:
        sys.exit("the package index has no pip for this Python. Try: apt-get install python3-venv")
    return best[1]


def get(url: str, accept: str) -> bytes:
    """Download a page; a user and password in the URL become a header, and are never printed."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        sys.exit(f"what is installed is asked over https, not {parts.scheme}://{host}")
    clean = parts._replace(netloc=host).geturl()
    request = urllib.request.Request(clean, headers={"Accept": accept})  # noqa: S310 - the scheme was checked above
    if parts.username is not None:
        pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        request.add_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    proxy = setting("proxy")
    certificates = setting("cert") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificates or None)),
        urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None),
    )
    try:
        with opener.open(request, timeout=float(setting("timeout") or 30)) as answer:
            return answer.read()
    except (OSError, urllib.error.URLError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it holds the connection
        sys.exit(f"{host} does not give {parts.path}: {error}. Is a proxy or PIP_INDEX_URL needed?")


def setting(name: str) -> str:
    """Return a setting of pip: its environment variable, else from its files, the user's before the system's."""
    value = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if value:
        return value
    home = Path.home()
    own = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [own / "pip/pip.conf", home / ".pip/pip.conf", Path("/etc/pip.conf"), Path("/etc/xdg/pip/pip.conf")]
    for path in [Path(os.environ.get("PIP_CONFIG_FILE") or os.devnull), *files]:
        parser = configparser.RawConfigParser()
        parser.read([path], encoding="utf-8")
        for section in ("install", "global"):
            if parser.has_option(section, name):
                return parser.get(section, name).strip()
    return ""


# --- programs --------------------------------------------------------------------------------------------------------


def works(command: list[str]) -> bool:
    """Run a program quietly; return whether it succeeded."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def run(command: list[str]) -> None:
    """Run a program that has to succeed."""
    status = subprocess.run(command, stdout=sys.stderr, check=False).returncode
    if status:
        sys.exit(f"set-up stopped: `{' '.join(command)}` ended with {status}")


def say(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

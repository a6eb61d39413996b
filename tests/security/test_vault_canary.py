"""A secret of each kind, every verb, on success and on failure: nothing that is left anywhere holds one (OP6, LU3, I9).

The program runs in processes of its own, against a real SSH server whose commands print the secrets. A thread looks at
every process and at the journals meanwhile; then all that is left is searched, byte by byte, for each secret as it is,
in base64, in hex and percent-encoded.
"""

from __future__ import annotations

import base64
import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from examples.lab.ssh_endpoints import write_key
from tests.cli.programs import ITMSCTL, environment_of
from tests.servers.hostile_ssh import RogueServer
from tests.servers.postgres import PostgresServer
from tests.servers.ssh import Lab

WORDS = {
    "password": "S3cr3t-canary/login word+1",
    "sudo-password": "S3cr3t-canary/sudo word+22",
    "community": "S3cr3t-canary/community+333",
    "token": "S3cr3t-canary/token word+4444",
    "passphrase": "S3cr3t-canary/passphrase of the vault",
}
# What breaks in the middle of a login, with everything in the hands of the code that breaks.
BUG = """
import sys
from itmsctl.transports import ssh
def broken(endpoint, credentials, *rest, **more):
    secrets = credentials.secrets()
    assert secrets
    raise RuntimeError(f"a bug, with {credentials!r} at hand")
ssh.log_in = broken
from itmsctl.__main__ import run
sys.argv[0] = "itmsctl"
run()
"""


def shapes(secret: bytes) -> set[bytes]:
    """Return the forms that are looked for; written here anew, not taken from the code that redacts."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode(), quote(secret, safe="").encode()}
    found.add(quote(secret).encode())
    for padding in range(3):
        text = base64.b64encode(b"x" * padding + secret)
        found.add(text[4 if padding else 0 : len(text) - 4])
    return found


@dataclass
class World:
    """A CMDB, its state, and files with secrets that are not searched because they are the secrets."""

    folder: Path
    secrets: Path
    db: str
    needles: list[bytes]
    said: list[bytes] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def file(self, name: str, text: str) -> str:
        path = self.secrets / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def itmsctl(self, *argv: str, code: int | None = 0, stdin: str = "", bug: bool = False) -> str:
        more = {"ITMSCTL_DB": self.db, "ITMSCTL_PASSPHRASE_FILE": str(self.secrets / "passphrase")}
        program = [sys.executable, "-c", BUG] if bug else [*ITMSCTL]
        done = subprocess.run(
            [*program, *argv, "--debug"], input=stdin.encode(), env=environment_of(self.folder, more), cwd=self.folder,
            capture_output=True, timeout=120,
        )  # fmt: skip
        assert code is None or done.returncode == code, (argv, done.returncode, done.stderr)
        self.said += [done.stdout, done.stderr]
        return done.stdout.decode()

    def in_text(self, text: bytes) -> list[bytes]:
        return [needle for needle in self.needles if needle in text]

    def in_files(self, folder: Path) -> list[str]:
        """Return the files below a folder that hold one of the needles."""
        patterns = self.secrets / "needles"
        patterns.write_bytes(b"\n".join(self.needles) + b"\n")
        done = subprocess.run(["grep", "-rlaF", "-f", patterns, folder], capture_output=True, text=True)
        return done.stdout.splitlines()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look at the words and the environment of every process, and at the journals, until the block ends."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.1):
                for path in [
                    *Path("/proc").glob("[0-9]*/cmdline"), *Path("/proc").glob("[0-9]*/environ"),
                    *self.folder.glob("*-journal"), *self.folder.glob("*-wal"),
                ]:  # fmt: skip
                    with contextlib.suppress(OSError):
                        if self.in_text(path.read_bytes()):
                            self.seen.append(str(path))

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@pytest.fixture
def world(db: str, tmp_path: Path, ssh_lab: Lab) -> World:
    secrets, folder = tmp_path / "secrets", tmp_path / "world"
    secrets.mkdir(mode=0o700)
    folder.mkdir(mode=0o700)
    if not db.startswith("postgresql"):
        moved = folder / "cmdb.sqlite"
        Path(db).rename(moved)
        db = str(moved)
    needles = set().union(*(shapes(word.encode()) for word in WORDS.values()))
    for text in (ssh_lab.key_file.read_text(),):
        lines = [line for line in text.splitlines() if not line.startswith("-----")]
        needles |= {line.encode() for line in lines} | shapes("".join(lines).encode())
        whole = base64.b64encode(text.encode())
        needles |= {whole[n : n + 76] for n in range(0, len(whole) - 16, 76)} | {text.encode().hex().encode()}
    world = World(folder, secrets, db, sorted(needles))
    for name, word in WORDS.items():
        world.file(name, word + "\n")
    return world


def set_up(world: World, lab: Lab, rogue: RogueServer) -> None:
    world.itmsctl("site", "add", "rome")
    world.itmsctl("subnet", "add", "127.45.1.0/24", "--site", "rome")
    for number, host in enumerate(lab.hosts[:2], 1):
        world.itmsctl("computer", "add", f"lab-{number}", "--address", host, "--port", str(lab.port))
    world.itmsctl("computer", "add", "rogue", "--address", rogue.host, "--port", str(rogue.port))
    world.itmsctl("host-key", "scan", "lab-1", "lab-2", "--accept")


def use_the_vault(world: World, lab: Lab) -> None:
    world.itmsctl("vault", "init")
    key = ("--kind", "ssh-key", "--user", lab.user, "--site", "rome")
    world.itmsctl("credential", "add", "ssh-key", *key, "--secret-file", str(lab.key_file))
    for kind in ("password", "sudo-password", "community", "token"):
        add = ("credential", "add", kind, "--kind", kind)
        world.itmsctl(*add, "--secret-stdin", stdin=WORDS[kind] + "\n")
    world.itmsctl(*add, "--secret-file", str(world.secrets / "token"), "--dry-run")
    world.itmsctl(*add, "--secret-stdin", stdin=WORDS["passphrase"], code=6)
    world.itmsctl("credential", "set", "token", "--description", "of a test")
    world.itmsctl("credential", "rotate", "token", "--secret-stdin", stdin=WORDS["passphrase"] + "token")
    world.itmsctl("credential", "rotate", "token", "--secret-stdin", stdin=WORDS["token"] + "\nmore", code=3)
    world.itmsctl("credential", "show", "token", "-o", "yaml")
    world.itmsctl("history", "credential", "token", "-o", "json")
    world.itmsctl("credential", "list", "-o", "wide")
    world.itmsctl("credential", "add", "bad", "--kind", "ssh-key", "--secret-stdin", stdin=WORDS["token"], code=3)
    wrong = world.file("wrong", WORDS["sudo-password"])
    world.itmsctl("vault", "unlock", "--passphrase-file", wrong, code=13)
    world.itmsctl("vault", "rekey", "--rotate-key")
    world.itmsctl("vault", "lock")
    world.itmsctl("credential", "test", "ssh-key", "--computer", "lab-1", code=13)
    world.itmsctl("vault", "unlock")
    world.itmsctl("vault", "status", "-o", "json")


def log_in(world: World, lab: Lab, rogue: RogueServer) -> None:
    world.itmsctl("credential", "test", "ssh-key", "--computer", "lab-1")
    world.itmsctl("credential", "test", "ssh-key", "--computer", "lab-2", code=4)
    world.itmsctl("credential", "test", "password", "--computer", "lab-1", code=8)  # the server takes no password
    world.itmsctl("credential", "test", "password", "--computer", "rogue", code=12)  # nobody knows that host
    assert rogue.attempts == []
    world.itmsctl("host-key", "scan", "rogue", "--accept")
    world.itmsctl("credential", "test", "password", "--computer", "rogue")
    assert WORDS["password"] in {word for _, word in rogue.attempts}, "the secret was never used: this proves nothing"
    world.itmsctl("credential", "test", "token", "--computer", "lab-1", code=2)
    tried = ("credential", "test", "sudo-password", "--computer", "lab-1", "--credential", "ssh-key")
    world.itmsctl(*tried, code=None)

    named = [word for name in ("ssh-key", "sudo-password", "password") for word in ("--credential", name)]
    run = ("task", "run", *named, "--site", "rome")
    world.itmsctl(*run, "--command", "echo fine")
    files = " ".join([str(lab.key_file), *(str(world.secrets / kind) for kind in WORDS)])
    leak = (
        f"cd {world.secrets}; cat {files}; cat {files} >&2; for f in {files}; do base64 $f; base64 -w0 $f; "
        f"od -An -v -tx1 $f | tr -d ' \\n'; tr '\\n' ' ' < $f; echo \"word='$(cat $f)'\"; done; exit 3"
    )
    # The words of the vault that are not in use here are nobody's to hide: they are left out of what is printed.
    leak = leak.replace(f" {world.secrets / 'community'} {world.secrets / 'token'} {world.secrets / 'passphrase'}", "")
    world.itmsctl(*run, "--command", leak, code=8)
    printed = world.itmsctl("run", "logs", "R-2")
    assert "[redacted]" in printed
    world.itmsctl("run", "show", "R-2", "-o", "json")
    world.itmsctl("run", "retry", "R-2", "--failed", code=8)
    world.itmsctl("run", "reconcile", "R-2", code=None)
    world.itmsctl(*run, "--command", "id", "--run-as", "nobody", code=None)
    world.itmsctl("task", "run", "--credential", "password", "--all", "--command", "true", code=None)
    world.itmsctl("task", "run", "--credential", "password", "--all", "--accept-new", "--command", "true", code=4)


def break_down(world: World) -> None:
    world.itmsctl("credential", "test", "ssh-key", "--computer", "lab-1", code=1, bug=True)
    world.itmsctl("task", "run", "--credential", "ssh-key", "--site", "rome", "--command", "true", code=1, bug=True)
    incidents = list((world.folder / "state" / "itmsctl" / "incidents").iterdir())
    assert len(incidents) == 2
    assert all("a bug, with Credentials(" in path.read_text() for path in incidents)


@pytest.mark.timeout(900)
def test_no_secret_is_left_anywhere(world: World, ssh_lab: Lab, postgres_server: PostgresServer) -> None:
    with RogueServer() as rogue, world.watched():
        set_up(world, ssh_lab, rogue)
        use_the_vault(world, ssh_lab)
        log_in(world, ssh_lab, rogue)
        break_down(world)
        world.itmsctl("audit", "list", "-o", "json")
        world.itmsctl("doctor", "-o", "json", code=None)
        world.itmsctl("db", "backup", "--out", str(world.folder / "backup"))
        world.itmsctl("db", "check")
        world.itmsctl("audit", "verify")
    assert world.seen == []
    assert world.in_text(b"\n".join(world.said)) == []
    assert world.in_files(world.folder) == []
    if world.db.startswith("postgresql"):
        dump = subprocess.run(["pg_dump", world.db.replace("+psycopg", "")], capture_output=True, check=True).stdout
        (world.folder / "dump.sql").write_bytes(dump)
        assert b"credential_secret" in dump
        assert world.in_files(world.folder) == []
        assert world.in_files(postgres_server.home) == []
    # What is searched for is found where it is.
    (world.folder / "planted").write_bytes(b"abc" + base64.b64encode(b"=" + WORDS["token"].encode() + b"\n"))
    assert world.in_files(world.folder) == [str(world.folder / "planted")]
    assert world.in_text(ssh_lab.key_file.read_bytes()) != []


def test_write_key_makes_what_is_searched_for(tmp_path: Path) -> None:
    write_key(tmp_path / "key")
    assert len([line for line in (tmp_path / "key").read_text().splitlines() if len(line) >= 16]) >= 5

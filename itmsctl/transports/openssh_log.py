"""What the log of `ssh` tells of one attempt to connect, and the error that it comes to.

A peer may put words into that log (a disconnect message has line breaks), so it only explains. What is decided, ssh
decides by the pins that it was given, and the control socket proves that a login was done.
"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass

from itmsctl.errors import ItmsError, PrivateKeyError, UnreachableError
from itmsctl.transports import dial, refusals
from itmsctl.transports.endpoint import Credentials, Endpoint, HostKeyPolicy, SeenHostKey
from itmsctl.transports.failures import shown
from itmsctl.transports.host_keys import changed, judge_seen

READY = b"\ndebug1: Entering interactive session."
BANNER_HEARD = b"\ndebug1: Remote protocol version "
_BANNER_LINE = r"^debug1: (?:kex|ssh)_exchange_identification: banner line \d+: (.*?)\r?$"
_DISCONNECT = r"^Received disconnect from \S+ port \d+:\d+: (.*?)\r?$"
# How ssh says that a peer is gone; before the exchange of versions is through, it says where it was.
_ENDED = (
    r"^(?:debug1: )?(?:(?:kex|ssh)_exchange_identification: (?:read: |write: )?|banner exchange: .*: )?"
    r"Connection (?:closed|reset)\b|^(?:debug1: )?(?:kex|ssh)_exchange_identification: write: Broken pipe"
    r"|^(?:debug1: |ssh: )?connect to .*: Connection reset by peer"
    r"|^ssh_dispatch_run_fatal: Connection to .*: (?:Broken pipe|Connection reset by peer)"
)
_KINDS = {"MAC": "mac", "key exchange method": "kex algorithm", "host key type": "host key"}
_CODES = {os.strerror(code): code for code in sorted(errno.errorcode)} | {"Connection timed out": errno.ETIMEDOUT}
_NOISE = ("debug1:", "Transferred:", "Bytes per second:", "Warning: Permanently added", "Authenticated to")


@dataclass(frozen=True, slots=True)
class Story:
    """The log of one attempt, and what came on standard error: banners of the server, words of a jump host's ssh."""

    log: str
    said: str = ""

    def find(self, pattern: str) -> tuple[str, ...]:
        """Return the groups of the first line that begins as the pattern says; empty texts where there is none."""
        found = re.search(pattern, self.log, re.MULTILINE)
        return tuple(text or "" for text in found.groups()) if found else ("",) * re.compile(pattern).groups

    def has(self, pattern: str) -> bool:
        """Return whether a line begins as the pattern says."""
        return re.search(pattern, self.log, re.MULTILINE) is not None

    @property
    def user(self) -> str:
        """Return the user that was logged in as."""
        return self.find(r"^debug1: Authenticating to .* as '([^'\r\n]*)'")[0]

    @property
    def address(self) -> str:
        """Return where the connection went; empty through a proxy."""
        return self.find(r"^Authenticated to \S+ \(\[([^]\r\n]+)\]:\d+\)")[0]

    @property
    def method(self) -> str:
        """Return how the login was done."""
        method = self.find(r'^Authenticated to .* using "([^"\r\n]*)"')[0]
        accepted = re.findall(r"^debug1: Server accepts key: .* (\S+) SHA256:", self.log, re.MULTILINE)
        return f"{method} {accepted[-1]}" if method == "publickey" and accepted else method

    @property
    def key(self) -> SeenHostKey | None:
        """Return the host key that was shown first; its blob stays unknown."""
        kind, print_ = self.find(r"^debug1: Server host key: (\S+) (SHA256:\S+)")
        return SeenHostKey(kind, print_, b"") if print_ else None

    @property
    def algorithms(self) -> tuple[tuple[str, str], ...]:
        """Return what was agreed."""
        cipher, mac = self.find(r"^debug1: kex: client->server cipher: (\S+) MAC: (\S+)")
        return (
            ("kex", self.find(r"^debug1: kex: algorithm: (\S+)")[0]),
            ("host_key", self.find(r"^debug1: kex: host key algorithm: (\S+)")[0]),
            ("cipher", cipher),
            ("mac", "" if mac == "<implicit>" else mac),
        )

    @property
    def strict_kex(self) -> bool | None:
        """Return whether sequence numbers were reset; None where this ssh does not say."""
        return True if self.has(r"^debug1: .*resetting (send|read) seqnr") else None

    def last_words(self) -> str:
        """Return the last thing that is not a detail; a jump host's words come first, being the cause."""
        for text in (self.said, self.log):
            lines = [line.strip() for line in text.splitlines()]
            if plain := [line for line in lines if line and not line.startswith(_NOISE)]:
                return plain[-1]
        return ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that failed: to whom, by which address and which proxy, and whether its time was up."""

    endpoint: Endpoint
    credentials: Credentials
    policy: HostKeyPolicy
    host: str
    proxy: str
    late: bool
    seconds: float

    @property
    def proxied(self) -> bool:
        """Return whether another program or computer made the connection."""
        return bool(self.proxy)

    def error(self, story: Story) -> ItmsError:
        """Return the reason: the first of these that the log speaks of."""
        return (
            self._identity(story)
            or self._algorithm(story)
            or self._login(story)
            or self._busy(story)
            or self._way(story)
            or self._protocol(story)
            or refusals.cut_off(self.endpoint, story.last_words())
        )

    def _identity(self, story: Story) -> ItmsError | None:
        if not story.has(r"^Host key verification failed\.") or story.key is None:
            return None
        try:
            judge_seen(self.endpoint, self.policy, story.key)
        except ItmsError as error:
            return error
        return changed(self.endpoint, "seen=another key of that name, or a certificate")

    def _algorithm(self, story: Story) -> ItmsError | None:
        (what,) = story.find(r"^Unable to negotiate with .*: no matching ([A-Za-z ]+) found")
        if not what:
            return None
        (offer,) = story.find(r"^Unable to negotiate with .* found\. Their offer: (\S+)")
        names = tuple(filter(None, offer.split(",")))
        return refusals.incompatible(self.endpoint, _KINDS.get(what, what), _version(story), names)

    def _login(self, story: Story) -> ItmsError | None:
        (allowed,) = story.find(r"^\S+: Permission denied \(([^)\r\n]*)\)")
        farewell = self._farewell(story)
        if not allowed and farewell is None:
            return None
        for path in self.credentials.key_files:
            (why,) = story.find(rf'^Load key "{re.escape(str(path))}": (.*)$')
            if why:
                return PrivateKeyError(f"the private key {path} cannot be used", why=shown(why))
        offered = re.findall(r"^debug1: Offering public key: .* (\S+ SHA256:\S+)", story.log, re.MULTILINE)
        tried = "refused: " + "; ".join(dict.fromkeys(offered)) if offered else "ssh had no key to offer"
        more = f"; the server allows {allowed}" if allowed else "; the server hung up"
        user, why = story.user or self.endpoint.user, shown(tried + more, 400)
        return refusals.login_refused(self.endpoint, user, why, farewell or "", _plain(story.said))

    def _farewell(self, story: Story) -> str | None:
        """Return the words with which a server hung up in the middle of a login; None where it did not."""
        (words,) = story.find(_DISCONNECT)
        if not story.has(r"^debug1: SSH2_MSG_SERVICE_ACCEPT received"):
            return words if "authentication failures" in words else None
        if words:
            return words
        return "" if story.has(r"^Connection closed by") and _plain(story.said) else None

    def _busy(self, story: Story) -> ItmsError | None:
        """Return that the server, or a jump host before it, ended it all before keys were offered."""
        (farewell,) = story.find(_DISCONNECT)
        if farewell and not self.proxied:
            return refusals.dismissed(self.endpoint, farewell)
        if self.late or story.has(r"^debug1: SSH2_MSG_KEXINIT received"):
            return None
        (line,) = story.find(_BANNER_LINE)
        if line:
            return refusals.busy(self.endpoint, line) if refusals.says_busy(line) else None
        if not story.has(_ENDED):
            return None
        if story.has(r"^debug1: Remote protocol version (2\.0|1\.99),"):
            return refusals.busy(self.endpoint, f"SSH-2.0-{_version(story)}")
        if not self.proxied:
            return refusals.busy(self.endpoint)
        # What the proxy says besides tells that it got further than that, or not even there.
        words = [line for line in story.said.splitlines() if line.strip() and not line.startswith(_NOISE)]
        if all(re.match(_ENDED, line) or refusals.says_busy(line) for line in words):
            return refusals.busy(self.endpoint, through=self.proxy)
        return None

    def _way(self, story: Story) -> ItmsError | None:
        where = f"{shown(self.endpoint.name)} at {shown(dial.pair(self.host, self.endpoint.port))}"
        name, why = story.find(r"^(?:ssh: )?Could not resolve hostname (\S+): (.*)$")
        if name:
            return dial.unresolvable(self.endpoint, name, why)
        if not story.has(r"^debug1: Connection established\.") and not self.proxied:
            found = re.findall(r"connect to (?:host|address) \S+ port \d+: (.*?)\r?$", story.log, re.MULTILINE)
            if found:
                return dial.connect_error(where, OSError(_CODES.get(found[-1], 0), found[-1]))
            if self.late and story.has(r"^debug1: Connecting to "):
                return dial.no_answer(where, self.seconds)
            if self.late:
                return dial.unresolvable(self.endpoint, self.host, "the name server did not answer in time")
        if self.proxied and not _heard(story):
            if self.late:
                return dial.no_answer(f"{where}, by way of ssh_config's proxy,", self.seconds)
            return UnreachableError(
                f"{where} cannot be reached by way of ssh_config's proxy",
                why=shown(story.last_words()),
                hint=f"ssh -v {shown(self.endpoint.name)} shows where it ends",
            )
        return None

    def _protocol(self, story: Story) -> ItmsError | None:
        version = story.find(r"^debug1: Remote protocol version (\S+),")[0]
        agreed = story.has(r"^debug1: SSH2_MSG_KEXINIT received")
        if self.late and not _heard(story):
            return refusals.silent(self.endpoint)
        if self.late:
            if agreed:
                return refusals.login_too_slow(self.endpoint)
            if version == "2.0" or version == "1.99":
                return refusals.stalled(self.endpoint)
        if not agreed and (_heard(story) or story.has(r".*(invalid format|contains invalid characters|too long)")):
            return refusals.not_ssh(self.endpoint, _heard(story) or story.last_words())
        return None


def _plain(said: str) -> str:
    """Return the words of a server without those of ssh itself."""
    lines = (line.strip() for line in said.splitlines())
    return " ".join(line for line in lines if line and not line.startswith(_NOISE))


def _version(story: Story) -> str:
    return story.find(r"^debug1: Remote protocol version \S+, remote software version (.*?)\r?$")[0]


def _heard(story: Story) -> str:
    """Return what the peer said before any key exchange."""
    (line,) = story.find(_BANNER_LINE)
    if line:
        return line
    return f"SSH {_version(story)}" if story.has(r"^debug1: Remote protocol version ") else ""


def lost(story: Story) -> str:
    """Return why a link that stood is gone."""
    words = story.last_words()
    return shown(words) if words else "it was closed"

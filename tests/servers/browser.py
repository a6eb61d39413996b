"""Headless Chromium, driven over a pair of pipes by its own protocol: what a page loads, says, draws and prints."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers import missing

FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-sandbox",  # root may not have one
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PATIENCE_S = 60


class Page:
    """One page of a browser, with all that it said and asked for."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser = browser
        self.session = session

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the page; raises AssertionError for a refusal."""
        return self.browser.ask(method, self.session, **parameters)

    def open(self, path: Path, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        """Open a file at a width, and wait until it is there."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.ask(f"{domain}.enable")
        self.browser.events.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        self.browser.wait_for("Page.loadEventFired")

    def value(self, expression: str) -> Any:
        """Return what an expression is in the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def complaints(self) -> list[str]:
        """Return what the page complained of: console, log, exceptions, issues such as a refused resource."""
        loud = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Audits.issueAdded")
        return [json.dumps(event) for event in self.browser.events if event["method"] in loud]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        asked = [event for event in self.browser.events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in asked]

    def screenshot(self, path: Path) -> None:
        """Store a picture of the whole page."""
        found = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))

    def pdf(self) -> bytes:
        """Return the page as it prints."""
        found = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(found["data"])


class Browser:
    """A browser of its own, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium") or missing("browser", "no chromium")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # It reads commands from 3 and writes answers to 4; a shell puts them there.
        script = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        command = [
            "/bin/bash",
            "-c",
            script,
            "browser",
            str(program),
            *FLAGS,
            f"--user-data-dir={folder}",
            "about:blank",
        ]
        self._errors = (folder / "errors").open("wb")
        self._process = subprocess.Popen(
            command, pass_fds=(to_browser, from_browser), stdout=self._errors, stderr=self._errors, cwd=folder
        )
        os.close(to_browser)
        os.close(from_browser)
        self._rest = b""
        self._serial = 0
        self.events: list[dict[str, Any]] = []

    def page(self) -> Page:
        """Open an empty page."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session)

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask, and wait for the answer; what happens meanwhile is kept in `events`."""
        self._serial += 1
        asked: dict[str, Any] = {"id": self._serial, "method": method, "params": parameters}
        if session is not None:
            asked["sessionId"] = session
        os.write(self._out, json.dumps(asked).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._serial:
                assert "error" not in found, (method, found)
                result: dict[str, Any] = found["result"]
                return result
            self.events.append(found)

    def wait_for(self, method: str) -> None:
        """Wait until something has happened."""
        while not any(event["method"] == method for event in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            part = os.read(self._in, 1 << 20) if ready else b""
            assert part, "the browser says nothing"
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._out)  # it ends when nobody commands it
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        self._errors.close()

"""Firefox's own automation: Marionette, which is JSON over a socket, as far as these tests need it.

Debian's Firefox needs nothing else: no driver program, no package. Scripts run in the page or, with all rights, in the browser itself.
"""

import base64
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

PREFERENCES = {
    "marionette.port": 0,
    "app.normandy.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}


class MarionetteError(Exception):
    """What the browser said of a command that it could not carry out."""


class Firefox:
    """A running Firefox."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._heard = b""
        self._number = 0
        self._receive()  # its greeting
        self.ask("WebDriver:NewSession")

    def ask(self, command: str, **parameters: Any) -> Any:
        """Carry out one command. Raises MarionetteError."""
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        if error:
            raise MarionetteError(f"{command}: {error['message']}")
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    def in_browser(self, script: str, *arguments: Any) -> Any:
        """Run the body of an asynchronous function with all rights, in the browser's own window."""
        self.ask("Marionette:SetContext", value="chrome")
        try:
            return self._run(script, arguments, "system")
        finally:
            self.ask("Marionette:SetContext", value="content")

    def in_page(self, script: str, *arguments: Any) -> Any:
        """Run it in the page of the tab."""
        return self._run(script, arguments, "default")

    def _run(self, script: str, arguments: tuple[Any, ...], sandbox: str) -> Any:
        end = "(value) => arguments[arguments.length - 1]([value]), (error) => arguments[arguments.length - 1](String(error))"
        body = f"(async (...given) => {{ {script} }})(...arguments).then({end});"
        told = self.ask("WebDriver:ExecuteAsyncScript", script=body, args=list(arguments), sandbox=sandbox, scriptTimeout=60_000)
        if not isinstance(told, list):
            raise MarionetteError(told)
        return told[0]

    def find(self, selector: str) -> dict[str, str]:
        """An element of the page."""
        element: dict[str, str] = self.ask("WebDriver:FindElement", using="css selector", value=selector)
        return element

    def click(self, selector: str, button: int = 0) -> None:
        """Press a button of the mouse in the middle of an element."""
        at = [{"type": "pointerMove", "x": 0, "y": 0, "origin": self.find(selector)}]
        press = [{"type": "pointerDown", "button": button}, {"type": "pointerUp", "button": button}]
        self.ask("WebDriver:PerformActions", actions=[{"type": "pointer", "id": "mouse", "actions": [*at, *press]}])

    def picture(self, path: Path) -> None:
        """A picture of the whole browser window."""
        self.ask("Marionette:SetContext", value="chrome")
        path.write_bytes(base64.b64decode(self.ask("WebDriver:TakeScreenshot", full=False)))
        self.ask("Marionette:SetContext", value="content")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self) -> Any:
        while b":" not in self._heard:
            self._listen()
        size, _, self._heard = self._heard.partition(b":")
        while len(self._heard) < int(size):
            self._listen()
        message, self._heard = self._heard[: int(size)], self._heard[int(size) :]
        return json.loads(message)

    def _listen(self) -> None:
        heard = self._socket.recv(65536)
        if not heard:
            raise MarionetteError("Firefox has gone")
        self._heard += heard


@contextmanager
def firefox(executable: str) -> Iterator[Firefox]:
    """A Firefox with a fresh profile, ended afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (Path(profile) / "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [executable, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile]
        environment = {**os.environ, "HOME": profile}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                with closing(Firefox(port_of(Path(profile) / "MarionetteActivePort"))) as opened:
                    yield opened
            finally:
                process.terminate()


def port_of(told: Path, seconds: float = 60) -> int:
    """Where it listens, once it does."""
    deadline = time.monotonic() + seconds
    while not (told.is_file() and told.read_text().strip()):
        if time.monotonic() > deadline:
            raise MarionetteError("Firefox does not listen")
        time.sleep(0.1)
    return int(told.read_text())

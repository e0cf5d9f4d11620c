"""A folder on a real web server of this machine."""

import functools
import http.server
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.web.loopback_server import listening


@dataclass(frozen=True)
class Web:
    """A loopback web server over a folder."""

    url: str
    folder: Path

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``."""
        return self.url.removeprefix("http://")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without writing to the terminal; those whose names begin with "slow" within a few seconds, others at once."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """The body."""
        if not self.path.startswith("/slow"):
            return super().copyfile(source, outputfile)
        with suppress(OSError):  # whoever asked has heard enough
            while piece := source.read(8192):
                outputfile.write(piece)
                time.sleep(0.15)

    def end_headers(self) -> None:
        """No browser keeps a page: the next test writes another under the same name, often within the second that dates tell apart."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def serving_folder(folder: Path) -> Iterator[Web]:
    """The folder, for as long as it is served."""
    with listening(functools.partial(QuietHandler, directory=folder)) as port:
        yield Web(f"http://127.0.0.1:{port}", folder)

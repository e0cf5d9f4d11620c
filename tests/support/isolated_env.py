"""An environment of its own for what is to be served: its files, the packages that it names, and nothing else of this machine's Python.

The packages are links to those installed here, so that building it takes seconds and no network; what is not named cannot be imported.
Every address that the processes in it connect to or look up is written down.
"""

import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from space.deploy.layout import Sent

STANDS_FOR = {"opencv-python": "opencv-python-headless"}
"""A Space has the build with a screen, this machine the other; both are cv2."""
WATCH = """
import os, sys
def noted(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        where = arguments[1] if event == "socket.connect" else arguments[:2]
        with open({log!r}, "a") as log:
            log.write(f"{{event}} {{where}}\\n")
sys.addaudithook(noted)
"""


@dataclass(frozen=True)
class Alone:
    """Where the files lie, the Python that knows only what was named, and where connections are written down."""

    folder: Path
    python: Path
    connections: Path

    def environment(self, **own: str) -> dict[str, str]:
        """Of a process in it."""
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        return {"PATH": os.defpath, "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home)} | own


def built(place: Path, files: list[Sent]) -> Alone:
    """Write the files below ``place``, and make a Python that has what their requirements.txt names."""
    for file in files:
        path = place / "space" / file.place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "venv")], check=True)
    site = next((place / "venv" / "lib").glob("python*/site-packages"))
    for name in named(place / "space" / "requirements.txt"):
        link(STANDS_FOR.get(name, name), site)
    log = place / "connections"
    (site / "sitecustomize.py").write_text(WATCH.format(log=str(log)))
    return Alone(place / "space", place / "venv" / "bin" / "python", log)


def named(requirements: Path) -> list[str]:
    """The packages that count on this machine."""
    lines = [Requirement(line) for line in requirements.read_text().splitlines() if line and not line.startswith("#")]
    return [line.name for line in lines if line.marker is None or line.marker.evaluate()]


def link(name: str, site: Path) -> None:
    """One installed package into ``site``, by its topmost files and folders. A folder that two packages share is theirs both."""
    for file in importlib.metadata.files(name) or []:
        top = file.parts[0]
        if top not in ("..", "__pycache__") and not (site / top).exists():
            (site / top).symlink_to(Path(str(file.locate())).parents[len(file.parts) - 1] / top)

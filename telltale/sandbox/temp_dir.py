"""A folder that goes with the process that made it, however that process ends, SIGKILL included.

A shell in a session of its own waits at a pipe whose other end only this process holds; when that falls shut it removes the folder. Not
here: ending the processes that write in it (``telltale/fetch/fetch.py``); a machine that goes down, which takes the shell with it.

    with temporary_folder(Path("/tmp"), "telltale-") as folder:
        (folder / "clip.mp4").write_bytes(…)
"""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AT_THE_END = 'read -r _; for _ in 1 2 3 4 5 6 7 8; do rm -rf -- "$0" && exit; sleep 0.1; done'
"""Tried again: whoever writes in the folder may take a moment longer to end than the process that is watched."""


@contextmanager
def temporary_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder below ``parent`` that nobody else may look into; it is gone afterwards."""
    folder = parent.resolve() / f"{prefix}{secrets.token_hex(8)}"
    guardian = subprocess.Popen(
        ["/bin/sh", "-c", AT_THE_END, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    try:
        folder.mkdir(mode=0o700)  # only now that there is somebody to remove it
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
    finally:
        guardian.kill()  # not told to end by the pipe, which a process that was forked meanwhile may hold open too
        guardian.communicate()

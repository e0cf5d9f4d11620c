"""A PostgreSQL of its own for a measurement or a test: a fresh cluster in a temporary folder, on a free port of this machine.

Needs PostgreSQL's programs (Debian: apt-get install postgresql). They refuse to run as root, so root hands them to the user ``postgres``.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.server.server_process import free_port


def programs() -> Path | None:
    """Where ``initdb`` and ``postgres`` are, if they are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


@contextmanager
def postgres() -> Iterator[str]:
    """A running server's address, with an empty database. Raises FileNotFoundError where PostgreSQL is not installed."""
    bin = programs()
    if bin is None:
        raise FileNotFoundError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="telltale-postgres-") as name:
        folder = Path(name)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        given: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **who}
        subprocess.run([bin / "initdb", "-D", folder / "data", "-U", "telltale", "-A", "trust", "-E", "UTF8", "-N"], check=True, **given)
        options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off"]  # no machine loses its power here
        server = subprocess.Popen([bin / "postgres", "-D", folder / "data", *options], start_new_session=True, **given)
        try:
            ready: list[Any] = [bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
            while subprocess.run(ready, **given).returncode:
                if server.poll() is not None:
                    raise ChildProcessError("PostgreSQL did not start")
            yield f"postgresql://telltale@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # ends its sessions too
            server.wait(30)

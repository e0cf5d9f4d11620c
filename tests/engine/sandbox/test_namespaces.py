"""telltale/sandbox/namespaces.py: the network of a process's own, tried from inside; and fetching where the system gives none.

See also: what is reached through the way out (``tests/engine/net/test_egress_proxy.py``, ``tests/security/test_hostile_urls.py``).
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import alive, until
from tests.support.web.web_server import Site, encoded, watching

ROOT = Path(__file__).parents[3]
MOVE = "import os, socket; from telltale.sandbox.namespaces import *; listener = own_network(); assert listener, 'not allowed'\n"


def allowed() -> bool:
    """Whether this system gives a process a network of its own."""
    return inside("").returncode == 0


def inside(program: str, move: str = MOVE) -> subprocess.CompletedProcess[str]:
    """Run a program in a network of its own."""
    return subprocess.run([sys.executable, "-c", move + program], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def apart() -> None:
    """Only where the system allows it."""
    if not allowed():
        pytest.skip("this system gives a process no network of its own (user namespaces)")


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("socket.create_connection(('127.0.0.1', PORT), 2)", "ConnectionRefusedError"),
        ("socket.create_connection(('::1', PORT), 2)", "ConnectionRefusedError"),
        ("socket.create_connection(('93.184.215.14', 80), 2)", "Network is unreachable"),
        ("socket.create_connection(('169.254.169.254', 80), 2)", "Network is unreachable"),
        ("socket.create_connection(('10.0.0.1', 80), 2)", "Network is unreachable"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('10.0.0.1', 53))", "Network is unreachable"),
        ("socket.socket(socket.AF_UNIX).connect('\\0telltale-test')", "ConnectionRefusedError"),
        ("os.execvp('bash', ['bash', '-c', 'echo x > /dev/tcp/127.0.0.1/PORT'])", "Connection refused"),
        ("socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "PermissionError"),
        ("call_libc('unshare', 0x40000000)", "PermissionError"),
        ("os.execvp('ip', ['ip', 'link', 'add', 'x', 'type', 'dummy'])", "not permitted"),
        ("os.execvp('ip', ['ip', 'link', 'set', 'lo', 'down'])", "not permitted"),
    ],
)
def test_nobody_is_there(program: str, error: str) -> None:
    """Whatever dials, Python or not; and the rights over the new network are gone."""
    with watching() as canary:
        program = program.replace("PORT", str(canary.port))
        done = inside(program)
        assert done.returncode != 0 and error in done.stderr, done.stderr
        assert canary.connects == 0
        if "127.0.0.1" in program:  # the control: without it the same program does reach the canary
            inside(program, "import os, socket\n")
            assert canary.connects == 1


@pytest.mark.usefixtures("apart")
def test_what_listens_inside_is_reached_from_inside_only() -> None:
    done = inside("port = listener.getsockname()[1]; socket.create_connection(('127.0.0.1', port), 2); listener.accept()")
    assert done.returncode == 0, done.stderr
    held = "print(listener.getsockname()[1], flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", MOVE + held], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin and other.stdout
        port = int(other.stdout.readline())
        assert "ConnectionRefusedError" in inside(f"socket.create_connection(('127.0.0.1', {port}), 2)", "import socket\n").stderr
        other.stdin.close()


def test_the_kernel_ends_it_with_its_parent() -> None:
    """The signal holds also after the rights were given up, which is when the kernel forgets earlier ones."""
    own = "listener = own_network()\n" if allowed() else ""
    until_killed = "end_with_parent(os.getppid()); print(os.getpid(), flush=True); time.sleep(60)"
    inner = f"import os, time; from telltale.sandbox.namespaces import *\n{own}{until_killed}"
    start = f"p = subprocess.Popen([sys.executable, '-c', {inner!r}], stdout=subprocess.PIPE)"
    outer = f"import os, subprocess, sys; {start}; print(int(p.stdout.readline()), flush=True); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", outer], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    until(lambda: not alive(int(done.stdout)), 2, "the end of the process")


def test_where_the_system_allows_no_other_network(site: Site, tmp_path: Path) -> None:
    """A real refusal: in a user namespace in which no further one may be made, the child says so and fetches all the same."""
    site.file("/clip.mp4", encoded(tmp_path / "clip.mp4"))
    program = (
        "import logging, sys; logging.basicConfig(level='INFO'); from pathlib import Path; from telltale.fetch.fetch import *\n"
        f"fetch({site.url + '/clip.mp4'!r}, Path({str(tmp_path / 'job')!r}), limits=FetchLimits(allow_hosts=frozenset({{{site.host!r}}})))"
    )
    closed = ["unshare", "--user", "--map-root-user", "sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"]
    if not allowed():
        closed = []
    done = subprocess.run([*closed, sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "shares this network" in done.stderr, done.stderr
    assert [path.name for path in (tmp_path / "job").iterdir()] == ["download"]

"""telltale/sandbox/restrictions.py: the walls, tried from inside in a process of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.web.web_server import serving, watching

BUILD = """
import os, socket, subprocess, sys
from pathlib import Path
from telltale.sandbox.restrictions import Meter, install_audit_hook, set_rlimits
install_audit_hook(Path(sys.argv[1]), sys.argv[2], lambda: os._exit(7))
"""
REFUSED, FORBIDDEN = 7, 1


def inside(folder: Path, program: str, proxy: str = "http://127.0.0.1:9", *more: str) -> subprocess.CompletedProcess[str]:
    """Run a program behind the walls."""
    return subprocess.run([sys.executable, "-c", BUILD + program, str(folder), proxy, *more], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "program",
    [
        *("socket.create_connection(('127.0.0.1', PORT), 2)", "socket.create_connection(('localhost', PORT), 2)"),
        *("socket.create_connection(('127.1', PORT), 2)", "socket.socket().connect_ex(('127.0.0.1', PORT))"),
        "socket.socket().connect(('localhost', PORT))",
        "import _socket; _socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect(('127.0.0.1', PORT))",
        "socket.socket(socket.AF_INET6).connect(('::ffff:127.0.0.1', PORT))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', PORT))",
        *("socket.socket(socket.AF_UNIX).connect('/run/docker.sock')", "socket.socket().connect(('93.184.215.14', 80))"),
        *("socket.getaddrinfo('example.com', 80)", "import _socket; _socket.getaddrinfo('example.com', 80)"),
        *("socket.gethostbyname('localhost')", "socket.gethostbyaddr('127.0.0.1')", "socket.getnameinfo(('127.0.0.1', PORT), 0)"),
        "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', PORT))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:PORT/')",
    ],
)
def test_no_way_to_this_machine_or_to_any_other(program: str, tmp_path: Path) -> None:
    with watching() as canary:
        assert inside(tmp_path, program.replace("PORT", str(canary.port))).returncode == REFUSED
        assert canary.connects == 0


def test_the_one_way_out_is_dialled(tmp_path: Path) -> None:
    with watching() as canary:
        done = inside(tmp_path, f"socket.create_connection(('127.0.0.1', {canary.port}), 2)", f"http://127.0.0.1:{canary.port}")
        assert done.returncode == 0, done.stderr
        assert canary.connects == 1


@pytest.mark.parametrize(
    "program",
    [
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
    ],
)
def test_no_program_is_started(program: str, tmp_path: Path) -> None:
    done = inside(tmp_path, program)
    assert done.returncode == FORBIDDEN and "starts no program" in done.stderr


@pytest.mark.parametrize("program", ["open('OUT', 'w')", "os.open('OUT', os.O_CREAT | os.O_RDWR)", "Path('OUT').write_text('x')"])
def test_nothing_is_written_elsewhere(program: str, tmp_path: Path) -> None:
    folder, outside = tmp_path / "job", tmp_path / "outside"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    for target in (outside, folder / ".." / "outside", folder / "link"):
        done = inside(folder, program.replace("OUT", str(target)))
        assert done.returncode == FORBIDDEN and "its own folder only" in done.stderr
    assert inside(folder, program.replace("OUT", str(folder / "inside"))).returncode == 0
    assert not outside.exists() and (folder / "inside").exists()


def test_bounds_hold(tmp_path: Path) -> None:
    large = inside(tmp_path, f"set_rlimits(1000, 10)\nopen({str(tmp_path / 'x')!r}, 'wb').write(b'x' * 4_000_000)")
    assert large.returncode == FORBIDDEN and "File too large" in large.stderr
    hungry = inside(tmp_path, "set_rlimits(1000, 10)\nbytearray(3 * 2**30)")
    assert hungry.returncode == FORBIDDEN and "MemoryError" in hungry.stderr


def test_meter_ends_what_pours_in(tmp_path: Path) -> None:
    read = "Meter(ALLOWED, lambda: os._exit(8)).install()\nimport urllib.request; urllib.request.urlopen('URL').read(100_000)"
    with serving() as site:
        program = read.replace("URL", f"{site.url}/endless.mp4")
        assert inside(tmp_path, program.replace("ALLOWED", "50_000"), site.url).returncode == 8
        assert inside(tmp_path, program.replace("ALLOWED", "1_000_000"), site.url).returncode == 0

"""The list of hostile addresses, played through the real door: stub servers, stub resolvers, and canaries that count who comes.

A program of its own, for it may run in a network namespace in which every address is this machine's, so that the canaries listen
everywhere; where no such namespace is allowed they listen on loopback alone. See also: judging what came of a row
(``hostile_outcomes.py``); rows that are refused for their words alone (``tests/security/test_hostile_urls.py``).

    unshare --user --map-root-user --net python -m tests.support.web.hostile_urls --everywhere [--runs 3] [--flips 200]
        [--off] [--beside] [--json]
"""

import argparse
import itertools
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from telltale.core.errors import TelltaleError
from telltale.fetch.fetch import Fetched, fetch
from telltale.net.egress_proxy import Dial
from telltale.net.ip_ranges import Ip
from telltale.net.url_policy import PublicUrl
from tests.support.processes import belonging
from tests.support.web.hostile_outcomes import LIMITS, Came, wrong
from tests.support.web.stub_servers import HLS, M3U8, PUBLIC, Row, put, resolver, rows
from tests.support.web.web_server import SECRET, Site, encoded, serving

PORTS = (80, 443, 8802)
"""Where the canaries sit: the rows name no other."""
SIDE_BY_SIDE = 4
WAITING = ("u119", "u157")
"""Rows in which nothing happens for long; they wait beside the others."""


@dataclass(frozen=True)
class Told:
    """What a whole run tells: its rows, what is wrong with them, the connections that the canaries saw, by address, the processes that
    were left 2 s later, how many children had a network of their own, and whether a secret is in the log.
    """

    everywhere: bool
    rows: tuple[Came, ...]
    wrong: tuple[str, ...]
    hits: tuple[str, ...]
    processes: int
    apart: int
    log_leaked: bool


class Canaries:
    """Listen wherever they can; everybody who connects is written down and answered with a secret."""

    def __init__(self, everywhere: bool) -> None:
        self.hits: list[str] = []
        self._listeners = []
        for host, port in itertools.product(["::"] if everywhere else ["127.0.0.1", "::1"], PORTS):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with suppress(PermissionError):  # ports below 1024, where they are only root's
                self._listeners.append(socket.create_server((host, port), family=family, dualstack_ipv6=everywhere))
        for listener in self._listeners:
            threading.Thread(target=self._watch, args=(listener,), daemon=True).start()

    def _watch(self, listener: socket.socket) -> None:
        while True:
            try:
                caller = listener.accept()[0]
            except OSError:  # closed
                return
            with caller, suppress(OSError):
                self.hits.append("{}:{}".format(*caller.getsockname()[:2]))
                caller.settimeout(2)
                caller.recv(4096)
                caller.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + SECRET.encode())

    def close(self) -> None:
        """Listen no more."""
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@contextmanager
def switched_off() -> Iterator[None]:
    """No address is refused: what is asked for is dialled, in any spelling that the system reads."""

    def checked(url: str, *_: object) -> PublicUrl:
        return PublicUrl(url, "", 0)

    def ips(host: str, port: int, rules: object, resolve: Callable[[str, int], list[str]]) -> list[str]:
        with suppress(OSError):
            return [socket.inet_ntoa(socket.inet_aton(host))]
        return [host] if ":" in host else resolve(host, port)

    def parts(authority: str, usual: int) -> tuple[str, int]:
        host, colon, port = authority.rpartition(":")
        named = host if colon and port.isdigit() else authority
        return named.strip("[]"), int(port) if colon and port.isdigit() else usual

    class Plain(str):
        version = 4

    with (
        patch("telltale.fetch.fetch.require_public_url", checked),
        patch("telltale.net.egress_proxy.ips_to_dial", lambda *a: [Plain(ip) for ip in ips(*a)]),
        patch("telltale.net.egress_proxy.host_and_port", parts),
    ):
        yield


class Metered(socket.socket):
    """Counts what is read from it."""

    count: Callable[[int], None]

    def recv(self, *given: Any) -> bytes:
        """What came, counted."""
        heard = super().recv(*given)
        self.count(len(heard))
        return heard


def play(row: Row, folder: Path, site: Site, dial: Dial, apart: bool) -> Came:
    """One row, through ``fetch``."""
    result: Fetched | None = None
    code, words, read, answers = None, "", [0], list[str]()

    def dialled(ip: Ip, port: int) -> socket.socket:
        line = Metered(fileno=dial(ip, port).detach())
        line.count = lambda size: read.append(size)
        return line

    started = time.monotonic()
    try:
        result = fetch(row["url"], folder, limits=LIMITS, resolve=resolver(row, answers), dial=dialled, apart=apart)
        words = str(replace(result, path=Path()))
    except TelltaleError as failure:
        code, words = failure.code, str(failure) + failure.sentence
    seconds = time.monotonic() - started
    paths = {"/" + row["url"].split("/", 3)[3], "/c"}
    asked = tuple((sent["Host"], path, tuple(name.lower() for name in sent)) for path, sent in list(site.asked) if path in paths)
    files = tuple(str(path.relative_to(folder)) for path in folder.rglob("*"))
    left, title = len(belonging(folder)), result.title if result else None
    return Came(row["id"], code, seconds, sum(read), title, tuple(answers), asked, files, left, SECRET in words)


def temptations(home: Path) -> None:
    """A home with passwords and settings that nothing may use."""
    (home / ".config" / "yt-dlp").mkdir(parents=True)
    (home / ".netrc").write_text("machine pub.test login me password mine\ndefault login me password mine\n")
    (home / ".netrc").chmod(0o600)
    (home / ".config" / "yt-dlp" / "config").write_text("--netrc --add-header Authorization:mine --add-header Cookie:mine\n")
    os.environ |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "NETRC": str(home / ".netrc"), "TMPDIR": str(home)}


class Listening(logging.Handler):
    """Keeps every line of the log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(self.format(record))


def run(everywhere: bool, runs: int, flips: int, off: bool, apart: bool) -> Told:
    """All stub rows, ``runs`` times, and the flipping resolver's as often as is asked for; with the guard off some literal rows too."""
    with ExitStack() as held, tempfile.TemporaryDirectory() as name:
        heard = Listening()
        logging.basicConfig(level=logging.DEBUG, handlers=[heard])
        site = held.enter_context(serving("127.0.0.1"))
        clip = encoded(Path(name) / "clip.mp4")
        segment = encoded(Path(name) / "0.ts")
        for number in range(6):
            site.file(f"/{number}.ts", segment, "video/mp2t")
        site.file("/v.mp4", clip)
        site.page("/x.m3u8", HLS.format("", "\n#EXTINF:1,\n".join(f"{number}.ts" for number in range(6))), M3U8)
        temptations(Path(name) / "home")
        canaries = Canaries(everywhere)
        held.callback(canaries.close)

        def dial(ip: Ip, port: int) -> socket.socket:
            there = str(ip)
            if there == PUBLIC:
                return socket.create_connection((site.ip, site.port), timeout=5)
            if everywhere or there in ("127.0.0.1", "::1"):
                return socket.create_connection((there, port), timeout=5)
            raise OSError("nobody is disturbed outside this machine")

        stubs = rows("needs_stub_server", "needs_stub_resolver")
        for row in stubs:
            if "server" in row:
                put(site, row, clip)
        todo = stubs * runs + [row | {"id": f"u115-{n}"} for row in stubs if row["id"] == "u115" for n in range(flips)]
        if off:
            held.enter_context(switched_off())
            todo += [row for row in rows("refuse") if row["url"].startswith("http://") and row["code"] == "url.private_address"][:12]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as busy, ThreadPoolExecutor(2 * runs) as waiting:
            given = [
                (waiting if row["id"] in WAITING else busy).submit(play, row, Path(name) / "job" / str(number), site, dial, apart)
                for number, row in enumerate(todo)
            ]
            came = tuple(future.result() for future in given)
        time.sleep(2)
        errors = [] if off else [words for one, row in zip(came, todo, strict=True) for words in wrong(one, row)]
        log = "\n".join(heard.lines)
        networks = log.count("in a network of its own")
        left = belonging(Path(name) / "job")
        return Told(everywhere, came, tuple(errors), tuple(canaries.hits), len(left), networks, SECRET in log)


def main() -> None:
    """Play the list and print what came of it; the exit status tells whether all was well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--everywhere", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--flips", type=int, default=0)
    for name in ("--off", "--beside", "--json"):
        parser.add_argument(name, action="store_true")
    chosen = parser.parse_args()
    if chosen.everywhere:
        for words in ("link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"):
            subprocess.run(["ip", *words.split()], check=True, capture_output=True)
    started = time.monotonic()
    told = run(chosen.everywhere, chosen.runs, chosen.flips, chosen.off, not chosen.beside)
    if chosen.json:
        sys.stdout.write(json.dumps(asdict(told)))
        return
    then = Counter(row["then"] for row in rows("needs_stub_server", "needs_stub_resolver"))
    sys.stdout.write(
        f"{len(told.rows)} fetches in {time.monotonic() - started:.0f} s, {told.apart} of them started a child in a network of its own; "
        f"{sum(came.code is not None for came in told.rows)} refused\n"
        f"canary connects: {len(told.hits)}; processes left: {told.processes}; a secret in the log: {told.log_leaked}\n"
        f"rows by what was judged: {dict(then)}; not judged: none\nwrong: {len(told.wrong)}\n"
        + "".join(f"  {line}\n" for line in told.wrong)
    )
    raise SystemExit(bool(told.wrong or (told.hits and not chosen.off) or told.processes or told.log_leaked))


if __name__ == "__main__":
    main()

"""The list of hostile addresses, played through the real door: stub servers, stub resolvers, and canaries that count who comes.

A program of its own, for it may run in a network namespace in which every address is this machine's, so that the canaries listen
everywhere; where no such namespace is allowed they listen on loopback alone. It prints what came of every row. Not here: what is to come
of them (``test_hostile.py``).

    unshare --user --map-root-user --net python -m tests.hostile --everywhere [--runs 3] [--flips 200] [--off]
"""

import argparse
import gzip
import itertools
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from detector.address import Checked, system_resolve
from detector.errors import TelltaleError
from detector.fetch import Fetched, FetchLimits, fetch
from detector.guard import Dial
from detector.networks import Ip
from tests.site import SECRET, Handler, Site, children, encoded, serving

LIST = Path(__file__).parent.parent.parent / "shared" / "security" / "hostile_urls.jsonl"
PUBLIC = "93.184.215.14"
PORTS = (80, 443, 8802)
"""Where the canaries sit: the rows name no other."""
SIDE_BY_SIDE = 3
NEVER = 10_000_000
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n{0}#EXTINF:1,\n{1}\n#EXT-X-ENDLIST"
DASH = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" width="640" height="480" codecs="avc1.42c01e">
<BaseURL>{0}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>"""
M3U8 = "application/vnd.apple.mpegurl"

Row = dict[str, Any]


@dataclass(frozen=True)
class Came:
    """What came of one row: the code of its refusal or none, seconds, bytes, files left, what the site was told, a secret in the words."""

    id: str
    code: str | None
    seconds: float
    received: int
    left: tuple[str, ...]
    sent: str
    leaked: bool


@dataclass(frozen=True)
class Told:
    """What a whole run tells: its rows, the connections that the canaries saw, by address, and the processes that were left 2 s later."""

    everywhere: bool
    rows: tuple[Came, ...]
    hits: tuple[str, ...]
    processes: int


def rows(*kinds: str) -> list[Row]:
    """The rows of some kinds; none where the list is not here."""
    if not LIST.is_file():
        return []
    return [row for line in LIST.read_text(encoding="utf-8").splitlines() if (row := json.loads(line))["expect"] in kinds]


def endless_headers(handler: Handler) -> None:
    """Fields without end."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(NEVER):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"y" * 100))


def lying(handler: Handler) -> None:
    """More than the length that was told."""
    handler.send_response(200)
    handler.send_header("Content-Type", "video/mp4")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with suppress(OSError):
        for _ in range(NEVER):
            handler.wfile.write(b"x" * 65536)


def silent(handler: Handler) -> None:
    """Until the other side gives up."""
    handler.rfile.read(1)


def put(site: Site, row: Row, clip: bytes) -> None:
    """Let the site do at the row's path what the row says."""
    path, server = "/" + row["url"].split("/", 3)[3], row["server"]
    if "chain" in server:
        for here, there in itertools.pairwise([path, *server["chain"]]):
            site.redirect("/" + here.split("/", 3)[-1].lstrip("/"), there)
    elif "set_cookie" in server:
        site.answers[path] = (302, {"Location": server["location"], "Set-Cookie": f"{server['set_cookie']}; Path=/"}, b"")
        site.file("/c", clip)
    elif "location" in server:
        site.redirect(path, server["location"], server["status"])
    elif "html" in server:
        site.page(
            path, f"<html>{server['html']}<video src='http://pub.test/named'></video></html>" if "disposition" in server else server["html"]
        )
        named = f"attachment; filename={server.get('disposition')}"
        site.answers["/named"] = (200, {"Content-Type": "video/mp4", "Content-Disposition": named}, clip)
    elif "hls_segment" in server or "hls_map" in server or "hls_key" in server:
        extra = f'#EXT-X-KEY:METHOD=AES-128,URI="{server["hls_key"]}"\n' if "hls_key" in server else ""
        extra += f'#EXT-X-MAP:URI="{server["hls_map"]}"\n' if "hls_map" in server else ""
        site.page(path, HLS.format(extra, server.get("hls_segment", "0.ts")), M3U8)
    elif "hls_variant" in server:
        site.page(path, f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n{server['hls_variant']}", M3U8)
    elif "hls_live" in server:
        site.page(path, HLS.format("", "0.ts").removesuffix("#EXT-X-ENDLIST"), M3U8)
    elif "dash_baseurl" in server:
        site.page(path, DASH.format(server["dash_baseurl"]), "application/dash+xml")
    elif "rss_items" in server:
        items = "".join(f"<item><title>{n}</title><link>http://pub.test/{n}.mp4</link></item>" for n in range(server["rss_items"]))
        site.page(path, f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>', "application/rss+xml")
    elif "gzip_bomb_gb" in server:
        packed = gzip.compress(b"x" * 10_000_000) * 140
        site.answers[path] = (200, {"Content-Type": "video/mp4", "Content-Encoding": "gzip"}, packed)
    elif "status" in server:
        site.answers[path] = (server["status"], {"WWW-Authenticate": "Basic"}, SECRET.encode())
    else:
        site.acts[path] = {"content_length": lying, "hang": silent, "header_bytes": endless_headers}.get(
            next(iter(server)), lambda h: h.pour(65536, 0)
        )


def resolver(row: Row) -> Callable[[str, int], list[str]]:
    """Answers as the row says; all other names are public."""
    told, dice, turns = row.get("resolver", {}), random.Random(row["id"]), itertools.count()

    def resolve(host: str, port: int) -> list[str]:
        if told.get("CNAME"):
            if told["CNAME"] == host:
                raise OSError("a loop")
            return system_resolve(told["CNAME"], port)
        if "sequence" in told:
            return list(told["sequence"][min(next(turns), len(told["sequence"]) - 1)])
        if "random" in told:
            return [dice.choice(told["random"])]
        time.sleep(told.get("delay_s", 0))
        return told.get("A", []) + told.get("AAAA", []) or [PUBLIC]

    return resolve


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

    def checked(url: str, *_: object) -> Checked:
        return Checked(url, "", 0)

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
        patch("detector.fetch.refuse_unless_public", checked),
        patch("detector.guard.ips_to_dial", lambda *a: [Plain(ip) for ip in ips(*a)]),
        patch("detector.guard.host_and_port", parts),
    ):
        yield


def play(row: Row, folder: Path, site: Site, clip: bytes, dial: Dial) -> Came:
    """One row, through ``fetch``."""
    limits = FetchLimits(max_bytes=3_000_000, max_seconds=25)
    before, started = len(site.asked), time.monotonic()
    result: Fetched | None = None
    code, words = None, ""
    try:
        result = fetch(row["url"], folder, limits=limits, resolve=resolver(row), dial=dial)
    except TelltaleError as failure:
        code, words = failure.code, failure.sentence
    seconds = time.monotonic() - started
    left = tuple(str(path.relative_to(folder)) for path in folder.rglob("*"))
    return Came(row["id"], code, seconds, result.bytes_read if result else 0, left, str(site.asked[before:]), SECRET in words)


def run(everywhere: bool, runs: int, flips: int, off: bool) -> Told:
    """All stub rows, ``runs`` times, and the flipping resolver's as often as is asked for; with the guard off some literal rows too."""
    with ExitStack() as held, tempfile.TemporaryDirectory() as name:
        site = held.enter_context(serving("127.0.0.1"))
        clip = encoded(Path(name) / "clip.mp4")
        segment = encoded(Path(name) / "0.ts")
        for number in range(6):
            site.file(f"/{number}.ts", segment, "video/mp2t")
        site.file("/v.mp4", clip)
        site.page("/x.m3u8", HLS.format("", "\n#EXTINF:1,\n".join(f"{number}.ts" for number in range(6))), M3U8)
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
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            came = list(pool.map(lambda pair: play(pair[1], Path(name) / str(pair[0]), site, clip, dial), enumerate(todo)))
        time.sleep(2)
        return Told(everywhere, tuple(came), tuple(canaries.hits), len(children()))


def main() -> None:
    """Play the list and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--everywhere", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--flips", type=int, default=0)
    parser.add_argument("--off", action="store_true")
    chosen = parser.parse_args()
    if chosen.everywhere:
        for words in ("link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"):
            subprocess.run(["ip", *words.split()], check=True, capture_output=True)
    sys.stdout.write(json.dumps(asdict(run(chosen.everywhere, chosen.runs, chosen.flips, chosen.off))))


if __name__ == "__main__":
    main()

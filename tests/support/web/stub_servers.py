"""What the rows of the list of hostile addresses want of a web server and of a resolver: stand-ins that do as each row says.

See also: playing the rows (``hostile_urls.py``).
"""

import gzip
import itertools
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from telltale.net.url_policy import system_resolve
from tests.support.web.web_server import SECRET, Handler, Site

LIST = Path(__file__).parents[4] / "shared" / "security" / "hostile_urls.jsonl"
PUBLIC = "93.184.215.14"
NEVER = 10_000_000
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n{0}#EXTINF:1,\n{1}\n#EXT-X-ENDLIST"
DASH = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" width="640" height="480" codecs="avc1.42c01e">
<BaseURL>{0}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>"""
M3U8 = "application/vnd.apple.mpegurl"

Row = dict[str, Any]


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
        site.answers[path] = (302, {"Location": server["location"], "Set-Cookie": f"{server['set_cookie']}-{SECRET}; Path=/"}, b"")
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
        site.answers[path] = (server["status"], {"WWW-Authenticate": f'Basic realm="{SECRET}"'}, SECRET.encode())
    else:
        site.acts[path] = {"content_length": lying, "hang": silent, "header_bytes": endless_headers}.get(
            next(iter(server)), lambda h: h.pour(65536, 0)
        )


def resolver(row: Row, answers: list[str]) -> Callable[[str, int], list[str]]:
    """Answers as the row says, and writes them down; all other names are public."""
    told, dice, turns = row.get("resolver", {}), random.Random(row["id"]), itertools.count()

    def told_of(host: str, port: int) -> list[str]:
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

    def resolve(host: str, port: int) -> list[str]:
        found = told_of(host, port)
        answers.extend(found)
        return found

    return resolve

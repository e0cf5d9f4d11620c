"""telltale/fetch/fetch.py, download.py and sandbox.py: the real yt-dlp in its real child, against a server on this machine.

See also: which addresses are refused before anything is connected (``tests/engine/net/test_url_policy.py``).
"""

import gzip
import os
import signal
import time
from pathlib import Path

import pytest

from telltale.core.errors import FetchFailed
from telltale.core.progress import Progress
from telltale.fetch.fetch import fetch, is_address
from telltale.net.limits import FetchLimits
from tests.support.web.web_server import Site, children, encoded, fetched, refused, serving


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of MP4."""
    return encoded(tmp_path_factory.mktemp("clip") / "clip.mp4")


def test_what_is_an_address() -> None:
    assert is_address("https://example.com/clip.mp4") and is_address("HTTP://example.com")
    assert not is_address("clip.mp4") and not is_address("file:///etc/passwd") and not is_address("ftp://example.com/clip.mp4")


def test_direct_file(site: Site, clip: bytes, tmp_path: Path) -> None:
    seen: list[Progress] = []
    url = site.file("/some clip.mp4".replace(" ", "%20"), clip)
    result = fetch(url, tmp_path, limits=FetchLimits(allow_hosts=frozenset({site.host})), listener=seen.append)
    assert result.path.read_bytes() == clip
    assert (result.url, result.title) == (url, "some clip")
    assert len(clip) <= result.bytes_read < 2 * len(clip) + 20_000
    assert seen[-1] == Progress("fetch", result.bytes_read, result.bytes_read) and result.requests >= 2 and not result.sampled
    assert list(tmp_path.iterdir()) == [result.path] and children() == []


@pytest.mark.parametrize(
    "meta", ["<meta charset=utf-8>", "<META http-equiv=content-type content='text/html; charset=utf-8'>", "<meta charset=–>"]
)
def test_page_whose_title_has_a_dash(site: Site, clip: bytes, tmp_path: Path, meta: str) -> None:
    site.file("/media/talk.mp4", clip)
    page = f"<html><head>{meta}<title>A talk – on faces</title></head><body><video src=/media/talk.mp4></video></body></html>"
    assert fetched(site.page("/watch", page), tmp_path, site).title == "A talk – on faces"


def test_playlist_of_segments(site: Site, tmp_path: Path) -> None:
    segments = [encoded(tmp_path / f"{number}.ts") for number in range(2)]
    for number, body in enumerate(segments):
        site.file(f"/{number}.ts", body, "video/mp2t")
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", "0.ts", "#EXTINF:1,", "1.ts", "#EXT-X-ENDLIST"]
    url = site.page("/talk.m3u8", "\n".join(lines), "application/vnd.apple.mpegurl")
    result = fetched(url, tmp_path / "job", site)
    assert result.path.read_bytes() == b"".join(segments)


def test_redirect_within_the_open(site: Site, clip: bytes, tmp_path: Path) -> None:
    site.file("/clip.mp4", clip)
    assert fetched(site.redirect("/go", "/clip.mp4"), tmp_path, site).path.read_bytes() == clip


def test_endless_body_stops_at_the_bound(site: Site, tmp_path: Path) -> None:
    failure = refused(f"{site.url}/endless.mp4", tmp_path, site, max_bytes=3_000_000)
    assert failure.code == "fetch.too_large" and "3 MB" in failure.sentence


@pytest.mark.long
def test_swelling_page_stops_at_the_memory_bound(site: Site, tmp_path: Path) -> None:
    """A page of a megabyte that unpacks to more than a gigabyte, which is held twice while it is read."""
    packed = gzip.compress(b"<html>") + gzip.compress(b"x" * 10_000_000) * 140
    site.answers["/bomb"] = (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, packed)
    assert refused(f"{site.url}/bomb", tmp_path, site).code == "fetch.too_large"


def test_stated_size_is_believed_at_once(site: Site, clip: bytes, tmp_path: Path) -> None:
    assert refused(site.file("/clip.mp4", clip), tmp_path, site, max_bytes=len(clip) - 1).code == "fetch.too_large"


@pytest.mark.parametrize("path", ["/drip.mp4", "/silent.mp4"])
def test_slow_site_stops_at_the_clock(site: Site, tmp_path: Path, path: str) -> None:
    started = time.monotonic()
    assert refused(site.url + path, tmp_path, site, max_seconds=3).code == "fetch.timeout"
    assert time.monotonic() - started < 15


def test_nobody_there(tmp_path: Path) -> None:
    with serving() as gone:
        free = gone.host
    with pytest.raises(FetchFailed, match="connection") as caught:
        fetch(f"http://{free}/clip.mp4", tmp_path, limits=FetchLimits(allow_hosts=frozenset({free})))
    assert caught.value.code == "fetch.upstream"


def test_cancelling_ends_the_child(site: Site, tmp_path: Path) -> None:
    class CancelledError(Exception):
        pass

    def cancel(progress: Progress) -> None:
        if progress.done:
            assert len(children()) == 1
            raise CancelledError

    with pytest.raises(CancelledError):
        fetch(f"{site.url}/steady.mp4", tmp_path, limits=FetchLimits(allow_hosts=frozenset({site.host})), listener=cancel)
    assert children() == [] and list(tmp_path.iterdir()) == []


def test_a_child_that_the_system_kills_is_told(site: Site, tmp_path: Path) -> None:
    def kill(_: Progress) -> None:
        for child in children():
            os.kill(child, signal.SIGKILL)

    with pytest.raises(FetchFailed, match="more memory or computing time") as caught:
        fetch(f"{site.url}/steady.mp4", tmp_path, limits=FetchLimits(allow_hosts=frozenset({site.host})), listener=kill)
    assert caught.value.code == "fetch.too_large"
    assert list(tmp_path.iterdir()) == []

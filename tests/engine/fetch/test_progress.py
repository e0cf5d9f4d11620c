"""telltale/core/progress.py: how far a check is, in words; and what a real fetch tells of itself."""

from pathlib import Path

import pytest

from telltale.core.progress import Progress, read_of_parts
from telltale.fetch.fetch import FetchLimits, fetch
from tests.support.web.web_server import Site, encoded


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress("resolve", 0, 0), "Finding the video"),
        (Progress("resolve", 1, 1), "Finding the video"),
        (Progress("fetch", 0, 0), "Reading the video"),
        (Progress("fetch", 3_100_000, 6_400_000), "Reading the video, 3.1 of 6.4 MB"),
        (Progress("fetch", 3_100_000, 0), "Reading the video, 3.1 MB"),
        (Progress("fetch", 84_000, 231_400), "Reading the video, 84 of 231 kB"),
        (Progress("decode", 3, 32), "Decoding frames, 3 of 32"),
        (Progress("render", 1, 1), "Drawing the evidence"),
    ],
)
def test_steps_in_words(progress: Progress, words: str) -> None:
    assert progress.in_words == words and words.startswith(progress.text) and words.endswith(progress.count)


def test_equal_parts_are_told_in_bytes() -> None:
    assert read_of_parts(200, 2, 32) == Progress("fetch", 200, 3200)
    assert read_of_parts(3300, 32, 32) == Progress("fetch", 3300, 3300)
    assert read_of_parts(0, 0, 32) == Progress("fetch", 0, 0)


def test_a_fetch_tells_that_it_finds_and_then_how_many_bytes_it_reads(site: Site, tmp_path: Path) -> None:
    site.file("/clip.mp4", encoded(tmp_path / "clip.mp4"))
    url = site.page("/watch", "<html><video src='/clip.mp4'></video></html>")
    heard: list[Progress] = []
    done = fetch(url, tmp_path / "job", limits=FetchLimits(allow_hosts=frozenset({site.host})), listener=heard.append)
    assert heard[0] == Progress("resolve", 0, 0) and heard[-1] == Progress("fetch", done.bytes_read, done.bytes_read)
    steps = [progress.step for progress in heard]
    assert set(steps) == {"resolve", "fetch"} and steps == sorted(steps, reverse=True), "one after the other"

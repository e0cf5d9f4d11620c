"""telltale/net/limits.py and space/core/settings.py: bounds as people set them, and that each of them stops a server that sends more.

See also: the bounds by themselves (``test_fetch.py``: bytes, seconds, length; ``tests/engine/net/test_egress_proxy.py``).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from space.core.settings import Settings, describe_settings, read_settings
from telltale.core.errors import BadMedia, BadRequest
from telltale.fetch.format_selection import choose
from telltale.net.limits import USUAL, FetchLimits, limits_of
from telltale.render.formatting import Translator
from telltale.video.frames import read_clip
from tests.support.web.web_server import Site, encoded, fetched, refused

CHECK = [sys.executable, "-m", "telltale", "check"]


def of(**chosen: float | str) -> FetchLimits:
    """The usual bounds, but for these."""
    return limits_of(**({"max_megabytes": 200, "max_seconds": 120, "max_minutes": 240} | chosen))  # type: ignore[arg-type]


def test_what_is_set_is_what_holds() -> None:
    assert of() == USUAL == Settings(_env_file=None).fetch_limits
    assert of(max_megabytes=1.5, max_minutes=2, only_hosts="Example.org, *.bücher.example .a.b") == FetchLimits(
        max_bytes=1_500_000, max_duration=120, only_hosts=frozenset({"example.org", "xn--bcher-kva.example", "a.b"})
    )


@pytest.mark.parametrize(
    "chosen",
    [
        *({"max_megabytes": value} for value in (0, float("nan"), 1e9)),
        *({"max_seconds": 0}, {"max_seconds": float("inf")}, {"max_minutes": -1}),
        *({"only_hosts": "https://example.org/"}, {"never_hosts": "a b/c"}, {"never_hosts": "*"}),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(chosen: dict[str, float | str]) -> None:
    with pytest.raises(BadRequest) as caught:
        of(**chosen)
    assert caught.value.code == "request.invalid" and caught.value.sentence.endswith(".")


def test_a_server_takes_them_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"MAX_MEGABYTES": "5", "MAX_SECONDS": "7", "MAX_MINUTES": "1", "MAX_PIXELS": "100", "MAX_REQUESTS": "9"}
    for name, value in (values | {"ONLY_HOSTS": "example.org", "NEVER_HOSTS": "a.example.org, b.example"}).items():
        monkeypatch.setenv(f"TELLTALE_{name}", value)
    assert read_settings().fetch_limits == FetchLimits(
        5_000_000, 7, 60, 100, 9, frozenset({"example.org"}), frozenset({"a.example.org", "b.example"})
    )
    monkeypatch.setenv("TELLTALE_FETCH_DENY_HOSTS", "http://x")
    monkeypatch.setenv("TELLTALE_RETENTION_HOURS", "0")
    with pytest.raises(BadRequest) as caught:
        read_settings()
    assert caught.value.code == "request.invalid"
    for words in (
        "TELLTALE_FETCH_DENY_HOSTS: “http://x” is not the name of a site",
        "TELLTALE_RETENTION_HOURS: Input should be greater than 0",
    ):
        assert words in caught.value.sentence


def test_help_of_serve_lists_every_variable() -> None:
    command = [sys.executable, "-m", "telltale", "serve", "--help"]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", env=os.environ | {"COLUMNS": "200"}, check=True)
    ours = [name for name, field in Settings.model_fields.items() if not name.startswith("test_") and not field.validation_alias]
    assert len(describe_settings()) == len(ours), "all but those that a platform sets under names of its own"
    assert all(line in ended.stdout for line in describe_settings()) and "TEST" not in ended.stdout


def test_how_long_is_said_in_words() -> None:
    assert [Translator().long_time(hours) for hours in (168, 36, 24, 1, 0.5)] == ["7 days", "36 hours", "24 hours", "1 hour", "30 minutes"]


# A server that sends more


def test_more_bytes_than_the_command_line_allows(site: Site) -> None:
    environment = os.environ | {"TELLTALE_TEST_ALLOW_HOSTS": site.host}
    command = [*CHECK, "--max-download-mb", "2", f"{site.url}/endless.mp4"]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=100)
    assert ended.returncode == 2 and "2 MB" in ended.stderr and "[fetch.too_large]" in ended.stderr


def test_more_requests_than_allowed(site: Site, tmp_path: Path) -> None:
    segment = encoded(tmp_path / "0.ts")
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1"]
    for number in range(30):
        site.file(f"/{number}.ts", segment, "video/mp2t")
        lines += ["#EXTINF:1,", f"{number}.ts"]
    url = site.page("/talk.m3u8", "\n".join([*lines, "#EXT-X-ENDLIST"]), "application/vnd.apple.mpegurl")
    failure = refused(url, tmp_path / "job", site, max_requests=12)
    assert failure.code == "fetch.too_large" and "12 requests" in failure.sentence
    assert len(site.asked) <= 12
    assert fetched(url, tmp_path / "job", site, max_requests=60).requests > 12, "the control"


def test_larger_pictures_than_allowed(tmp_path: Path) -> None:
    encoded(tmp_path / "clip.mp4", (64, 48))
    assert read_clip(tmp_path / "clip.mp4", 2, max_pixels=64 * 48).width == 64
    with pytest.raises(BadMedia) as caught:
        read_clip(tmp_path / "clip.mp4", 2, max_pixels=64 * 48 - 1)
    assert caught.value.code == "media.too_large"
    small, large = ({"width": 4 * side, "height": 3 * side, "protocol": "https"} for side in (100, 400))
    assert choose([small, large], 1_000_000) == small


def test_only_the_sites_that_are_wanted(site: Site, tmp_path: Path) -> None:
    """The test's own server passes whatever the lists say; what it leads on to does not."""
    from telltale.core.errors import FetchFailed
    from telltale.fetch.fetch import fetch

    for lists in ({"only_hosts": frozenset({"example.org"})}, {"never_hosts": frozenset({"example.com"})}):
        limits = FetchLimits(allow_hosts=frozenset({site.host}), **lists)  # type: ignore[arg-type]
        for url in (site.redirect("/go", "http://www.example.com/clip.mp4"), "https://www.example.com/clip.mp4"):
            with pytest.raises(FetchFailed) as caught:
                fetch(url, tmp_path, limits=limits, resolve=lambda *_: pytest.fail("a name was looked up"))
            assert caught.value.code == "fetch.refused" and "does not let it fetch from this site" in caught.value.sentence

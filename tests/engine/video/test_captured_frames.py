"""telltale/video/captured_frames.py and space/api/frames_upload.py: pictures of one video, sent as a form, looked at as one video; and
what is no such form.
"""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from telltale.core.errors import BadMedia
from telltale.core.report import Report
from telltale.video.captured_frames import MOST_FRAMES, CapturedPicture, index_of, read_captured
from telltale.video.frames import read_clip
from tests.space.api.test_api import CHECKS, is_problem, until_ended
from tests.support.owner import OWNER

Server = Callable[..., TestClient]
Parts = list[tuple[str, Any]]
KINDS = ("JPEG", "PNG", "WEBP")


@pytest.fixture(scope="module")
def http(space_url: str) -> Iterator[httpx.Client]:
    """A client of the running server."""
    with httpx.Client(base_url=space_url, timeout=30) as client:
        yield client


@pytest.fixture
def still(still_server: Server) -> Iterator[TestClient]:
    """A server that takes 20 kB; what it refuses leaves nothing."""
    http = still_server(max_upload_bytes=20_000, rate_limit_per_minute=0)
    yield http
    assert not list(http.app.state.store.uploads.iterdir())  # type: ignore[attr-defined]


def picture(kind: str = "PNG", size: tuple[int, int] = (32, 24), shade: int = 90) -> bytes:
    """A flat picture."""
    file = io.BytesIO()
    Image.new("RGB", size, (shade, shade, shade)).save(file, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return file.getvalue()


def form(frames: list[bytes], times: list[object], **more: str) -> dict[str, Any]:
    """The form that a browser sends."""
    parts: Parts = [("frames[]", ("blob", frame, "image/png")) for frame in frames]
    parts += [("times[]", (None, str(time))) for time in times] + [(name, (None, text)) for name, text in more.items()]
    return {"files": parts}


def packed(folder: Path, frames: list[bytes], times: list[float]) -> Path:
    """The file that a form becomes."""
    path = folder / "x.frames"
    path.write_bytes(b"".join(frames) + index_of([CapturedPicture(len(frame), time) for frame, time in zip(frames, times, strict=True)]))
    return path


def test_frames_are_checked_as_one_video(http: httpx.Client, drawn_video: Path) -> None:
    frames, times = [], []
    for number, frame in enumerate(read_clip(drawn_video, 6).frames):
        file = io.BytesIO()
        Image.fromarray(frame.rgb).save(file, KINDS[number % 3], quality=95)
        frames.append(file.getvalue())
        times.append(round(100 + frame.time, 3))
    http.headers.update(OWNER)
    answer = http.post(CHECKS, **form(frames, times, name="A <b>talk</b>"))
    assert answer.status_code == 202, answer.text
    check = until_ended(http, answer.json()["id"])
    assert check["state"] == "done", check["error"]
    report = Report.model_validate(check["report"])
    assert (report.source.kind, report.source.frames_read, report.source.name) == ("frames", 6, "A <b>talk</b>")
    assert report.provenance.state == "not_checked"
    (person,) = report.people
    assert [moment.time for moment in person.observations] == times, "one person, at the times that were told"
    assert http.post(CHECKS, **form(frames, times)).json()["id"] == check["id"], "the same frames are the same check"
    assert http.post(CHECKS, **form(frames, [time + 1 for time in times])).json()["id"] != check["id"], "at other times they are not"


def test_a_frame_that_cannot_be_decoded_is_told(http: httpx.Client) -> None:
    answer = http.post(CHECKS, **form([picture(), b"\x89PNG\r\n\x1a\nno picture"], [0, 1]))
    check = until_ended(http, answer.json()["id"])
    assert check["state"] == "failed"
    assert check["error"]["code"].startswith("media.") and "Frame 2" in check["error"]["detail"]


def test_up_to_64_frames(still_server: Server) -> None:
    http = still_server()
    assert http.post(CHECKS, **form([picture()] * MOST_FRAMES, list(range(MOST_FRAMES)))).status_code == 202
    answer = http.post(CHECKS, **form([picture()] * (MOST_FRAMES + 1), list(range(MOST_FRAMES + 1))))
    assert is_problem(answer, 422, "request.invalid")
    (kept,) = http.app.state.store.uploads.iterdir()  # type: ignore[attr-defined]
    assert len(read_captured(kept).frames) == MOST_FRAMES


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param(form([picture()], []), 422, "request.invalid", id="no time"),
        pytest.param(form([picture()], [0, 1]), 422, "request.invalid", id="a time too many"),
        pytest.param(form([picture()] * 2, [1, 1]), 422, "request.invalid", id="the same time twice"),
        pytest.param(form([picture()] * 2, [2, 1]), 422, "request.invalid", id="falling"),
        pytest.param(form([], [1]), 422, "request.invalid", id="no frame"),
        pytest.param(form([picture()], ["nan"]), 422, "request.invalid", id="nan"),
        pytest.param(form([picture()], ["-1"]), 422, "request.invalid", id="before the start"),
        pytest.param(form([picture()], ["1e9"]), 422, "request.invalid", id="years"),
        pytest.param(form([picture()], ["1" * 300]), 422, "request.invalid", id="endless time"),
        pytest.param(form([picture()], [1], file="x"), 422, "request.invalid", id="something else besides"),
        pytest.param(
            {"files": [("file", ("a.mp4", b"x")), ("frames[]", ("b", picture()))]}, 422, "request.invalid", id="a file and a frame"
        ),
        pytest.param({"files": [("frames[]", (None, "text"))]}, 422, "media.not_media", id="a frame that is text"),
        pytest.param(form([b""], [1]), 422, "media.empty", id="an empty frame"),
        pytest.param(form([picture(), b"GIF89a" + b"x" * 20], [0, 1]), 422, "media.not_media", id="another format"),
        pytest.param(form([picture() + b"x" * 19_000] * 2, [0, 1]), 413, "request.too_large", id="too many bytes"),
    ],
)
def test_what_is_no_such_form_is_a_problem(still: TestClient, sent: dict[str, Any], status: int, code: str) -> None:
    assert is_problem(still.post(CHECKS, **sent), status, code)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_picture_is_read(tmp_path: Path, kind: str) -> None:
    clip = read_captured(packed(tmp_path, [picture(kind, shade=shade) for shade in (10, 200)], [0.5, 7.25]))
    assert (clip.kind, clip.width, clip.height, [frame.time for frame in clip.frames]) == ("frames", 32, 24, [0.5, 7.25])
    assert [int(np.median(frame.rgb)) for frame in clip.frames] == pytest.approx([10, 200], abs=3)


def test_pixels_are_bounded_before_they_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = picture(size=(4000, 3000), shade=0)
    with pytest.raises(BadMedia) as one:
        read_captured(packed(tmp_path, [large], [0]), max_pixels=11_000_000)
    assert one.value.code == "media.too_large"
    monkeypatch.setattr("telltale.video.captured_frames.MOST_PIXELS_TOGETHER", 20_000_000)
    with pytest.raises(BadMedia) as all_of_them:
        read_captured(packed(tmp_path, [large] * 2, [0, 1]))
    assert all_of_them.value.code == "media.too_large"


def test_frames_of_other_sizes_are_no_video(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="same width"):
        read_captured(packed(tmp_path, [picture(), picture(size=(40, 24))], [0, 1]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"x" * 100,
        b"\xff" * 8,
        json.dumps([[5, 0]]).encode() + (8).to_bytes(8, "big"),
        index_of([]),
        index_of([CapturedPicture(0, 0)]),
        b"x" * 5 + index_of([CapturedPicture(6, 0)]),
        b"x" * 5 + index_of([CapturedPicture(-1, 0), CapturedPicture(6, 0)]),
        b"x" * 5 + index_of([CapturedPicture(5, float("nan"))]),
        b"x" * 5 + b"{}\n" + (3).to_bytes(8, "big"),
        b"x" * 65 + index_of([CapturedPicture(1, second) for second in range(65)]),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.frames").write_bytes(content)
    with pytest.raises(BadMedia) as problem:
        read_captured(tmp_path / "x.frames")
    assert problem.value.code == "media.not_media"

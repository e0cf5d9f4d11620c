"""On the device: faces found and crops cut in a real Chromium are those of the server's own detector.

See also: the arithmetic behind it (``test_golden.py``).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from telltale.core.progress import silent
from telltale.faces.align import align
from telltale.faces.detectors import SEARCH_SIDE, MtcnnDetector
from telltale.faces.frame_search import SMALLEST_USEFUL_FACE, searching
from telltale.video.frames import Clip, Frame, read_clip
from tests.support.browser.local_page import Device, device_page, received
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

SIZE, MARGIN = 112, 0.1
LOAD = """
const ort = await import(`${site}/ort/ort.wasm.min.mjs`);
Object.assign(ort.env.wasm, { wasmPaths: `${site}/ort/`, numThreads: 1 });
const faces = await load("faces/detector");
window.session ??= await faces.loadCascade(ort, `${site}/mtcnn/`);
"""
FIND = (
    LOAD
    + """
const { alignCrop } = await load("faces/align");
const [picture, smallest, size, margin] = given;
const image = rgba(await rgb(picture));
const cut = face => ({ ...face, crop: sent(alignCrop(image, face.landmarks, size, margin)) });
return (await faces.findFaces(image, session, smallest)).map(cut);
"""
)
FIND_ALL = (
    LOAD
    + """
const { Search } = await load("faces/frame-search");
let told = 0;
const search = new Search(Promise.resolve(session));
const [times, paths] = given;
for (const [number, path] of paths.entries()) search.add({ time: times[number], picture: await rgb(path) }, () => told++);
const all = await search.found();
const carried = (await search.seen).map(each => each.carried);
return [all.map(each => each.map(({ landmarks }) => landmarks)), carried, told];
"""
)


@pytest.fixture(scope="module")
def device(chromium: str, web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """The page."""
    with device_page(chromium, web, tmp_path_factory.mktemp("device-faces")) as device:
        yield device


@pytest.fixture(scope="module")
def wide(drawn_video: Path) -> np.ndarray:
    """A wide picture with a face too small for the first look."""
    small = cv2.resize(read_clip(drawn_video, 1).frames[0].rgb, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    picture = np.full((900, 2000, 3), 90, np.uint8)
    picture[300 : 300 + small.shape[0], 900 : 900 + small.shape[1]] = small
    return picture


def compared(device: Device, rgb: np.ndarray, smallest: float | None = None) -> int:
    """How many faces both find; every one must lie where the server's does, and give the same crop."""
    expected = MtcnnDetector().detect(rgb, smallest)
    given: list[dict[str, Any]] = device.run(FIND, device.lay("frame", rgb), smallest, SIZE, MARGIN)
    assert len(given) == len(expected)
    scale = min(1.0, SEARCH_SIDE / max(rgb.shape[:2]))
    for one, face in zip(given, expected, strict=True):
        assert np.abs(np.array(one["landmarks"]) - face.landmarks).max() * scale < 0.1
        assert np.abs(np.array(one["box"]) - face.box).max() * scale < 0.1
        assert one["score"] == pytest.approx(face.score, abs=1e-3)
        assert one["size"] == pytest.approx(face.size, abs=0.2) and one["sure"] is face.sure
        crop = received(one["crop"], SIZE, SIZE, 3).astype(int)
        assert np.abs(crop - align(rgb, face.landmarks, SIZE, MARGIN)).mean() < 0.25
    return len(given)


def test_drawn_faces_are_found_where_the_server_finds_them(device: Device, drawn_video: Path) -> None:
    frames = [frame.rgb for frame in read_clip(drawn_video, 2).frames]
    large = cv2.resize(frames[0], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    assert compared(device, frames[1]) >= 1
    assert compared(device, large) >= 1
    assert compared(device, cv2.resize(large, (1000, 37))) == 0


def test_small_faces_are_found_at_the_second_look(device: Device, wide: np.ndarray) -> None:
    assert compared(device, wide) == 0
    assert compared(device, wide, SMALLEST_USEFUL_FACE) >= 1


@pytest.mark.shared
def test_real_faces_are_found_where_the_server_finds_them(device: Device, shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "data" / "manifest.jsonl").read_text().splitlines()]
    chosen = np.random.default_rng(7)
    pictures = chosen.choice([row["path"] for row in rows if row["kind"] == "image"], 10, replace=False)
    videos = chosen.choice([row["path"] for row in rows if row["kind"] == "video"], 4, replace=False)
    seen = sum(compared(device, read_clip(shared / "data" / str(path), 1).frames[0].rgb) for path in [*pictures, *videos])
    assert seen >= 8


def searched(device: Device, frames: list[Frame]) -> list[bool]:
    """Which frames of a clip were given the faces of another; every face must lie where the server's search puts it."""
    height, width = frames[0].rgb.shape[:2]
    with searching(MtcnnDetector()) as search:
        expected = search.faces_of_frames(Clip("video", width, height, None, "none", frames), silent)
    paths = [device.lay(f"clip-{frame.index}", frame.rgb) for frame in frames]
    found, carried, told = device.run(FIND_ALL, [frame.time for frame in frames], paths)
    assert told == len(frames) and [len(each) for each in found] == [len(faces) for faces in expected]
    for given, faces in zip(found, expected, strict=True):
        for points, face in zip(given, faces, strict=True):
            assert np.abs(np.array(points) - face.landmarks).max() * min(1.0, SEARCH_SIDE / max(height, width)) < 0.1
    return list(carried)


def test_faces_are_followed_as_the_server_does(device: Device, drawn_video: Path) -> None:
    frames = [replace(frame, time=0.2 * frame.index) for frame in read_clip(drawn_video, 8).frames]
    away = replace(frames[4], picture=np.roll(frames[4].rgb, 150, axis=1))  # nobody is where they were
    assert searched(device, [*frames[:4], away, *frames[5:]]) == [False, True, True, False, False, True, False, False]
    assert not any(searched(device, [replace(frame, time=frame.time * 5) for frame in frames[:4]]))


def test_a_clip_without_faces_is_searched_again(device: Device, wide: np.ndarray) -> None:
    found, carried, told = device.run(FIND_ALL, [0.0, 0.1], [device.lay("wide", wide), device.lay("plain", wide[:200])])
    assert len(found[0]) >= 1 and found[1] == [] and carried == [False, False] and told == 2

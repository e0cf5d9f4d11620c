"""What is looked at lies as a player shows it: turned, mirrored, its pixels square."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from telltale.video.frames import read_clip
from telltale.video.tracks import shown_tracks
from tests.engine.video.test_pictures import corners, quarters


def film(path: Path, rgb: np.ndarray, *, seconds: int = 1, shape: Fraction = Fraction(1), turn: int = 0, **flips: bool) -> Path:
    """A video that shows one picture, stored with this shape of pixels and to be turned and flipped."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=4, options={"g": "4", "crf": "1", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = rgb.shape[1], rgb.shape[0], "yuv420p"
        stream.sample_aspect_ratio = shape
        if turn or flips:
            stream.set_display_rotation(turn, **flips)
        for _ in range(4 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")))
        container.mux(stream.encode(None))
    return path


EXIF = [
    lambda rgb: rgb,
    lambda rgb: rgb[:, ::-1],
    lambda rgb: rgb[::-1, ::-1],
    lambda rgb: rgb[::-1],
    lambda rgb: rgb.swapaxes(0, 1),
    lambda rgb: np.rot90(rgb, -1),
    lambda rgb: rgb[::-1, ::-1].swapaxes(0, 1),
    lambda rgb: np.rot90(rgb, 1),
]
"""What a viewer makes of a stored picture, by its EXIF orientation, from 1 (CIPA DC-008, 4.6.4)."""


@pytest.mark.parametrize("form", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(tmp_path: Path, form: str, orientation: int) -> None:
    rgb, exif = quarters(96, 64), Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(rgb).save(tmp_path / f"a.{form}", exif=exif)
    wanted, shown = EXIF[orientation - 1](rgb), read_clip(tmp_path / f"a.{form}").frames[0].rgb
    assert shown.shape == wanted.shape and corners(shown) == corners(wanted)


@pytest.mark.parametrize("seconds", [1, 30], ids=["in sequence", "by keyframes"])
@pytest.mark.parametrize("turn", [90, 180])
@pytest.mark.parametrize("flips", [{}, {"hflip": True}, {"vflip": True}], ids=["turned", "mirrored", "upside down"])
def test_a_clip_is_turned_as_its_matrix_says(tmp_path: Path, seconds: int, turn: int, flips: dict[str, bool]) -> None:
    rgb = quarters(96, 64)
    path = film(tmp_path / "a.mp4", rgb, seconds=seconds, turn=turn, **flips)
    wanted = np.rot90(rgb, turn // 90)
    wanted = wanted[:, ::-1] if "hflip" in flips else wanted[::-1] if "vflip" in flips else wanted
    shown = read_clip(path, 8).frames[-1].rgb
    assert shown.shape == wanted.shape and corners(shown) == corners(wanted)


@pytest.mark.parametrize(
    ("name", "shape", "turn", "size"),
    [
        ("a.mp4", Fraction(64, 45), 0, (136, 64)),
        ("a.mkv", Fraction(4, 3), 0, (128, 64)),
        ("a.ts", Fraction(8, 9), 0, (96, 72)),
        ("a.mp4", Fraction(4, 3), 90, (64, 128)),
        ("a.mp4", Fraction(1, 10_000), 0, (96, 64)),
    ],
)
@pytest.mark.parametrize("seconds", [1, 30], ids=["in sequence", "by keyframes"])
def test_pixels_become_square(tmp_path: Path, name: str, shape: Fraction, turn: int, size: tuple[int, int], seconds: int) -> None:
    rgb = quarters(96, 64)
    clip = read_clip(film(tmp_path / name, rgb, seconds=seconds, shape=shape, turn=turn), 8)
    wanted = np.rot90(rgb, turn // 90)
    assert (clip.width, clip.height) == size == clip.frames[-1].rgb.shape[1::-1]
    assert corners(clip.frames[-1].rgb) == corners(wanted)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_the_track_that_players_show_is_read(tmp_path: Path, name: str) -> None:
    """Before it: a picture of one frame, and a smaller film that is off by default."""
    thumbnail, small = film(tmp_path / "one.mp4", quarters(64, 48)), film(tmp_path / "two.mp4", quarters(64, 48))
    shown = film(tmp_path / "three.mp4", quarters(96, 64))
    with av.open(str(tmp_path / name), "w") as container:
        sources = [av.open(str(path)) for path in (thumbnail, small, shown)]
        tracks = [container.add_stream_from_template(source.streams.video[0]) for source in sources]
        tracks[-1].disposition = av.stream.Disposition.default
        for source, track in zip(sources, tracks, strict=True):
            packets = [packet for packet in source.demux() if packet.size]
            for packet in packets[:1] if track is tracks[0] else packets:
                packet.stream = track
                container.mux(packet)
            source.close()
    with av.open(str(tmp_path / name)) as container:
        assert len(container.streams.video) == 3 and shown_tracks(container)[0].index == 2
    assert (read_clip(tmp_path / name, 4).width, len(read_clip(tmp_path / name, 4).frames)) == (96, 4)

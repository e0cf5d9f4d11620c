"""Pictures made of items, animations and very large photos: what is read is what people see."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from telltale.core.errors import BadMedia
from telltale.sandbox.decode import read_sandboxed
from telltale.video.frames import read_clip
from tests.support.media.heif import box, clean_aperture, file_of, full, grid_items, write_heif

RED, GREEN, BLUE, WHITE, GREY = (220, 20, 20), (20, 200, 20), (20, 20, 220), (240, 240, 240), (128, 128, 128)


def quarters(width: int, height: int, colours: tuple[tuple[int, int, int], ...] = (RED, GREEN, BLUE, WHITE)) -> np.ndarray:
    """A picture whose quarters are told apart: two above, two below."""
    above, below = (np.repeat(np.array([pair], np.uint8), (width + 1) // 2, axis=1)[:, :width] for pair in (colours[:2], colours[2:]))
    return np.concatenate([np.repeat(above, height // 2, axis=0), np.repeat(below, height - height // 2, axis=0)])


def corners(rgb: np.ndarray) -> list[list[int]]:
    """The colours near the four corners and in the middle of each quarter, coarsely."""
    height, width = rgb.shape[:2]
    places = [(y, x) for y in (0.05, 0.3, 0.7, 0.95) for x in (0.05, 0.3, 0.7, 0.95)]
    return [(rgb[int(y * height), int(x * width)].astype(int) // 64).tolist() for y, x in places]


HOW: dict[str, dict[str, Any]] = {
    "one item": {},
    "tiles": {"tile": 128},
    "turned": {"turn": 1},
    "tiles, turned": {"tile": 128, "turn": 3},
    "mirrored": {"mirror": 1},
    "upside down": {"mirror": 0},
    "tiles, turned, mirrored": {"tile": 128, "turn": 1, "mirror": 1},
    "cropped": {"crop": clean_aperture(120, 80, -60, -60)},
    "tiles, cropped, turned": {"tile": 128, "crop": clean_aperture(120, 80, 60, 60), "turn": 1},
    "a thumbnail first": {"tile": 128, "thumbnail": quarters(128, 128, (GREY,) * 4)},
    "other items first": {"before": [quarters(256, 256, (GREY,) * 4)]},
}


def seen(rgb: np.ndarray, crop: bytes = b"", turn: int = 0, mirror: int | None = None, **_: Any) -> np.ndarray:
    """What a viewer shows."""
    if crop:
        rgb = rgb[:80, :120] if crop == HOW["cropped"]["crop"] else rgb[120:, 120:]
    rgb = np.rot90(rgb, turn)
    return rgb if mirror is None else (rgb[::-1] if mirror == 0 else rgb[:, ::-1])


@pytest.mark.parametrize("name", ["a.heic", "a.avif"])
@pytest.mark.parametrize("how", HOW)
def test_a_picture_of_items_is_read_as_it_is_seen(tmp_path: Path, name: str, how: str) -> None:
    rgb = quarters(240, 200)
    clip = read_sandboxed(write_heif(tmp_path / name, rgb, **HOW[how]))
    wanted = seen(rgb, **HOW[how])
    assert (clip.kind, clip.duration, clip.frames[0].rgb.shape) == ("image", None, wanted.shape)
    assert corners(clip.frames[0].rgb) == corners(wanted)


@pytest.mark.parametrize(
    ("form", "options"), [("webp", {"lossless": True}), ("png", {}), ("gif", {}), ("avif", {"quality": 90})], ids=lambda each: str(each)[:4]
)
def test_an_animation_is_a_video(tmp_path: Path, form: str, options: dict[str, Any]) -> None:
    pictures = [Image.fromarray(np.full((64, 96, 3), 20 * number, np.uint8)) for number in range(12)]
    path = tmp_path / f"a.{form}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[50] * 6 + [150] * 6, **options)
    clip = read_sandboxed(path, 4)
    assert (clip.kind, clip.width, clip.height, len(clip.frames)) == ("video", 96, 64, 4)
    shown = [frame.rgb.mean() / 20 for frame in clip.frames]
    assert shown[0] <= 4 and shown[-1] >= 9 and shown == sorted(shown)
    assert form == "png" or clip.duration == pytest.approx(1.2)


def test_an_animation_of_one_picture_is_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), RED).save(tmp_path / "a.webp", save_all=True, duration=100)
    assert read_clip(tmp_path / "a.webp").kind == "image"


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_photo_of_many_pixels_is_read_smaller(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(quarters(1200, 800)).save(tmp_path / "a.jpg", quality=95, exif=exif)
    clip = read_sandboxed(tmp_path / "a.jpg", max_pixels=1200 * 799)
    upright = quarters(600, 400) if orientation == 1 else np.rot90(quarters(600, 400), -1)
    assert clip.frames[0].rgb.shape == upright.shape and corners(clip.frames[0].rgb) == corners(upright)


def bomb(path: Path, width: int, height: int) -> None:
    """A grid of one small tile, said to be this large in both places."""
    items = grid_items(quarters(64, 64), "heic", 64)
    items[-1].data = bytes([0, 1, 0, 0]) + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    items[-1].properties = [(full(b"ispe", 0, 0, width.to_bytes(4, "big") + height.to_bytes(4, "big")), False)]
    path.write_bytes(file_of(items, len(items), "heic"))


def animated(path: Path, width: int, height: int) -> None:
    """Two pictures, one after the other."""
    Image.new("RGB", (width, height)).save(path, save_all=True, append_images=[Image.new("RGB", (width, height), RED)])


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("photo.jpg", lambda path: Image.new("RGB", (1000, 500)).save(path), "media.too_large"),
        ("grid.heic", lambda path: write_heif(path, quarters(640, 400), tile=128), "media.too_large"),
        ("grid.avif", lambda path: write_heif(path, quarters(640, 400), tile=128), "media.too_large"),
        ("anim.webp", lambda path: animated(path, 640, 400), "media.too_large"),
        ("bomb.heic", lambda path: bomb(path, 60_000, 60_000), "media.too_large"),
        ("nothing.heic", lambda path: path.write_bytes(file_of([], 1, "heic")), "media.no_frames"),
        ("hollow.heic", lambda path: bomb(path, 300, 300), "media.no_frames"),
        ("bare.heic", lambda path: path.write_bytes(box(b"ftyp", b"heic", bytes(4), b"mif1") + bytes(64)), "media.no_frames"),
        ("bare.avif", lambda path: path.write_bytes(box(b"ftyp", b"avif", bytes(4), b"mif1") + bytes(64)), "media.no_frames"),
    ],
)  # fmt: skip
def test_what_is_too_large_or_broken_is_said_so(tmp_path: Path, name: str, make: Any, code: str) -> None:
    make(tmp_path / name)
    with pytest.raises(BadMedia, match=name) as refused:
        read_sandboxed(tmp_path / name, max_pixels=320 * 320)
    assert refused.value.code == code

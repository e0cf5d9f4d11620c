"""Every kind of row as a clip: pictures, videos, folders of pictures, such folders in tar_members, and what archives may not do to us."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from telltale.core.errors import BadMedia
from telltale.video.frames import read_clip
from tests.support.media.bad_media import broken_file, faceless_video, still_picture
from trainer.data import tar_members
from trainer.data.crops import SIDE, crops_of
from trainer.data.manifest import Row
from trainer.data.media import open_media


def made(path: str, file: Path, kind: str = "frames", cropped: bool = False) -> Row:
    return Row(path, file, "fake", kind, "own", "1", cropped=cropped)  # type: ignore[arg-type]  # a test's kind is a str


def grey(number: int, side: int = 32) -> bytes:
    """A PNG of one grey."""
    file = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), number, np.uint8)).save(file, "PNG")
    return file.getvalue()


def folder_of(root: Path, count: int) -> Path:
    """``count`` greys named 0.png … without leading zeros, and what else lies in such folders."""
    root.mkdir()
    for number in range(count):
        (root / f"{number}.png").write_bytes(grey(number))
    (root / "._0.png").write_bytes(b"macOS was here")
    (root / "landmarks.npy").write_bytes(b"no picture")
    return root


def tar_of(path: Path, entries: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]  # the mode is a test's parameter
        for name, content in entries.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def shades(row: Row, frames: int) -> list[int]:
    return [int(frame.rgb[0, 0, 0]) for frame in open_media(row, frames).frames]


def test_pictures_and_videos_are_read_as_a_check_reads_them(tmp_path: Path) -> None:
    for kind, path in (("image", still_picture(tmp_path)), ("video", faceless_video(tmp_path))):
        ours, theirs = open_media(made(path.name, path, kind), 4), read_clip(path, 4)
        assert [frame.time for frame in ours.frames] == [frame.time for frame in theirs.frames]
        assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(ours.frames, theirs.frames, strict=True))


def test_a_folder_is_a_video_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    """Not 0, 1, 10, 11 …, and not its first pictures."""
    row = made("clip", folder_of(tmp_path / "clip", 12))
    assert shades(row, 32) == list(range(12))
    assert shades(row, 4) == [1, 4, 7, 10]
    clip = open_media(row, 4)
    assert (clip.kind, clip.width, clip.height) == ("video", 32, 32)
    assert [frame.index for frame in clip.frames] == [0, 1, 2, 3]
    assert [frame.time for frame in clip.frames] == [0.04, 0.16, 0.28, 0.40]


def test_damaged_pictures_are_passed_over_unless_all_are(tmp_path: Path) -> None:
    row = made("clip", folder_of(tmp_path / "clip", 3))
    (row.file / "1.png").write_bytes(b"")
    assert shades(row, 8) == [0, 2]
    for name in ("0.png", "2.png"):
        broken_file(tmp_path).rename(row.file / name)
    with pytest.raises(BadMedia):
        open_media(row, 8)


def test_a_folder_without_pictures_and_no_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="holds no pictures"):
        open_media(made("empty", folder_of(tmp_path / "empty", 0)), 8)
    with pytest.raises(BadMedia, match="no folder called"):
        open_media(made("absent", tmp_path / "absent"), 8)


@pytest.mark.parametrize("mode", ["w:gz", "w", "w:bz2", "w:xz"])
def test_a_folder_within_an_archive_is_the_same_video(tmp_path: Path, mode: str) -> None:
    """Whatever the archive's name says of its compression, and in whatever order its members lie."""
    order = [11, 3, 0, 7, 1, 2, 4, 5, 6, 8, 9, 10]
    entries = {f"./9/fake/4/{number}.png": grey(number) for number in order}
    path = tar_of(tmp_path / "9.tar.gz", entries | {"9/fake/40/0.png": grey(99), "9/fake/4/deeper/0.png": grey(98)}, mode)
    row = made("9.tar.gz#9/fake/4", path)
    assert shades(row, 32) == list(range(12))
    assert shades(row, 4) == [1, 4, 7, 10]
    with pytest.raises(BadMedia, match="holds no pictures"):
        open_media(made("9.tar.gz#9/real/4", path), 4)


def test_links_and_devices_in_archives_are_passed_over(tmp_path: Path) -> None:
    """A link to a file of this machine must not become a frame."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(grey(200))
    path = tmp_path / "1.tar"
    with tarfile.open(path, "w") as tar:
        for name, kind in (("0.png", tarfile.SYMTYPE), ("1.png", tarfile.LNKTYPE), ("2.png", tarfile.FIFOTYPE), ("3.png", tarfile.REGTYPE)):
            member = tarfile.TarInfo(f"clip/{name}")
            member.type, member.linkname = kind, str(secret)
            content = grey(7) if kind == tarfile.REGTYPE else b""
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    assert shades(made("1.tar#clip", path), 8) == [7]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["1.tar", "secret.png"], "something was unpacked"


def huge_member(folder: Path) -> Path:
    """A picture that says it has four terabytes."""
    member = tarfile.TarInfo("clip/0.png")
    member.size = 4 << 40
    (folder / "bomb.tar").write_bytes(member.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
    return folder / "bomb.tar"


def huge_header(folder: Path) -> Path:
    """A PAX header of a gigabyte: tarfile would read it at one gulp."""
    member = tarfile.TarInfo("header")
    member.type, member.size = tarfile.XHDTYPE, 1 << 30
    (folder / "bomb.tar").write_bytes(member.tobuf(tarfile.PAX_FORMAT) + bytes(4096))
    return folder / "bomb.tar"


def cut_short(folder: Path) -> Path:
    """Half a download."""
    path = tar_of(folder / "cut.tar.gz", {f"clip/{number}.png": np.random.default_rng(number).bytes(5000) for number in range(9)})
    path.write_bytes(path.read_bytes()[:20_000])
    return path


def no_archive(folder: Path) -> Path:
    """Something else under the name."""
    (folder / "text.tar.gz").write_text("The server said 404.")
    return folder / "text.tar.gz"


@pytest.mark.parametrize(
    ("bad", "why"), [(huge_member, "too_large"), (huge_header, "too_large"), (cut_short, "not_media"), (no_archive, "not_media")]
)
def test_bad_archives_are_bad_media(tmp_path: Path, bad: Callable[[Path], Path], why: str) -> None:
    with pytest.raises(BadMedia) as caught:
        open_media(made("x#clip", bad(tmp_path)), 8)
    assert caught.value.code == f"media.{why}"


def test_an_archive_with_too_many_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_members, "MEMBERS", 5)
    path = tar_of(tmp_path / "many.tar", {f"clip/{number}.png": b"" for number in range(6)}, "w")
    with pytest.raises(BadMedia, match="more than 5 files"):
        open_media(made("many.tar#clip", path), 8)


def test_pictures_that_are_crops_are_kept_whole(tmp_path: Path) -> None:
    """No detector is asked: one of the crop's size stays as it is, pixel for pixel; there is no outline."""
    pixels = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8)
    path = tmp_path / "face.png"
    Image.fromarray(pixels).save(path)
    (crop,) = crops_of(made("face.png", path, "image", cropped=True), None, None, 1)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(crop.png))), pixels)
    assert crop.outline is None and crop.face_px == pytest.approx(0.6 * SIDE)


def test_a_crop_that_is_not_square_fits_by_its_longer_side(tmp_path: Path) -> None:
    pixels = np.zeros((2 * SIDE, SIDE, 3), np.uint8)
    pixels[:10], pixels[-10:] = (255, 0, 0), (0, 0, 255)
    path = tmp_path / "face.png"
    Image.fromarray(pixels).save(path)
    (crop,) = crops_of(made("face.png", path, "image", cropped=True), None, None, 1)
    stored = np.asarray(Image.open(io.BytesIO(crop.png)))
    assert stored.shape == (SIDE, SIDE, 3)
    assert stored[1, SIDE // 2].tolist() == [255, 0, 0] and stored[-2, SIDE // 2].tolist() == [0, 0, 255]


def test_a_tiny_crop_teaches_little_and_is_left_out(tmp_path: Path) -> None:
    path = still_picture(tmp_path, "tiny.png", (70, 70))
    assert list(crops_of(made("tiny.png", path, "image", cropped=True), None, None, 1)) == []

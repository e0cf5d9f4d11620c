"""The sampled frames of a manifest row, whatever it is: a picture, a video, a folder of pictures that are one video, or such a folder
within an archive.

Pictures in folders are taken in the order of their names, numbers by their value (2 before 10), evenly over the whole length: the middle
of each of ``frames`` equal parts. Their times are nominal (``RATE``): a folder does not say how fast it was. See also: faces
(``crops.py``) and the decoder itself (``telltale/video/frames.py``).
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

import av.error
import numpy as np

from telltale.core.errors import BadMedia
from telltale.video.color import upright
from telltale.video.container import is_readable, open_container, picture_stream
from telltale.video.frames import Clip, Frame, read_clip
from trainer.data.manifest import Crop, Row
from trainer.data.scan import PICTURES
from trainer.data.tar_members import contents, members_of

RATE = 25.0
"""Pictures a second of a folder, for the times of its frames."""


def open_media(row: Row, frames: int) -> Clip:
    """At most ``frames`` frames of a row, spread evenly, cut to its crop where it has one. Raises BadMedia."""
    clip = read_clip(row.file, frames) if row.kind != "frames" else folder_clip(row, frames)
    return crop_clip(clip, row.crop, row.file.name) if row.crop else clip


def crop_clip(clip: Clip, crop: Crop, name: str) -> Clip:
    """A clip with nothing left of its frames but the crop: RGB uint8 (height, width, 3). Raises BadMedia where one does not hold it."""
    x, y, width, height = crop
    for frame in clip.frames:
        rows, columns = frame.picture.shape[:2]
        if x + width > columns or y + height > rows:
            sentence = f"“{name}” has frames of {columns} x {rows} pixels, which do not hold the crop at {x}, {y} of {width} x {height}."
            raise BadMedia("media.no_frames", text=sentence)
    frames = [replace(frame, picture=frame.rgb[y : y + height, x : x + width].copy()) for frame in clip.frames]
    return replace(clip, width=width, height=height, frames=frames)


def folder_clip(row: Row, frames: int) -> Clip:
    """A folder of pictures as a clip of unknown length. A picture that is damaged is passed over; BadMedia where all of them are."""
    found: list[tuple[int, np.ndarray]] = []
    damaged: list[BadMedia] = []
    for place, name, open_picture in pictures(row, frames):
        try:
            with open_picture() as file:
                found.append((place, decode_picture(file, name)))
        except BadMedia as error:
            damaged.append(error)
    if not found:
        raise damaged[0] if damaged else BadMedia("media.no_media_in_folder", text=f"“{Path(row.path).name}” holds no pictures.")
    kept = [Frame(index, place / RATE, rgb) for index, (place, rgb) in enumerate(sorted(found, key=lambda pair: pair[0]))]
    height, width = kept[0].rgb.shape[:2]
    return Clip("video", width, height, None, "pictures", kept)


def pictures(row: Row, frames: int) -> Iterator[tuple[int, str, Callable[[], IO[bytes]]]]:
    """The pictures to look at: place in the folder, name, and what opens it."""
    if row.member is None:
        if not row.file.is_dir():
            raise BadMedia("media.not_found", text=f"There is no folder called “{row.file.name}”.")
        paths = sorted((path for path in row.file.iterdir() if is_picture(path.name)), key=lambda path: by_number(path.name))
        for place in evenly(len(paths), frames):
            yield place, paths[place].name, partial(is_readable, paths[place])
        return
    members = [member for member in members_of(row.file, row.member) if is_picture(member.name)]
    members.sort(key=lambda member: by_number(member.name))
    wanted = {members[place]: place for place in evenly(len(members), frames)}
    for member, content in contents(row.file, list(wanted)):
        yield wanted[member], member.name, partial(io.BytesIO, content)


def is_picture(name: str) -> bool:
    """By its ending; macOS leaves hidden ``._1.png`` beside ``1.png``."""
    return Path(name).suffix.lower() in PICTURES and not name.startswith(".")


def evenly(length: int, count: int) -> list[int]:
    """``count`` places of ``length``, each in the middle of an equal part; all of them where there are fewer."""
    if length <= count:
        return list(range(length))
    return [int((number + 0.5) * length / count) for number in range(count)]


def by_number(name: str) -> list[tuple[int, str]]:
    """A key that sorts names as people count: 2.png before 10.png."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def decode_picture(file: IO[bytes], name: str) -> np.ndarray:
    """One picture as RGB uint8 (H, W, 3), upright. Raises BadMedia."""
    with open_container(file, name) as container:
        stream = picture_stream(container, name)
        try:
            frame = next(container.decode(stream), None)
        except av.error.FFmpegError as error:
            raise BadMedia("media.no_frames", text=f"“{name}” is damaged: it could not be decoded.") from error
        if frame is None:
            raise BadMedia("media.no_frames", text=f"“{name}” could not be decoded.")
        return upright(frame)

"""Captured frames as a form: files ``frames[]`` (JPEG, PNG, WebP), as many ``times[]`` (seconds, rising), a ``name`` where one is known.

They become one file, which is looked at as one video (``telltale.video.captured_frames``). Here they are counted and told by their first
bytes; whether they can be decoded, and how large they are, shows when they are looked at. See also: the parsing of forms and its limit
(``upload.py``).
"""

import math
from typing import Protocol

from telltale.core.errors import BadMedia, BadRequest
from telltale.video.captured_frames import MOST_FRAMES, CapturedPicture, index_of
from telltale.video.container import LONGEST_SECONDS

FRAMES = ("frames[]", "frames")
TIMES = ("times[]", "times")
NAME = "name"
FIELDS = (*FRAMES, *TIMES, NAME)
UNNAMED = "Captured frames"
LONGEST_TEXT = 200
HEAD = 12


class Sink(Protocol):
    """Where bytes go; counts them, and raises where they are too many."""

    def write(self, data: bytes) -> None: ...


class CapturedFrames:
    """Takes the parts of such a form one after the other. Raises BadRequest and BadMedia."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._field = ""
        self._text = b""
        self._head = b""
        self._size = 0
        self._sizes: list[int] = []
        self._times: list[float] = []
        self.name = UNNAMED

    def begin(self, field: str, filename: str | None) -> None:
        """A part begins, and with it the one before has ended."""
        self._close()
        self._field, self._text, self._head, self._size = field, b"", b"", 0
        if field not in FIELDS or (filename is not None and field not in FRAMES) or (field in FRAMES and len(self._sizes) == MOST_FRAMES):
            raise BadRequest("request.invalid", "frames_form", most=MOST_FRAMES)

    def data(self, data: bytes) -> None:
        """Some of the part."""
        if self._field in FRAMES:
            self._head += data[: HEAD - len(self._head)]
            self._size += len(data)
            self._sink.write(data)
        else:
            self._text += data
            if len(self._text) > LONGEST_TEXT:
                raise BadRequest("request.invalid", "frames_form", most=MOST_FRAMES)

    def finish(self) -> None:
        """The form is whole: write down where each frame lies."""
        self._close()
        rising = all(earlier < later for earlier, later in zip(self._times, self._times[1:], strict=False))
        if not self._sizes or len(self._sizes) != len(self._times) or not rising:
            raise BadRequest("request.invalid", "frames_form", most=MOST_FRAMES)
        self._sink.write(index_of([CapturedPicture(size, time) for size, time in zip(self._sizes, self._times, strict=True)]))

    def _close(self) -> None:
        """What came of the part that has ended."""
        if self._field in FRAMES:
            if not is_picture(self._head):
                number = len(self._sizes) + 1
                raise BadMedia("media.not_media", "frame", n=number) if self._size else BadMedia("media.empty", "frame", n=number)
            self._sizes.append(self._size)
        elif self._field in TIMES:
            if len(self._times) == MOST_FRAMES:
                raise BadRequest("request.invalid", "frames_form", most=MOST_FRAMES)
            self._times.append(seconds_in(self._text))
        elif self._field == NAME:
            text = "".join(letter for letter in self._text.decode("utf-8", "replace") if letter.isprintable()).strip()
            self.name = text or UNNAMED


def is_picture(head: bytes) -> bool:
    """Whether bytes begin as JPEG, PNG or WebP do."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")


def seconds_in(text: bytes) -> float:
    """``12.5`` -> 12.5. Raises BadRequest for what is no time of a video."""
    try:
        time = float(text.decode("ascii"))
    except ValueError as error:
        raise BadRequest("request.invalid", "frames_form", most=MOST_FRAMES) from error
    if not math.isfinite(time) or not 0 <= time <= LONGEST_SECONDS:
        raise BadRequest("request.invalid", "frames_form", most=MOST_FRAMES)
    return time

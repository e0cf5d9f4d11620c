"""Which of a file's video tracks are pictures that people see, the likeliest first: players show the default one, not the first.

Cover pictures, thumbnails, tiles and alpha planes are tracks to FFmpeg too. Where the first track has no face, the others are looked at
(``telltale/pipeline.py``). See also: opening a file (``container.py``).
"""

import av
from av.stream import Disposition

APART = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.dependent
"""Cover, thumbnails along the time line, tiles and layers of another picture."""
SEQUENCES = frozenset({"avis", "hevc", "hevm", "hevs", "hevx", "msf1"})
"""Major brands of files that are a sequence of pictures."""
STILL_CODECS = frozenset({"mjpeg", "png", "bmp", "webp", "gif"})


def shown_tracks(container: "av.container.InputContainer") -> "list[av.video.stream.VideoStream]":
    """The tracks that people may have meant, best first; empty where there is none."""
    tracks = [stream for stream in container.streams.video if not stream.disposition & APART]
    if container.metadata.get("major_brand") in SEQUENCES:
        coloured = [stream for stream in tracks if not is_alpha(stream)]
        tracks = coloured or tracks
    if any(stream.frames > 1 for stream in tracks):
        tracks = [stream for stream in tracks if stream.frames != 1]
    return sorted(tracks, key=rank) if len(tracks) > 1 else tracks


def place_of(container: "av.container.InputContainer", stream: "av.video.stream.VideoStream") -> tuple[int, int]:
    """Which of these tracks it is, counted from 1 as the file has them, and how many there are."""
    places = sorted(each.index for each in shown_tracks(container))
    return places.index(stream.index) + 1, len(places)


def is_alpha(stream: "av.video.stream.VideoStream") -> bool:
    """Whether a track of an image sequence looks like what says how transparent another is."""
    return stream.codec_context is not None and (stream.codec_context.pix_fmt or "").startswith("gray")


def rank(stream: "av.video.stream.VideoStream") -> tuple[bool, bool, bool, int]:
    """Lower is better: one that can be decoded, that is no slide show, that is on by default, that is large."""
    context = stream.codec_context
    if context is None:
        return True, True, True, 0
    return False, context.name in STILL_CODECS, not stream.disposition & Disposition.default, -context.width * context.height

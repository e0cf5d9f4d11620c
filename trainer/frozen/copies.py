"""Copies of a file as the web makes them: made smaller, and compressed again by H.264.

    worse = recompress(clip, draw(row.path, 1), frames=2)

What a clip holds of its frames is encoded as one stream by libx264, so that frames are predicted from each other as in any video, and
decoded again; then the frames to look at are taken. A picture is a stream of one frame. Chroma comes out at half size, whatever it was.
Reals and fakes meet the same draw (``draw``), so a copy makes alike what differs between the classes in a collection: size, chroma,
bits. See also: ``features.py``, which measures copies; ``trainer/evaluation/perturbations.py`` for evaluations, which compresses
every frame on its own.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from telltale.video.frames import Clip
from trainer.data.media import evenly
from trainer.evaluation.perturbations import shrink
from trainer.synthesis.codecs import through_video

SCALES = (0.5, 0.5, 2 / 3, 1.0)
"""Sides of a copy, as shares of the file's: every second copy is at half size."""
CRF = (23, 36)
"""H.264's constant rate factor, mild and harsh, both included."""
STREAM = 32
"""Frames of a video that are encoded at most, spread evenly."""


@dataclass(frozen=True)
class Recompression:
    """Shrink to ``scale`` of the sides, then encode at ``crf``."""

    scale: float
    crf: int


def draw(path: str, number: int) -> Recompression:
    """The recompression of a file's copy with this number, from 1. The same path and number always give the same."""
    digest = hashlib.sha256(f"{number} {path}".encode()).digest()
    chance = np.random.default_rng(int.from_bytes(digest[:8]))
    return Recompression(float(chance.choice(SCALES)), int(chance.integers(CRF[0], CRF[1] + 1)))


def recompress(clip: Clip, how: Recompression, frames: int) -> Clip:
    """At most ``frames`` frames of the clip's copy, spread evenly; ``clip`` should hold ``STREAM`` frames or all."""
    pictures = [shrink(frame.rgb, how.scale) if how.scale < 1 else frame.rgb for frame in clip.frames]
    height, width = pictures[0].shape[:2]
    decoded = through_video(pictures, "h264", how.crf)
    chosen = evenly(len(decoded), frames)
    kept = [replace(clip.frames[place], index=index, picture=np.ascontiguousarray(decoded[place])) for index, place in enumerate(chosen)]
    return replace(clip, width=width, height=height, frames=kept)

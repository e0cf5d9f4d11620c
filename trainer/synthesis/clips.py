"""Footage: crops of one face in order of time with their landmarks. A still is footage of one frame.

Forging and augmentation draw once for footage and apply the draw to each frame ("self-blended video": Nguyen et al., "FakeSTormer",
ICCV 2025), so that nothing flickers that does not flicker in the video itself. See also: which frames are taken (``pairing.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.synthesis.masks import average_face, check_landmarks

Picture = np.ndarray
"""RGB uint8 (side, side, 3)."""


@dataclass(frozen=True, eq=False)
class CropClip:
    """Stored crops, uint8 (SIDE, SIDE, 3), and the 68 landmarks (68, 2) of each in crop pixels."""

    pictures: tuple[Picture, ...]
    outlines: tuple[np.ndarray, ...]

    @property
    def grey(self) -> bool:
        """Whether no frame has colour."""
        return all(is_grey(picture) for picture in self.pictures)

    def at(self, frames: Sequence[int]) -> "CropClip":
        """The frames with these numbers."""
        return CropClip(tuple(self.pictures[frame] for frame in frames), tuple(self.outlines[frame] for frame in frames))


def footage(pictures: Sequence[Picture], points: Sequence[list[float] | None]) -> CropClip:
    """Footage from stored crops. Where landmarks are missing or wild, the other frames' median stands in (crops are aligned), and
    where no frame has any, an average face."""
    found = [check_landmarks(given) for given in points]
    sound = [outline for outline in found if outline is not None]
    usual = np.median(sound, axis=0).astype(np.float32) if sound else average_face()
    return CropClip(tuple(pictures), tuple(usual if outline is None else outline for outline in found))


def is_grey(picture: Picture) -> bool:
    """Whether a picture has no colour; a coloured patch in it would be too easy a tell."""
    small = picture[::8, ::8].astype(np.int16)
    return bool(np.ptp(small, axis=2).max() <= 6)

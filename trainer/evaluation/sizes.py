"""How well fakes are told apart by the size of the face and by how heavily the picture is compressed.

Videos are put into bins by the median over their files; those without a face are in none. Bins differ in more than their name says: small
faces come from other sources than large ones. Not here: what a check withholds for it (``detector/quality.py``).
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from trainer.evaluation.table import Part, Table, part

FACE_PX = (0, 64, 96, 128, 192, 256, float("inf"))
FEWEST = 5
"""Of either class, below which a bin has no AUC: so few are often in order by luck, and a bootstrap cannot see that."""
COMPRESSION = (0, 0.2, 0.4, 0.6, 0.8, float("inf"))


@dataclass(frozen=True)
class Bin:
    """The videos from ``low`` up to, but not including, ``high`` (None: no end)."""

    low: float
    high: float | None
    videos: Part


def by_face_px(table: Table, threshold: float) -> tuple[Bin, ...]:
    """By the face's longer side in pixels."""
    return binned(table, table.video_face_px, FACE_PX, threshold, "px")


def by_compression(table: Table, threshold: float) -> tuple[Bin, ...]:
    """By the measure of ``detector/quality.py``, 0 clean .. 1 heavily compressed."""
    return binned(table, table.video_compression, COMPRESSION, threshold, "")


def binned(table: Table, values: np.ndarray, edges: tuple[float, ...], threshold: float, unit: str) -> tuple[Bin, ...]:
    """The bins that hold a video."""
    bins = []
    for low, high in pairwise(edges):
        chosen = (values >= low) & (values < high)
        if chosen.any():
            name = f"{low:g} to {high:g} {unit}" if np.isfinite(high) else f"{low:g} {unit} and more"
            videos = part(" ".join(name.split()), table, chosen, threshold)
            if min(videos.real_videos, videos.fake_videos) < FEWEST:
                videos = replace(videos, video_auc=None)
            bins.append(Bin(low, high if np.isfinite(high) else None, videos))
    return tuple(bins)

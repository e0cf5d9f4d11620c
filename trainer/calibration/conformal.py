"""Thresholds that promise an error rate: conformal risk control, for all faces and for each size and compression of face.

After Angelopoulos, Bates, Fisch, Lei & Schuster, "Conformal Risk Control" (ICLR 2024). With n videos of a class and the share R(t) of them
on the wrong side of a threshold t, the least strict t with n/(n+1) R(t) + 1/(n+1) <= alpha errs on the next video of that class with a
probability of at most alpha, whatever the model and however few the videos; fewer than 1/alpha - 1 cannot promise it, and then that
verdict is never given. Units are videos, not frames: frames of one video err together.

The promise has conditions. It is an average over draws of the calibration videos: one draw can lie somewhat above. And it holds for videos
*exchangeable* with the calibration's: of the same sources and the same manipulations in the same shares. For anything else on the web
it is a yardstick, not a guarantee.

Bins have edges fixed beforehand, so that no score has a say in them and models can be compared: FACE_PX where a face of the default crop is
enlarged by more than a third, about as it is, or shrunk (224 pixels of crop hold 170 of face); COMPRESSION at about JPEG 75 and JPEG 40, or
H.264 CRF 25 and 36. A bin with too few of a class takes the strictest threshold among its size, its compression, and all; one with enough
of that class alone may be stricter than all, never looser. A verdict is never said on the wrong side of even odds.
"""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from telltale.core.model_settings import NEVER_CLEAR, NEVER_FAKE, Bin

FACE_PX = (0.0, 128.0, 224.0, float("inf"))
COMPRESSION = (0.0, 0.35, 0.65, float("inf"))
EVEN = 0.5
STEP = 1e-6
"""Thresholds are rounded to this, towards the strict side."""


@dataclass(frozen=True, eq=False)
class Units:
    """Calibration's videos, arrays of one length: probability of fake, truth, median face size and compression."""

    probability: np.ndarray
    fake: np.ndarray
    face_px: np.ndarray
    compression: np.ndarray


@dataclass(frozen=True)
class Promise:
    """Shares to stay within: reals called fake, fakes cleared."""

    reals_called_fake: float = 0.05
    fakes_cleared: float = 0.15


def lowest_fake_from(reals: np.ndarray, alpha: float) -> float | None:
    """The lowest ``fake_from``, over probabilities of reals, that keeps the promise; None where they are too few."""
    may_lie_above = int(np.floor(alpha * (len(reals) + 1) + 1e-9)) - 1
    if may_lie_above < 0:
        return None
    if may_lie_above >= len(reals):
        return EVEN
    highest = np.sort(reals)[::-1][may_lie_above]
    just_above = (np.floor(highest / STEP + 1e-6) + 1) * STEP
    return float(np.clip(np.round(just_above, 6), EVEN, NEVER_FAKE))


def highest_clear_to(fakes: np.ndarray, alpha: float) -> float | None:
    """The highest ``clear_to``, over probabilities of fakes, that keeps the promise; None where they are too few."""
    mirrored = lowest_fake_from(1 - fakes, alpha)
    return None if mirrored is None else round(1 - mirrored, 6)


def thresholds(units: Units, promise: Promise, chosen: np.ndarray) -> tuple[float | None, float | None]:
    """``fake_from`` and ``clear_to`` over the chosen videos."""
    return (
        lowest_fake_from(units.probability[chosen & ~units.fake], promise.reals_called_fake),
        highest_clear_to(units.probability[chosen & units.fake], promise.fakes_cleared),
    )


def fit_thresholds(units: Units, promise: Promise) -> tuple[float, float]:
    """``fake_from`` and ``clear_to`` over all videos."""
    fake_from, clear_to = thresholds(units, promise, np.ones(len(units.fake), bool))
    return NEVER_FAKE if fake_from is None else fake_from, NEVER_CLEAR if clear_to is None else clear_to


def bins(units: Units, promise: Promise) -> list[Bin]:
    """Every bin, small faces first, and clean before compressed."""
    edges = product(pairwise(FACE_PX), pairwise(COMPRESSION))
    return [fit_bin(units, promise, face_px, compression) for face_px, compression in edges]


def fit_bin(units: Units, promise: Promise, face_px: tuple[float, float], compression: tuple[float, float]) -> Bin:
    """The bin of these sides."""
    sized = (units.face_px >= face_px[0]) & (units.face_px < face_px[1])
    alike = (units.compression >= compression[0]) & (units.compression < compression[1])
    own_fake, own_clear = own = thresholds(units, promise, sized & alike)
    everything = thresholds(units, promise, np.ones(len(units.fake), bool))
    if None not in own:
        asked_fake, asked_clear = [own], [own]
    else:
        coarser = [thresholds(units, promise, sized), thresholds(units, promise, alike), everything]
        asked_fake = coarser if own_fake is None else [own, everything]
        asked_clear = coarser if own_clear is None else [own, everything]
    return Bin(
        face_px_from=face_px[0],
        face_px_to=None if np.isinf(face_px[1]) else face_px[1],
        compression_from=compression[0],
        compression_to=None if np.isinf(compression[1]) else compression[1],
        reals=int((sized & alike & ~units.fake).sum()),
        fakes=int((sized & alike & units.fake).sum()),
        fake_from=max((each for each, _ in asked_fake if each is not None), default=NEVER_FAKE),
        clear_to=min((each for _, each in asked_clear if each is not None), default=NEVER_CLEAR),
        own_fake_from=own_fake is not None,
        own_clear_to=own_clear is not None,
    )

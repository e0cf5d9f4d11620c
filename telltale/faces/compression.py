"""How heavily the pixels around a face were compressed: a number from 0, clean, to 1, heavily compressed, without the original to compare.

Measured on the middle of the face at the frame's own resolution, because alignment resamples a face and takes the traces with it. Lossy
codecs remove the finest detail first (so detail at 1 pixel is weak against detail at 2 and 4), leave flat places between strong edges (so
the calm parts are much calmer than the busy ones), and cut the picture into blocks (so steps gather on one of eight phases). Four such
ratios are joined by a logistic function fitted on faces encoded anew at known strengths; ratios, so that neither light nor the size of the
face counts. What was upscaled before it was sent looks compressed as well, and is as poor. See also: blur (``quality.py``).

The weights come from ``python -m benchmarks.accuracy.compression_fit --data ../shared/data --fit``, which also prints how the measure
rises.
"""

import cv2
import numpy as np

from telltale.core.rules import RULES
from telltale.video.yuv import Picture, part_of

MEASURE = RULES.compression
LEAST = MEASURE.least_side
WEIGHTS = np.array(MEASURE.weights)


def estimate_compression(picture: Picture, box: np.ndarray) -> float:
    """0 clean .. 1 heavily compressed, of the face in ``box`` (x0 y0 x1 y1) of a frame."""
    value = float(WEIGHTS @ traces(middle(picture, box))) - MEASURE.middle
    return float(1 / (1 + np.exp(-np.clip(MEASURE.steepness * value, -RULES.verdict.max_log_odds, RULES.verdict.max_log_odds))))


def middle(picture: Picture, box: np.ndarray) -> np.ndarray:
    """The middle of a face as grey float32, unscaled; never smaller than LEAST."""
    height, width = picture.shape[:2]
    x, y = np.clip((box[:2] + box[2:]) / 2, 0, (width - 1, height - 1))
    reach = float(np.clip((box[2:] - box[:2]).max() / 2, LEAST / 2, MEASURE.reach))
    rgb = part_of(picture, round(y - reach), round(y + reach), round(x - reach), round(x + reach))
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    down, right = (max(0, LEAST - side) for side in grey.shape)
    if down or right:
        grey = cv2.copyMakeBorder(grey, 0, down, 0, right, cv2.BORDER_REFLECT)
    return grey.astype(np.float32)


def traces(grey: np.ndarray) -> np.ndarray:
    """(4,): finest detail against finer, finer against fine, steps on a lattice of 8, calm against busy places; all logarithms."""
    detail = {step: diagonal(grey, step) for step in (1, 2, 4)}
    level = {step: np.log(part.mean() + MEASURE.floor) for step, part in detail.items()}
    coarse = detail[4]
    places = cv2.resize(coarse, (coarse.shape[1] // 8, coarse.shape[0] // 8), interpolation=cv2.INTER_AREA)
    calm, busy = np.quantile(places, (MEASURE.calm, MEASURE.busy))
    lattice = (steps(grey) + steps(grey.T)) / 2
    return np.array([level[1] - level[2], level[2] - level[4], lattice, np.log((calm + MEASURE.floor) / (busy + MEASURE.floor))])


def diagonal(grey: np.ndarray, step: int) -> np.ndarray:
    """Size of the diagonal detail at a distance of ``step`` pixels (the finest Haar detail at 1)."""
    return np.abs(grey[:-step, :-step] - grey[step:, :-step] - grey[:-step, step:] + grey[step:, step:])


def steps(grey: np.ndarray) -> float:
    """How much more rows jump at the strongest of the eight phases than at the usual one, as a logarithm."""
    jump = np.abs(np.diff(grey, axis=0))
    alone = np.maximum(jump[1:-1] - np.maximum(jump[:-2], jump[2:]), 0).mean(axis=1)
    phases = [alone[phase::8].mean() for phase in range(8)]
    return float(np.log((max(phases) + MEASURE.floor) / (np.median(phases) + MEASURE.floor)))

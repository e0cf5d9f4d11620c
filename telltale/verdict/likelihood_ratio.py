"""Strength of evidence: scores -> likelihood ratios within what was measured, for any manipulation and for each kind of it.

What a score is worth depends on how heavily a face is compressed, and is bounded where it would claim more than the few videos that it was
measured on warrant (``trainer/calibration/likelihood_bounds.py``). The words are those of forensic institutes (ENFSI, "Guideline for
evaluative reporting in forensic science", 2015), their lowest three steps. See also: the verdict (``verdict.py``).
"""

from collections.abc import Sequence

import numpy as np

from telltale.core.model_settings import ModelSettings, RatioBin, ratio_bin
from telltale.core.report import KindEvidence, Quality, Ratio, Strength
from telltale.core.rules import RULES
from telltale.model.observations import Observation

WORDS: tuple[tuple[float, Strength], ...] = ((100.0, "strong"), (10.0, "moderate"), (2.0, "weak"))
"""From which ratio on, or down from which one over it."""
CLIP = RULES.verdict.max_log_odds


def ratio_of(logit: float, reach: float, qualities: Sequence[Quality], settings: ModelSettings) -> Ratio | None:
    """That of any manipulation from the mean logit and how far its interval reaches; None where none was measured for such faces."""
    place = ratio_bin(settings.ratio, compression_of(qualities))
    return bounded(logit, reach, place) if place and settings.calibrated else None


def kinds_of(looks: Sequence[Observation], qualities: Sequence[Quality], settings: ModelSettings) -> list[KindEvidence]:
    """Those of each kind that was measured for such faces, strongest first."""
    compression, found = compression_of(qualities), []
    for number, scale in enumerate(settings.kinds):
        place = ratio_bin(scale.bins, compression)
        if place is not None:
            scores = np.array([look.kinds[number] for look in looks])
            ratio = bounded(float(scores.mean()), RULES.verdict.interval_deviations * standard_error(scores, settings), place)
            found.append(KindEvidence(kind=scale.kind, ratio=ratio, **place.model_dump(include={"power", "alarms", "fakes", "reals"})))
    return sorted(found, key=lambda each: -each.ratio.value)


def compression_of(qualities: Sequence[Quality]) -> float | None:
    """How heavily a person's face mostly is compressed."""
    known = [quality.compression for quality in qualities if quality.compression is not None]
    return float(np.median(known)) if known else None


def standard_error(scores: np.ndarray, settings: ModelSettings) -> float:
    """Of the mean score of a kind. Few looks take the spread of the model's logits, brought to the scale of a log ratio."""
    usual = settings.look_spread / settings.temperature
    spread = max(float(scores.std(ddof=1)), usual) if len(scores) > 2 else usual
    return float(np.hypot(spread / np.sqrt(len(scores)), settings.video_spread / settings.temperature))


def bounded(score: float, reach: float, place: RatioBin) -> Ratio:
    """The ratio of a score and its interval, each within bounds."""
    logs = (place.slope * each + place.offset for each in (score - reach, score, score + reach))
    low, value, high = (rounded(min(max(float(np.exp(np.clip(each, -CLIP, CLIP))), place.least), place.most)) for each in logs)
    return Ratio(value=value, low=low, high=high, strength=strength_of(value))


def strength_of(value: float) -> Strength:
    """The word for a ratio in either direction."""
    return next((word for start, word in WORDS if max(value, 1 / value) >= start), "none")


def rounded(ratio: float) -> float:
    """To three significant digits: nothing was measured more exactly."""
    return float(f"{ratio:.3g}")

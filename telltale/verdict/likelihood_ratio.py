"""Strength of evidence: log-odds -> a likelihood ratio within what was measured, for any manipulation and for each kind of it.

A calibrated score at even odds is the log of the ratio itself. Where it would claim more than the few videos it was measured on warrant, it
is bounded (``trainer/calibration/likelihood_bounds.py``). The words are those of forensic institutes (ENFSI, "Guideline for evaluative
reporting in forensic science", 2015), their lowest three steps. See also: the verdict (``verdict.py``).
"""

from collections.abc import Sequence

import numpy as np

from telltale.core.model_settings import KindScale, ModelSettings
from telltale.core.report import KindEvidence, Quality, Ratio, Strength
from telltale.core.rules import RULES
from telltale.model.observations import Observation

WORDS: tuple[tuple[float, Strength], ...] = ((100.0, "strong"), (10.0, "moderate"), (2.0, "weak"))
"""From which ratio on, or down from which one over it."""


CLIP = RULES.verdict.max_log_odds


def ratio_of(logit: float, reach: float, settings: ModelSettings) -> Ratio | None:
    """That of any manipulation from the mean logit and how far its interval reaches; None where none was measured for this model."""
    if not settings.calibrated or settings.least_ratio is None or settings.most_ratio is None:
        return None
    middle, spread = (logit - settings.offset) / settings.temperature, reach / settings.temperature
    return bounded(middle, spread, settings.least_ratio, settings.most_ratio)


def kinds_of(looks: Sequence[Observation], qualities: Sequence[Quality], settings: ModelSettings) -> list[KindEvidence]:
    """Those of each kind that the model knows, strongest first."""
    known = [quality.compression for quality in qualities if quality.compression is not None]
    size = float(np.median([quality.face_size_px for quality in qualities]))
    compression = float(np.median(known)) if known else None
    found = [
        kind_of(scale, np.array([look.kinds[place] for look in looks]), size, compression, settings)
        for place, scale in enumerate(settings.kinds)
    ]
    return sorted(found, key=lambda each: -each.ratio.value)


def kind_of(scale: KindScale, log_ratios: np.ndarray, face_px: float, compression: float | None, settings: ModelSettings) -> KindEvidence:
    """One kind from the log likelihood ratios (looks,) of one person."""
    usual = settings.look_spread / settings.temperature
    spread = max(float(log_ratios.std(ddof=1)), usual) if len(log_ratios) > 2 else usual
    error = float(np.hypot(spread / np.sqrt(len(log_ratios)), settings.video_spread / settings.temperature))
    power = scale.power_at(face_px, compression)
    return KindEvidence(
        kind=scale.kind,
        ratio=bounded(float(log_ratios.mean()), RULES.verdict.interval_deviations * error, scale.least, scale.most),
        power=power.share if power else None,
        measured=power.fakes if power else None,
    )


def bounded(middle: float, reach: float, least: float, most: float) -> Ratio:
    """The ratio of a log likelihood ratio and its interval, each within bounds."""
    low, value, high = (
        rounded(min(max(float(np.exp(np.clip(each, -CLIP, CLIP))), least), most)) for each in (middle - reach, middle, middle + reach)
    )
    return Ratio(value=value, low=low, high=high, strength=strength_of(value))


def strength_of(value: float) -> Strength:
    """The word for a ratio in either direction."""
    return next((word for start, word in WORDS if max(value, 1 / value) >= start), "none")


def rounded(ratio: float) -> float:
    """To three significant digits: nothing was measured more exactly."""
    return float(f"{ratio:.3g}")

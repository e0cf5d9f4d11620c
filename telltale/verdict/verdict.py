"""Logits -> calibrated verdict, per person and for the whole, or "cannot tell".

A person's log-odds are the mean over their looks; the interval joins the spread of the looks with what no number of looks removes. The
whole is as suspicious as its most suspicious person. Where a probability becomes a verdict depends on how large and how compressed the
person's face mostly is, where the model has thresholds for that. See also: what limits a face (``telltale/faces/quality.py``) and the
fitted numbers (``telltale/core/model_settings.py``).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from telltale.core.model_settings import NEVER_CLEAR, NEVER_FAKE, Bin, ModelSettings
from telltale.core.report import Box, FaceObservation, Interval, Person, Quality, Reason, Verdict, reason_of
from telltale.core.rules import RULES
from telltale.faces.detectors import Face
from telltale.faces.quality import quality_of, quality_reasons
from telltale.model.observations import Observation, PersonTrack
from telltale.verdict.likelihood_ratio import compression_of, kinds_of, ratio_of

MIN_SCREEN_SHARE = RULES.verdict.min_screen_share
"""People seen in a smaller share of the frames than this are listed, but do not decide while others do."""

SCORE_REASONS = ("score.between", "quality.between", "score.unmeasured")
"""Codes of reasons that lie in the score, not in the face."""


@dataclass(frozen=True, eq=False)
class Decision:
    """What the Report says of the whole."""

    verdict: Verdict
    fake_probability: float | None
    interval: Interval | None
    people: list[Person]
    reasons: list[Reason]
    decided_by: Person | None
    """The most suspicious of those who count: whose probability the whole has."""


def decide(people: list[PersonTrack], *, frames: int, kind: Literal["video", "image"], settings: ModelSettings) -> Decision:
    """The verdict over ``frames`` sampled frames."""
    judged = [decide_person(person, frames, kind, settings) for person in people]
    warnings = [] if settings.calibrated else [reason_of("model.uncalibrated", "warning")]
    if not judged:
        return Decision("no_face", None, None, [], [*warnings, reason_of("face.none", "abstain")], None)
    deciding = deciding_of(judged)
    most = max(deciding, key=lambda person: person.fake_probability)
    verdict = overall(deciding)
    reasons = [*(most if verdict != "cannot_tell" else undecided(deciding)).reasons, *warnings]
    return Decision(verdict, most.fake_probability, most.interval, judged, reasons, most)


def deciding_of(people: list[Person]) -> list[Person]:
    """Those who decide the whole."""
    return [person for person in people if person.frame_coverage >= MIN_SCREEN_SHARE] or people


def open_by_score(judgement: Decision) -> bool:
    """Whether the whole is left open by the score of somebody whose face is clear enough: more looks may settle it."""
    if judgement.verdict != "cannot_tell":
        return False
    left = [person for person in deciding_of(judgement.people) if person.verdict == "cannot_tell"]
    return any(all(reason.code in SCORE_REASONS for reason in person.reasons if reason.severity == "abstain") for person in left)


def overall(people: list[Person]) -> Verdict:
    """The most serious verdict of the people that count."""
    order: tuple[Verdict, ...] = ("likely_fake", "cannot_tell", "no_sign_of_manipulation")
    return next(verdict for verdict in order if any(person.verdict == verdict for person in people))


def undecided(people: list[Person]) -> Person:
    """The person whose verdict is open and who looks most suspicious."""
    return max((person for person in people if person.verdict == "cannot_tell"), key=lambda person: person.fake_probability)


def decide_person(person: PersonTrack, frames: int, kind: Literal["video", "image"], settings: ModelSettings) -> Person:
    """One person's verdict from all looks at them."""
    observations = [observation_of(look, settings) for look in person.looks]
    logits = np.array([look.logit for look in person.looks])
    middle, reach = float(logits.mean()), RULES.verdict.interval_deviations * standard_error(logits, settings)
    value = probability(middle, settings)
    qualities = [each.quality for each in observations]
    seen = person.seen or len(person.looks)
    reasons = quality_reasons(qualities, kind, seen)
    if not any(look.face.sure for look in person.looks):
        reasons = [reason_of("face.unsure", "abstain"), *reasons]
    usable = not any(reason.severity == "abstain" for reason in reasons)
    place = bin_of(qualities, settings)
    verdict = verdict_of(value, abstain=not usable, band=place or settings)
    if (between := why_between(value, place, settings)) is not None:
        reasons = [between, *reasons]
    return Person(
        id=person.id,
        picture=f"person-{person.id}.jpg",
        frame_coverage=seen / frames,
        verdict=verdict,
        fake_probability=value,
        interval=Interval(low=probability(middle - reach, settings), high=probability(middle + reach, settings)),
        observations=observations,
        reasons=reasons,
        ratio=ratio_of(middle, reach, qualities, settings) if usable and kind == "video" else None,
        kinds=kinds_of(person.looks, qualities, settings) if usable and kind == "video" else [],
    )


def bin_of(qualities: list[Quality], settings: ModelSettings) -> Bin | None:
    """The bin of the person's median face size and median compression."""
    return settings.bin_of(float(np.median([quality.face_size_px for quality in qualities])), compression_of(qualities))


def verdict_of(value: float, *, abstain: bool, band: Bin | ModelSettings) -> Verdict:
    """Where a probability lies between the thresholds."""
    if abstain or band.clear_to < value < band.fake_from:
        return "cannot_tell"
    return "likely_fake" if value >= band.fake_from else "no_sign_of_manipulation"


def why_between(value: float, place: Bin | None, settings: ModelSettings) -> Reason | None:
    """The reason where the score itself is what leaves it open: for any face, or only for faces like this one."""
    band = place or settings
    if not band.clear_to < value < band.fake_from:
        return None
    if band.fake_from >= NEVER_FAKE if value > 0.5 else band.clear_to <= NEVER_CLEAR:
        return reason_of("score.unmeasured", "abstain")
    return reason_of("score.between" if settings.clear_to < value < settings.fake_from else "quality.between", "abstain")


def standard_error(logits: np.ndarray, settings: ModelSettings) -> float:
    """Of the mean logit. Few looks take the spread that calibration measured; some doubt never averages out. The looks of a sheet share one
    logit and count as one."""
    spread = max(float(logits.std(ddof=1)), settings.look_spread) if len(logits) > 2 else settings.look_spread
    return float(np.hypot(spread / np.sqrt(max(1.0, len(logits) / settings.sheet**2)), settings.video_spread))


def probability(logit: float, settings: ModelSettings) -> float:
    """Calibrated probability of fake."""
    log_odds = np.clip((logit - settings.offset) / settings.temperature, -RULES.verdict.max_log_odds, RULES.verdict.max_log_odds)
    return float(1 / (1 + np.exp(-log_odds)))


def observation_of(look: Observation, settings: ModelSettings) -> FaceObservation:
    """A look as the Report tells it."""
    return FaceObservation(
        time=round(look.time, 3),
        box=box_of(look.face),
        logit=look.logit,
        fake_probability=probability(look.logit, settings),
        quality=quality_of(look.face, look.crop, look.compression),
    )


def box_of(face: Face) -> Box:
    """A face's box as the Report tells it."""
    x0, y0, x1, y1 = (round(float(edge), 1) for edge in face.box)
    return Box(x0=x0, y0=y0, x1=x1, y1=y1)

"""Corrections of a video's logit by what is known of the very video: would they lower false alarms on sources that they never saw?

*Company*: a person's logit less a share of what the other people of the video have above the usual real; concerns only videos of several.
*Quality*: a linear function of face size, sharpness, compression and bits a pixel, fitted on real videos alone (ridge), so that it cannot
learn what fakes look like. Slopes may be learnt on more reals than are judged: training's own, whose level is lower because they were
seen, so each set keeps a level of its own. Everything is judged on sources left out: slopes and the 5 % threshold come from the other
sources' reals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from telltale.video.container import is_readable, open_container, picture_stream
from trainer.analysis.aggregation import Videos
from trainer.analysis.pooling import Looks, mean, people_of
from trainer.analysis.saved_scores import Scored
from trainer.evaluation.metrics import Estimate, average, difference, rank

FEATURES = ("log face size", "log sharpness", "compression", "log bits a pixel")
RIDGE = 5.0
"""On standardised features: with tens of videos, slopes shrink by about a tenth."""
ALARMS = 0.05
COMPANY_SHARE = 0.5


@dataclass(frozen=True)
class Correction:
    """One correction's figures beside those without it. ``slopes``: logits for a standard deviation of each feature."""

    name: str
    concerned: int
    auc: Estimate
    ahead: Estimate | None
    false_alarms: Estimate
    found: Estimate
    slopes: tuple[float, ...] = ()
    explained: float | None = None
    """Of the variance among real videos of sources left out; below 0 is worse than their mean."""


def corrections(videos: Videos, more: Sequence[Scored] = ()) -> tuple[Correction, ...]:
    """No correction, company, quality; ``more`` are further videos whose reals help to fit the slopes."""
    source = np.array([each.row.source for each in videos.scored])
    plain = np.array([figure_of(each) for each in videos.scored])
    nothing = evaluate_correction("none", videos, source, dict.fromkeys(np.unique(source), plain), plain)
    usual = float(np.median(plain[~videos.fake]))
    beside = np.array([in_company(people_of(each.score), usual) for each in videos.scored])
    several = sum(len(people_of(each.score)) > 1 for each in videos.scored)
    company = evaluate_correction("company", videos, source, dict.fromkeys(np.unique(source), beside), plain, several)
    return nothing, company, quality(videos, source, plain, [each for each in more if each.row.label == "real" and each.score.looks])


def figure_of(each: Scored) -> float:
    """The logit as a check has it."""
    return max(mean(looks) for looks in people_of(each.score))


def in_company(people: Sequence[Looks], usual: float) -> float:
    """The highest of the people's logits, each less a share of how far the mean of the others lies above the usual real."""
    logits = np.array([mean(looks) for looks in people])
    if len(logits) == 1:
        return float(logits[0])
    others = (logits.sum() - logits) / (len(logits) - 1)
    return float(np.max(logits - COMPANY_SHARE * (others - usual)))


def quality(videos: Videos, source: np.ndarray, plain: np.ndarray, more: Sequence[Scored]) -> Correction:
    """The linear correction, for each source with slopes that did not see it."""
    reals = [(each, 0) for each, fake in zip(videos.scored, videos.fake, strict=True) if not fake] + [(each, 1) for each in more]
    known = np.array([features(each) for each, _ in reals])
    logits, group = np.array([figure_of(each) for each, _ in reals]), np.array([number for _, number in reals])
    named, own = np.array([each.row.source for each, _ in reals]), np.array([features(each) for each in videos.scored])
    middle, width = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-6)
    corrected, left, rest = {}, np.zeros(len(reals)), np.zeros(len(reals))
    for name in np.unique(source):
        slopes = ridge((known - middle) / width, logits, group, named != name)
        corrected[name] = plain - (own - middle) / width @ slopes
    for name in np.unique(named):
        held = named == name
        slopes = ridge((known - middle) / width, logits, group, ~held)
        for number in np.unique(group[held]):
            fitted = ~held & (group == number)
            level = (logits - (known - middle) / width @ slopes)[fitted].mean() if fitted.any() else 0.0
            part = held & (group == number)
            left[part] = (logits - (known - middle) / width @ slopes)[part] - level
            rest[part] = logits[part] - (logits[fitted].mean() if fitted.any() else 0.0)
    explained = 1 - float((left**2).sum() / (rest**2).sum())
    slopes = ridge((known - middle) / width, logits, group, np.ones(len(reals), dtype=bool))
    figures = evaluate_correction("quality", videos, source, corrected, plain, len(videos.scored))
    return replace(figures, slopes=tuple(map(float, slopes)), explained=explained)


def ridge(known: np.ndarray, logits: np.ndarray, group: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Slopes on the chosen videos, each group's level taken off."""
    known, logits, group = known[chosen], logits[chosen].copy(), group[chosen]
    known = known.copy()
    for number in np.unique(group):
        known[group == number] -= known[group == number].mean(axis=0)
        logits[group == number] -= logits[group == number].mean()
    return np.linalg.solve(known.T @ known + RIDGE * np.eye(known.shape[1]), known.T @ logits)


def features(each: Scored) -> np.ndarray:
    """Of the person who decides, and of the file."""
    decides = max(people_of(each.score), key=mean)
    bits = bits_per_pixel(each.row.file) if each.row.kind == "video" else 0.05
    compression = each.score.compression if each.score.compression is not None else 0.5
    size, sharp = np.median(decides.face_px), np.median(decides.sharpness)
    return np.array([np.log(max(size, 1.0)), np.log(max(sharp, 0.1)), compression, np.log(bits)])


def evaluate_correction(
    name: str, videos: Videos, source: np.ndarray, corrected: dict[str, np.ndarray], plain: np.ndarray, concerned: int = 0
) -> Correction:
    """Figures of logits that are corrected, for each source, by what was fitted without it."""
    own = np.array([corrected[each][place] for place, each in enumerate(source)])
    called = np.zeros(len(own), dtype=bool)
    for each in np.unique(source):
        others = corrected[each][(source != each) & ~videos.fake]
        called[source == each] = own[source == each] > np.quantile(others, 1 - ALARMS)
    fake, unit = videos.fake, videos.unit
    return Correction(
        name=name,
        concerned=concerned,
        auc=rank(fake, own, unit).auc,
        ahead=difference(fake, own, plain, unit) if name != "none" else None,
        false_alarms=average(called[~fake], fake[~fake], unit[~fake]),
        found=average(called[fake], fake[fake], unit[fake]),
    )


def bits_per_pixel(path: Path) -> float:
    """Bits of the picture track's packets by their number and size. Raises BadMedia, for a file without a packet too."""
    from telltale.core.errors import BadMedia

    with is_readable(path) as file, open_container(file, path.name) as container:
        stream = picture_stream(container, path.name)
        pixels = stream.codec_context.width * stream.codec_context.height
        sizes = [packet.size for packet in container.demux(stream) if packet.size]
    if not sizes or not pixels:
        raise BadMedia("media.no_frames", text=f"“{path.name}” has a video track, but nothing in it.")
    return 8 * sum(sizes) / len(sizes) / pixels

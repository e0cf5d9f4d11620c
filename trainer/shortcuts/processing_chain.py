"""What the files of one source have in common besides their label, measured, and the chain of links that gives it to other files.

Medians over a dozen files; a source that mixes several chains is told by its middle only. See also: how one file is measured
(``source_stats.py``), what the links do (``transforms.py``).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from telltale.core.errors import BadMedia
from telltale.faces.detectors import FaceDetector
from trainer.data.manifest import Label, Row
from trainer.evaluation.robustness import turns
from trainer.shortcuts.source_stats import Traits, traits_of
from trainer.shortcuts.transforms import Compress, DoubleFrames, Grayscale, Passage, Reencode, Reframe, Resize, Transform, Watermark
from trainer.shortcuts.watermarks import Corner, mark_in
from trainer.synthesis.codecs import Codec

MEASURED_FILES = 12
"""Of a source, from as many clips as there are."""
GENERAL = "any source"
"""Whose chains are tried on everything."""


@dataclass(frozen=True)
class SourceTraits:
    """The files of one source and label. ``margins``: from the middle of the landmarks to the left, upper, right and lower edge, in sizes
    of the face; ``side_by_side``: most of its frames show two faces or more. None where there is nothing to measure."""

    source: str
    label: Label
    files: int
    width: int
    height: int
    grey: bool
    face_px: int | None
    margins: tuple[float, ...] | None
    landmarks: tuple[tuple[float, float], ...] | None
    side_by_side: bool
    quality: int | None
    codec: str | None
    bits: float | None
    mark: Corner | None


@dataclass(frozen=True)
class ProcessingChain:
    """A passage, whose it is, and which class it is tried on. ``whole``: all links of the source, and not one of them by itself."""

    source: str
    on: Label
    whole: bool
    passage: Passage

    @property
    def of(self) -> Label:
        """The class that it was measured on."""
        return "fake" if self.on == "real" else "real"

    @property
    def resizes(self) -> bool:
        """Whether faces get another size."""
        return any(isinstance(link, Reframe | Resize) for link in self.passage.links)


def measure_sources(rows: Sequence[Row], finder: FaceDetector) -> tuple[SourceTraits, ...]:
    """Every source and label of these rows; files that cannot be read are passed over."""
    strata: dict[tuple[Label, str], list[Row]] = defaultdict(list)
    for row in rows:
        strata[row.label, row.source].append(row)
    found = []
    for (label, source), members in sorted(strata.items()):
        traits = [each for row in turns(members)[:MEASURED_FILES] if (each := attempt(row, finder)) is not None]
        if traits:
            found.append(in_common(source, label, traits))
    return tuple(found)


def attempt(row: Row, finder: FaceDetector) -> Traits | None:
    """One file's traits, or None where it cannot be read."""
    try:
        return traits_of(row, finder)
    except BadMedia:
        return None


def in_common(source: str, label: Label, traits: Sequence[Traits]) -> SourceTraits:
    """The medians."""
    width, height = (round(float(np.median(sizes))) for sizes in zip(*((t.width, t.height) for t in traits), strict=True))
    faces = [t for t in traits if t.landmarks is not None and t.face_px is not None]
    places = [t.landmarks * (width / t.width, height / t.height) for t in faces if t.landmarks is not None]
    landmarks = np.median(places, axis=0).round(1) if places else None
    face_px = middle([t.face_px for t in faces])
    codecs = [t.codec for t in traits if t.codec is not None]
    quality, bits = middle([t.quality for t in traits]), middle([t.bits for t in traits])
    return SourceTraits(
        source=source,
        label=label,
        files=len(traits),
        width=width,
        height=height,
        grey=float(np.mean([t.grey for t in traits])) > 0.5,
        face_px=None if face_px is None else round(face_px),
        margins=margins(landmarks, (width, height), face_px) if landmarks is not None and face_px else None,
        landmarks=None if landmarks is None else tuple((float(x), float(y)) for x, y in landmarks),
        side_by_side=float(np.median([t.people for t in traits])) >= 2,
        quality=None if quality is None else round(quality),
        codec=max(sorted(set(codecs)), key=codecs.count) if codecs else None,
        bits=None if bits is None else round(bits, 2),
        mark=mark_in([t.frame for t in traits]),
    )


def middle(values: Sequence[float | None]) -> float | None:
    """The median of what is known."""
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def margins(landmarks: np.ndarray, size: tuple[int, int], face_px: float) -> tuple[float, ...]:
    """Left, above, right, below."""
    x, y = landmarks.mean(axis=0)
    return tuple(round(float(each) / face_px, 2) for each in (x, y, size[0] - x, size[1] - y))


def links_of(traits: SourceTraits) -> tuple[Transform, ...]:
    """A source's chain, in the order in which platforms do it. Of reals, the face's size without the framing."""
    links: list[Transform] = []
    if traits.label == "fake" and traits.landmarks is not None:
        links.append(Reframe(traits.width, traits.height, traits.landmarks))
    elif traits.face_px is not None:
        links.append(Resize(traits.face_px))
    if traits.grey:
        links.append(Grayscale())
    if traits.mark is not None:
        links.append(Watermark(traits.mark))
    if traits.side_by_side and traits.label == "fake":
        links.append(DoubleFrames())
    if traits.quality is not None:
        links.append(Compress(traits.quality))
    if traits.bits is not None:
        codec: Codec = "h265" if traits.codec == "hevc" else "h264"
        links.append(Reencode(codec, traits.bits))
    return tuple(links)


def chains(sources: Sequence[SourceTraits]) -> tuple[ProcessingChain, ...]:
    """Fakes' chains for reals, link by link and whole; reals' chains for fakes, whole; and three for both that any source may have."""
    found = []
    for on in ("real", "fake"):
        for link in (Grayscale(), Watermark("bottom right"), DoubleFrames()):
            found.append(ProcessingChain(GENERAL, on, False, Passage((link,))))
    for traits in sources:
        links = links_of(traits)
        if traits.label == "fake":
            found += [ProcessingChain(traits.source, "real", False, Passage((link,))) for link in (links if len(links) > 1 else ())]
        if links:
            found.append(ProcessingChain(traits.source, "real" if traits.label == "fake" else "fake", True, Passage(links)))
    return tuple(found)

"""The shortcut probe's tables for people: ``probe.md``. See also: the figures (``swap_test.py``)."""

from collections.abc import Sequence

from trainer.reporting.tables import interval
from trainer.shortcuts.processing_chain import SourceTraits
from trainer.shortcuts.swap_test import TOLERANCE, Probe

TITLES = {"real": "Held-out reals through the fakes' chains", "fake": "Held-out fakes through the reals' chains"}
NOTES = (
    f"Flips: at the model's threshold the share called fake moves the wrong way by more than {TOLERANCE:g}; intervals are Wilson's, 95 %.",
    "A chain takes detail away too, so a fake may no longer show after it; a real that turns fake is a shortcut.",
    "Turned and back: files that were right and became wrong, and the other way round; lost: files whose face is no longer found.",
    "Enlarged: files whose face is smaller than the chain's, which therefore is stretched and soft.",
    "Video links write every frame as a keyframe, at the rate of the source's keyframes.",
)


def markdown(sources: Sequence[SourceTraits], probes: Sequence[Probe]) -> str:
    """What was measured of each source, and what became of the scores."""
    lines = source_rows(sources)
    for label, title in TITLES.items():
        chosen = [each for each in probes if each.of == label]
        lines += table(title, chosen) if chosen else []
    return "\n".join([*lines, "", *(f"- {note}" for note in NOTES)]) + "\n"


def source_rows(sources: Sequence[SourceTraits]) -> list[str]:
    """A row a source."""
    head = "| source | label | files | picture | face, px | margins: left, above, right, below | colour | codec | mark | side by side |"
    lines = [head, "|---|---|---:|---|---:|---|---|---|---|---|"]
    for each in sources:
        coding = f"JPEG {each.quality}" if each.quality is not None else "–"
        if each.bits is not None:
            coding = f"{each.codec}, {each.bits:g} bits a pixel"
        framing = ", ".join(f"{margin:g}" for margin in each.margins) if each.margins else "–"
        cells = [each.source, each.label, str(each.files), f"{each.width} x {each.height}", str(each.face_px or "–"), framing]
        cells += ["grey" if each.grey else "colour", coding, each.mark or "–", "yes" if each.side_by_side else "–"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def table(title: str, probes: Sequence[Probe]) -> list[str]:
    """A row a chain."""
    head = "| source | chain | called fake before | after | mean probability before | after | turned / back | lost | enlarged | |"
    lines = ["", f"{title}, {probes[0].files} files:", "", head, "|---|---|" + "---:|" * 7 + "---|"]
    for each in probes:
        cells = [each.source, f"whole: {each.chain}" if each.whole else each.chain, interval(each.before), interval(each.after)]
        cells += [f"{each.mean_before:.3f}", f"{each.mean_after:.3f}", f"{each.turned} / {each.righted}", str(each.lost)]
        cells += ["–" if each.enlarged is None else str(each.enlarged), f"**{each.says}**" if each.flips else each.says]
        lines.append(f"| {' | '.join(cells)} |")
    return lines

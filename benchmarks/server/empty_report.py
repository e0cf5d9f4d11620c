"""A Report of nothing: for checks that are stood in for, where the queue around them is what is looked at."""

from telltale.core.report import ModelCard, Provenance, Report, Source, Timing
from telltale.messages.catalogue import render


def report_of_nothing(name: str, sha256: str = "0" * 64, picture: bytes = b"jpeg") -> Report:
    """There is no face in what is called so; it was one pixel."""
    return Report(
        verdict="no_face",
        headline=render("verdict.headline.no_face"),
        explanation="There is no face.",
        people=[],
        evidence=[],
        reasons=[],
        provenance=Provenance(state="not_checked", code="not_checked", message=""),
        source=Source(kind="image", name=name, width=1, height=1, codec="png", size=1, bytes_read=1, sha256=sha256, frames_read=1),
        model=ModelCard(id="none", revision="0", calibrated=False, runtime="none", detector="mtcnn"),
        timing=Timing(),
        caveats=[],
        pictures={"person-1.jpg": picture},
    )

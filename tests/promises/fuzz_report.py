"""The Report's schema under random JSON: what is taken says the same after a second trip, and every door can show it.

An input is the JSON of a Report.
"""

import io
import json
import math
from contextlib import AbstractContextManager
from functools import cache
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from pydantic import ValidationError
from rich.console import Console

from telltale.cli.report_table import show
from telltale.core.report import Report, caveats
from telltale.render.formatting import Translator
from tests.promises.fuzzing import Target
from tests.support.verdicts import HEADLINES

LARGEST = 1e9
"""Numbers beyond this no video gives (30 years, in seconds); whether the terminal can show them is not asked."""
SOUND: dict[str, Any] = {
    "version": "2",
    "verdict": "likely_fake",
    "headline": HEADLINES["likely_fake"],
    "explanation": "A sentence.",
    "fake_probability": 0.9,
    "interval": {"low": 0.8, "high": 0.95},
    "people": [
        {
            "id": 0,
            "picture": "p0",
            "frame_coverage": 1.0,
            "verdict": "likely_fake",
            "fake_probability": 0.9,
            "interval": {"low": 0.8, "high": 0.95},
            "observations": [
                {
                    "time": 1.5,
                    "box": {"x0": 0, "y0": 0, "x1": 9, "y1": 9},
                    "logit": 2.0,
                    "fake_probability": 0.9,
                    "quality": {"face_size_px": 90.0, "yaw": 0.1, "sharpness": 9.0, "compression": None},
                }
            ],
            "reasons": [{"code": "small", "severity": "warning", "message": "Small."}],
        }
    ],
    "evidence": [],
    "reasons": [],
    "provenance": {"state": "absent", "code": "absent", "message": "None."},
    "source": {
        **{"kind": "video", "name": "a.mp4", "width": 640, "height": 360, "codec": "h264", "size": 9, "bytes_read": 9},
        **{"sha256": "0" * 64, "frames_read": 32},
    },
    "model": {"id": "embedded", "revision": "0" * 12, "calibrated": True, "runtime": "onnxruntime", "detector": "mtcnn"},
    "timing": {},
    "caveats": [one.model_dump() for one in caveats()],
}


def check(content: bytes) -> bool:
    """Whether it is a Report, and one that all can read."""
    try:
        report = Report.model_validate_json(content)
    except ValidationError:
        return False
    written = report.model_dump_json()
    assert Report.model_validate_json(written) == report, "a second trip changes it"
    json.loads(written, parse_constant=lambda name: fail(f"{name} is no JSON"))
    assert all(math.isfinite(number) for number in numbers(json.loads(written)))
    if any(abs(number) > LARGEST for number in numbers(json.loads(written))):
        return True
    shown = io.StringIO()
    show(Console(file=shown, width=100), report, Translator())
    assert HEADLINES[report.verdict] in shown.getvalue()
    return True


def fail(why: str) -> None:
    """A miss, from within an expression."""
    raise AssertionError(why)


def numbers(part: Any) -> list[float]:
    """Every number in a tree of JSON."""
    if isinstance(part, dict):
        return [number for value in part.values() for number in numbers(value)]
    if isinstance(part, list):
        return [number for value in part for number in numbers(value)]
    return [float(part)] if isinstance(part, int | float) and not isinstance(part, bool) else []


@cache
def places(prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a value stands in the sound Report."""
    part: Any = SOUND
    for step in prefix:
        part = part[step]
    found = [prefix] if prefix else []
    steps = list(part) if isinstance(part, dict) else list(range(len(part))) if isinstance(part, list) else []
    return found + [place for step in steps for place in places((*prefix, step))]


def changed(edits: list[tuple[int, Any]]) -> bytes:
    """The sound Report with other values in places."""
    report = json.loads(json.dumps(SOUND))
    for number, value in edits:
        *above, last = places()[number % len(places())]
        part = report
        try:
            for step in above:
                part = part[step]
            part[last] = value
        except (KeyError, IndexError, TypeError):  # an earlier edit took the place away
            continue
    return json.dumps(report).encode("utf-8", errors="replace")


def inputs() -> st.SearchStrategy[bytes]:
    """Sound Reports with wild values in up to four places."""
    wild = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.sampled_from(("image", "valid", "no_face", "abstain"))
    )
    value = st.recursive(
        wild, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2), max_leaves=4
    )
    number = st.sampled_from((math.inf, -math.inf, math.nan, 1e308, -1, 0, 2**70, 1e-320)) | st.floats()
    place = st.integers(0, len(places()) - 1)
    return st.lists(st.tuples(place, value) | st.tuples(place, number), max_size=4).map(changed) | st.tuples(place, number).map(
        lambda one: changed([one])
    )


def off() -> AbstractContextManager[object]:
    """The verdict, its words and its probability may be anything."""

    class Open(Report):
        verdict: Any
        headline: Any
        explanation: Any
        fake_probability: Any = None
        caveats: Any

    return patch("tests.promises.fuzz_report.Report", Open)


TARGET = Target(
    "report", "the Report's schema", check, inputs(), (json.dumps(SOUND).encode(),), "the verdict and its probability may be anything", off
)

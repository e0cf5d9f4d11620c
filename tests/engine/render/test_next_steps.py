"""What would settle an open verdict: from the Report's own reasons and measures, the same in the extension's panel."""

import json
from pathlib import Path
from typing import Any

import pytest

from telltale.core.report import Quality, Reason, Report, reason_of
from telltale.render.next_steps import next_steps
from tests.engine.render.test_contact_sheet import made
from tests.support.golden.vectors import Vector, failures, run_vectors


def told(verdict: str = "cannot_tell", reasons: list[Reason] | None = None, looks: int = 8, **quality: float) -> Report:
    """A Report of one person whose looks are all of this quality."""
    report = made(verdict, looks=looks)  # type: ignore[arg-type]
    measured = Quality(**({"face_size_px": 200, "yaw": 0.1, "sharpness": 90, "compression": 0.2} | quality))
    people = [
        person.model_copy(update={"observations": [look.model_copy(update={"quality": measured}) for look in person.observations]})
        for person in report.people
    ]
    return report.model_copy(update={"reasons": reasons or [], "people": people})


CASES: list[tuple[Report, list[str]]] = [
    (told("likely_fake", face_size_px=80), []),
    (told("no_sign_of_manipulation", compression=0.9), []),
    (told(), ["next.source"]),
    (told(compression=0.8), ["next.original", "next.source"]),
    (told(face_size_px=100), ["next.larger", "next.source"]),
    (told(looks=3), ["next.longer", "next.source"]),
    (told(reasons=[reason_of("face.turned", "abstain"), reason_of("score.between", "abstain")]), ["next.frontal", "next.source"]),
    (
        told(reasons=[reason_of("face.blurred", "warning")], compression=0.8, face_size_px=90, looks=2),
        ["next.original", "next.larger", "next.longer", "next.source"],
    ),
    (
        made("no_face", people=0).model_copy(update={"reasons": [reason_of("face.none", "abstain")]}),
        ["next.other_part", "next.source"],
    ),
]


@pytest.mark.parametrize(("report", "steps"), CASES)
def test_every_step_answers_something_that_was_measured(report: Report, steps: list[str]) -> None:
    assert next_steps(report) == steps


def test_a_picture_is_not_asked_to_be_longer_and_parts_of_a_video_are_no_original() -> None:
    still = made("cannot_tell", looks=1, duration=None)
    assert "next.longer" not in next_steps(still)
    sampled = told()
    assert next_steps(sampled.model_copy(update={"source": sampled.source.model_copy(update={"sampled": True})}))[0] == "next.original"


def test_the_panel_advises_the_same(tmp_path: Path) -> None:
    def wire(report: Report) -> dict[str, Any]:
        return dict(json.loads(report.model_dump_json()))

    vectors = [Vector("panel/report/next-steps", "nextSteps", [wire(report)], steps) for report, steps in CASES]
    done = run_vectors(vectors, tmp_path, rooms=("local", "panel"))
    assert done.returncode == 0, failures(done)

"""Stored Reports: one of version 1 is read as version 2, with every name moved; one of this version is read as it is."""

import copy
import json
from typing import Any

import pytest
from pydantic import ValidationError

from telltale.core.report import CAVEATS, caveats
from telltale.core.report_upgrade import read_report, upgrade

LOOK = {
    "time": 1.5,
    "box": {"x0": 0.0, "y0": 1.0, "x1": 9.0, "y1": 9.0},
    "logit": 2.0,
    "fake_probability": 0.9,
    "quality": {"face_px": 52.0, "turned": 0.1, "sharpness": 9.0, "compression": 0.4},
    "frame": "frame-3.jpg",
    "heat_map": None,
}
SMALL = {
    "code": "face.small",
    "kind": "warning",
    "text": "The face is only about 52 pixels wide; below 64 traces are easily lost.",
    "values": {"pixels": 52, "least": 64.0},
}
BETWEEN = {"code": "score.between", "kind": "withheld", "text": "The score lies in between."}
OLD: dict[str, Any] = {
    "version": "1",
    "verdict": "cannot_tell",
    "headline": "Cannot tell",
    "explanation": "What was seen does not settle it either way.",
    "fake_probability": 0.5,
    "interval": {"low": 0.2, "high": 0.8},
    "people": [
        {
            "id": 1,
            "picture": "person-1.jpg",
            "share": 0.75,
            "verdict": "cannot_tell",
            "fake_probability": 0.5,
            "interval": {"low": 0.2, "high": 0.8},
            "moments": [LOOK],
            "reasons": [SMALL],
        }
    ],
    "evidence": [],
    "reasons": [BETWEEN, SMALL],
    "provenance": {
        "state": "valid",
        "text": "The file carries Content Credentials (C2PA), and their signature fits it.",
        "claims": [{"basis": "c2pa", "kind": "ai_edited", "text": "Edited.", "action": "c2pa.edited"}],
        "signer": "A camera",
        "trust_list": "ours.pem (1)",
        "trusted": False,
        "problems": [{"code": "signingCredential.untrusted", "text": "The signer is not on the trust list."}],
    },
    "source": {
        **{"kind": "video", "name": "a.mp4", "width": 640, "height": 360, "codec": "h264", "size": 9, "bytes_read": 9},
        **{"sha256": "0" * 64, "frames_read": 32},
    },
    "model": {"id": "embedded", "revision": "0" * 12, "calibrated": True, "engine": "onnxruntime", "detector": "mtcnn"},
    "timing": {"fetch": 1.0, "read": 0.25, "explain": 0.5, "total": 2.0},
    "limits": [one.message for one in caveats()],
    "limit_codes": list(CAVEATS),
}
"""A document as version 1 stored it."""


def test_a_report_of_version_1_is_read_as_version_2() -> None:
    report = read_report(json.dumps(OLD))
    (person,) = report.people
    (seen,) = person.observations
    assert report.version == "2" and person.frame_coverage == 0.75 and report.model.runtime == "onnxruntime"
    assert (seen.quality.face_size_px, seen.quality.yaw, seen.frame) == (52.0, 0.1, "frame-3.jpg")
    assert [(one.code, one.severity) for one in report.reasons] == [("score.between", "abstain"), ("face.small", "warning")]
    assert report.reasons[1].message == SMALL["text"] and report.reasons[1].params == {"pixels": 52, "least": 64}
    assert person.reasons == [report.reasons[1]] and report.reasons[0].params == {}
    assert (report.timing.decode, report.timing.render, report.timing.fetch) == (0.25, 0.5, 1.0)
    assert report.caveats == caveats()
    said = report.provenance
    assert (said.code, said.params) == ("valid", {"ai": "edited", "trust": "unlisted", "trust_list": "ours.pem (1)"})
    assert [one.message for one in (*said.claims, *said.problems)] == ["Edited.", "The signer is not on the trust list."]


def test_the_oldest_reports_lack_what_came_later() -> None:
    oldest = {name: value for name, value in OLD.items() if name != "limit_codes"}
    oldest["provenance"] = {"state": "not_checked", "text": "Not looked for."}
    report = read_report(json.dumps(oldest))
    assert [caveat.code for caveat in report.caveats] == list(CAVEATS)
    assert (report.provenance.code, report.provenance.claims) == ("not_checked", [])


def test_the_stored_document_is_left_as_it_is() -> None:
    stored = copy.deepcopy(OLD)
    upgrade(stored)
    assert stored == OLD


def test_a_report_of_this_version_is_read_as_it_is() -> None:
    report = read_report(json.dumps(OLD))
    assert read_report(report.model_dump_json()) == report


@pytest.mark.parametrize("version", ["0", "3"])
def test_a_version_that_is_not_known_is_refused(version: str) -> None:
    with pytest.raises(ValidationError):
        read_report(json.dumps(OLD | {"version": version}))


@pytest.mark.parametrize("content", ['{"version": "1", "people": [', '{"version": "1"}', '{"version": "1", "people": 3}', "[]", "null", ""])
def test_what_is_no_report_is_always_the_same_error(content: str) -> None:
    with pytest.raises(ValidationError):
        read_report(content)

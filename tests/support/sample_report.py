"""A Report with everything in it: two people, every reason, evidence, signed claims and what is wrong with them."""

from typing import Any

from telltale.core.report import Quality, Report, reason_of
from telltale.faces.quality import quality_reasons
from telltale.verdict.verdict import SCORE_REASONS
from tests.support.verdicts import EXPLANATIONS, HEADLINES


def sample_report(**changes: Any) -> Report:
    """``changes``: other values of the Report's own fields."""
    worst = [Quality(face_size_px=30.0, yaw=0.9, sharpness=1.0, compression=0.5)]
    codes = (*SCORE_REASONS, "face.unsure", "face.none")
    fixed = [*(reason_of(code, "abstain") for code in codes), reason_of("model.uncalibrated", "warning")]
    reasons = [each.model_dump() for each in (*fixed, *quality_reasons(worst, "video"), *quality_reasons(worst * 3, "video")[-1:])]
    box, interval = {"x0": 10.0, "y0": 12.5, "x1": 110.0, "y1": 140.0}, {"low": 0.8, "high": 0.96}
    seen = {"box": box, "logit": 2.5, "fake_probability": 0.91, "quality": worst[0].model_dump(), "frame": "frame-1.jpg", "heat_map": None}
    person = {"id": 1, "picture": "person-1.jpg", "frame_coverage": 0.5, "verdict": "likely_fake", "fake_probability": 0.91}
    person |= {"interval": interval, "reasons": reasons, "observations": [{"time": time, **seen} for time in (0.4, 2.8, 5.0)]}
    look = {"n": 1, "person": 1, "time": 2.8, "box": box, "fake_probability": 0.95, "frame": "f.jpg", "face": "a.jpg", "heat_map": "h.jpg"}
    source = {"kind": "video", "name": "clip", "duration": 5.2, "width": 64, "height": 48, "codec": "h264", "sha256": "0" * 64}
    model = {"id": "embedded", "revision": "1b005ceaa29e", "calibrated": True, "runtime": "onnxruntime", "detector": "mtcnn"}
    told = {
        "verdict": "likely_fake",
        "headline": HEADLINES["likely_fake"],
        "explanation": EXPLANATIONS["likely_fake"],
        "fake_probability": 0.91,
        "interval": interval,
        "people": [person, person | {"id": 2}],
        "evidence": [look],
        "reasons": reasons,
        "provenance": {"state": "not_checked", "code": "not_checked.no_file", "message": "…"},
        "source": source | {"size": 3_140_000, "bytes_read": 1_200_000, "frames_read": 32},
        "model": model,
        "timing": {"total": 4.2},
        "caveats": [{"code": code, "message": "…"} for code in ("scope", "meaning", "sampled")],
    }
    return Report.model_validate(told | changes)

"""Stored Reports, whatever version they were written in: those of version 1 are read as version 2.

The extension does the same for what it keeps and for older servers (``extension/api/report-upgrade.js``).
"""

import json
from typing import Any

from telltale.core.report import Report

REASON_FIELDS = {"kind": "severity", "text": "message", "values": "params"}
PERSON_FIELDS = {"share": "frame_coverage", "moments": "observations"}
QUALITY_FIELDS = {"face_px": "face_size_px", "turned": "yaw"}
TIMING_FIELDS = {"read": "decode", "explain": "render"}
CAVEATS = ("scope", "meaning", "sampled")
"""The order in which version 1 told its limits before they had codes."""


def read_report(content: str | bytes) -> Report:
    """The Report that was stored as JSON in any version. Raises pydantic.ValidationError where it is none."""
    try:
        stored = json.loads(content)
        if isinstance(stored, dict) and stored.get("version") == "1":
            content = json.dumps(upgrade(stored))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # no Report of any version: validated as it is, so that all callers meet one error
    return Report.model_validate_json(content)


def upgrade(report: dict[str, Any]) -> dict[str, Any]:
    """A Report of version 1 as version 2; ``report`` is left as it is."""
    rest = {name: value for name, value in report.items() if name not in ("limits", "limit_codes")}
    codes = report.get("limit_codes") or CAVEATS
    return rest | {
        "version": "2",
        "people": [upgrade_person(person) for person in report["people"]],
        "reasons": [upgrade_reason(reason) for reason in report["reasons"]],
        "provenance": upgrade_provenance(report["provenance"]),
        "model": renamed(report["model"], {"engine": "runtime"}),
        "timing": renamed(report["timing"], TIMING_FIELDS),
        "caveats": [{"code": code, "message": message} for code, message in zip(codes, report["limits"], strict=False)],
    }


def upgrade_person(person: dict[str, Any]) -> dict[str, Any]:
    """One person with their observations."""
    observations = [moment | {"quality": renamed(moment["quality"], QUALITY_FIELDS)} for moment in person["moments"]]
    reasons = [upgrade_reason(reason) for reason in person["reasons"]]
    return renamed(person, PERSON_FIELDS) | {"observations": observations, "reasons": reasons}


def upgrade_reason(reason: dict[str, Any]) -> dict[str, Any]:
    """One reason."""
    severity = "abstain" if reason["kind"] == "withheld" else reason["kind"]
    return renamed(reason, REASON_FIELDS) | {"severity": severity}


def upgrade_provenance(said: dict[str, Any]) -> dict[str, Any]:
    """What the file says of itself; why nothing was looked for stood only in the sentence."""
    state, claims = said["state"], said.get("claims", [])
    kinds = [claim["kind"].removeprefix("ai_") for claim in claims if claim["kind"].startswith("ai_") and not claim.get("ingredient")]
    params = {} if state in ("not_checked", "absent") else {"ai": kinds[0] if kinds else "none"}
    if state == "valid":
        trust_list = said.get("trust_list")
        trust = "none" if trust_list is None else "listed" if said.get("trusted") else "unlisted"
        params |= {"trust": trust, "trust_list": trust_list or ""}
    changed = {"code": state, "params": params, "claims": [renamed(claim, {"text": "message"}) for claim in claims]}
    problems = [renamed(problem, {"text": "message"}) for problem in said.get("problems", [])]
    return renamed(said, {"text": "message"}) | changed | {"problems": problems}


def renamed(part: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The same with other names."""
    return {names.get(name, name): value for name, value in part.items()}

"""Answers that are taken for a job, a Report or a server's health: those that the server's own models take, and no others.

See also: a panel that is told nonsense (``tests/extension/test_hostile_server.py``).
"""

import copy
import json
import random
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from extension_build.wire import definitions
from space.api import openapi_examples
from space.api.schemas import CheckOut, Health
from space.app import create_api
from space.core.problem_details import Problem
from space.core.settings import Settings
from telltale.core.report import Report, Timing
from tests.support.golden.vectors import Vector, failures, run_vectors
from tests.support.sample_report import sample_report

BROKEN = 1500
BESIDE: list[Any] = [None, 0, -1, 2, 0.5, 1e300, "", "constructor", "__proto__", [], [[]], {}, {"length": 9}, True, [None], ["x"]]
CLAIM = {"basis": "c2pa", "kind": "edited", "message": "Edited", "source_type": None, "action": "c2pa.edited", "tool": "A tool"}
PROVENANCE = {
    "state": "invalid",
    "code": "invalid",
    "message": "…",
    "params": {"ai": "none", "n": 2, "share": 0.5},
    "claims": [CLAIM],
    "problems": [{"code": "assertion.missing", "message": "…"}],
    "trusted": False,
}


def report() -> dict[str, Any]:
    """As a server tells it."""
    told: dict[str, Any] = json.loads(sample_report(provenance=PROVENANCE).model_dump_json())
    return told


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in an answer."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def broken(whole: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """With one value replaced or left out."""
    made = copy.deepcopy(whole)
    holder: Any = made
    *above, last = chance.choice([path for path in places(whole) if path])
    for key in above:
        holder = holder[key]
    if chance.random() < 0.3:
        del holder[last]
    else:
        holder[last] = chance.choice(BESIDE)
    return made


def as_read(told: dict[str, Any]) -> dict[str, Any] | None:
    """What the server's own model makes of it; None where it refuses it. A version that is not said is none.

    What stands beside the times of the steps is left behind, as the browser does it everywhere; no other part has only defaults.
    """
    if isinstance(told.get("timing"), dict):
        told = told | {"timing": {step: seconds for step, seconds in told["timing"].items() if step in Timing.model_fields}}
    try:
        read = json.loads(Report.model_validate_json(json.dumps(told), strict=True).model_dump_json())
    except ValidationError:
        return None
    return dict(read) if "version" in told else None


def test_reports_are_read_as_the_server_s_model_reads_them(tmp_path: Path) -> None:
    chance = random.Random(7)
    answers = [report(), *(broken(report(), chance) for _ in range(BROKEN))]
    vectors = [Vector("api/validate", "reportOf", [answer], as_read(answer)) for answer in answers]
    taken = sum(vector.expected is not None for vector in vectors)
    assert 100 < taken < BROKEN - 500, "both ways must be tried often"
    done = run_vectors(vectors, tmp_path)
    assert done.returncode == 0, failures(done)


def test_what_an_answer_holds_beside_a_report_is_left_behind(tmp_path: Path) -> None:
    more = report() | {"polluted": True, "__proto__": {"polluted": True}, "constructor": {"prototype": {"polluted": True}}}
    more["people"][0] |= {"__proto__": {"verdict": "no_face"}, "more": 1}
    assert run_vectors([Vector("api/validate", "reportOf", [more], report())], tmp_path).returncode == 0


def test_jobs_are_whole_or_none(tmp_path: Path) -> None:
    links, running = openapi_examples.LINKS, openapi_examples.CHECK
    done = {"id": "a", "state": "done", "report": report(), "links": links}
    told: dict[str, Any] = CheckOut.model_validate(done).model_dump(mode="json")
    failed = {"id": "a", "state": "failed", "links": links}
    error = {"title": "T", "status": 1, "detail": "Why.", "code": "media.empty"}
    whole = told | {"state": "failed", "report": None, "error": Problem.model_validate(error).model_dump(mode="json")}
    pairs: list[tuple[Any, Any]] = [
        *((done, told), (running, running)),
        (running | {"progress": {"step": "constructor", "done": 1}}, running | {"progress": None}),
        *((done | {"state": "running"}, None), (done | {"report": None}, None), (failed, None), (failed | {"error": error}, whole)),
        *((done | {"state": "constructor"}, None), ([done], None), ("done", None), (None, None)),
    ]
    vectors = [Vector("api/validate", "jobOf", [answer], expected) for answer, expected in pairs]
    accepted = openapi_examples.ACCEPTED
    vectors += [Vector("api/validate", "acceptedOf", [each], each if each == accepted else None) for each in (accepted, {"id": "a"}, 7)]
    health = openapi_examples.HEALTH
    vectors += [Vector("api/validate", "healthOf", [health], Health.model_validate(health).model_dump(mode="json"))]
    vectors += [Vector("api/validate", "healthOf", [health | {"status": status}], None) for status in ("failed", "constructor")]
    found = run_vectors(vectors, tmp_path)
    assert found.returncode == 0, failures(found)


def test_schemas_are_those_of_the_openapi_document() -> None:
    document = create_api(Settings()).openapi()["components"]["schemas"]
    ours = definitions()
    for theirs, name in (("CheckOut", "Job"), ("Report", "Report"), ("ProgressOut", "Progress"), ("Person", "Person")):
        assert list(document[theirs]["properties"]) == list(ours[name]["properties"]), name

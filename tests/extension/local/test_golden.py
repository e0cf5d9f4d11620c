"""On the device: what decides gives what the engine gives, number for number, on golden vectors in plain Node.

See also: a whole check in a browser (``test_check.py``).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from extension_build.vendor import about
from telltale.core.model_settings import read_settings
from telltale.model.classifier import BROWSER, id_of
from tests.support.golden import decisions, pictures
from tests.support.golden.vectors import Vector, failures, run_vectors

GROUPS: dict[str, Callable[[], Iterator[Vector]]] = {
    **{make.__name__: make for make in (pictures.resizing, pictures.alignment, pictures.suppression, pictures.measuring)},
    **{make.__name__: make for make in (pictures.sheets, pictures.heat_maps)},
    **{make.__name__: make for make in (decisions.assignment, decisions.tracking, decisions.verdicts, decisions.moments)},
}


@pytest.mark.parametrize("group", GROUPS)
def test_extension_gives_what_the_engine_gives(group: str, tmp_path: Path) -> None:
    vectors = list(GROUPS[group]())
    done = run_vectors(vectors, tmp_path)
    assert done.returncode == 0, failures(done)
    assert f"# pass {len(vectors)}\n" in done.stdout


def test_model_is_described_as_the_engine_reads_it() -> None:
    told = about()
    assert told["settings"] == read_settings(Path(BROWSER)).model_dump(mode="json")
    assert (told["id"], told["fake"], told["real"]) == (id_of(BROWSER), 1, 0)


def test_verdicts_of_every_kind_are_among_the_vectors() -> None:
    told = json.dumps([vector.expected for vector in decisions.verdicts()])
    codes = ("likely_fake", "no_sign_of_manipulation", "cannot_tell", "no_face", "score.unmeasured", "score.between", "quality.between")
    assert [code for code in (*codes, "model.uncalibrated", "face.small", "face.blurred", "face.turned") if f'"{code}"' not in told] == []


def test_number_that_is_off_is_found(tmp_path: Path) -> None:
    first = next(decisions.verdicts())
    assert run_vectors([first], tmp_path).returncode == 0
    wrong = replace(first, expected={**first.expected, "fake_probability": 0.123})
    done = run_vectors([wrong], tmp_path)
    assert done.returncode == 1 and "judge.fake_probability" in done.stdout

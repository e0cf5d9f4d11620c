"""On the device: what is measured on a face, who is who, the verdict and its words are those of the server, number for number.

See also: a whole check (``test_local_check.py``), faces and crops (``test_local_faces.py``).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from extension_build.vendor import about
from telltale.core import report
from telltale.core.model_settings import ModelSettings, read_settings
from telltale.faces import quality
from telltale.faces.compression import compression_of
from telltale.faces.detectors import Face
from telltale.faces.tracking import group
from telltale.model.classifier import BROWSER, id_of
from telltale.model.observations import Observation, PersonTrack
from telltale.model.scoring import quarters, runs_of
from telltale.provenance.provenance import NO_FILE
from telltale.verdict import verdict
from telltale.verdict.evidence import heated, strongest
from telltale.verdict.verdict import decide
from tests.support.browser.local_page import Device, device_page, received
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

SETTINGS = read_settings(Path(BROWSER))


@pytest.fixture(scope="module")
def device(chromium: str, web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """The page."""
    with device_page(chromium, web, tmp_path_factory.mktemp("device-rules")) as device:
        yield device


def told(face: Face) -> dict[str, Any]:
    """A face as the device knows it."""
    return {"box": face.box.tolist(), "landmarks": face.landmarks.tolist(), "score": face.score, "size": face.size, "sure": face.sure}


def face_at(chance: np.random.Generator, x: float, y: float, size: float) -> Face:
    """A face of about this size, around here, turned somehow."""
    box = np.array([x, y, x + size * chance.uniform(0.7, 1), y + size], np.float32)
    points = np.array([[0.3, 0.35], [0.7, 0.35], [chance.uniform(0.2, 0.8), 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Face(box, box[:2] + points * np.float32(size), 0.9, sure=bool(chance.random() < 0.8))


def textured(chance: np.random.Generator, height: int, width: int) -> np.ndarray:
    """RGB noise, blurred and block-wise flattened by chance, as compression leaves it."""
    noise = cv2.GaussianBlur(chance.integers(0, 256, (height, width, 3), np.uint8), (0, 0), chance.uniform(0.4, 2.5))
    return cv2.imdecode(cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(5, 95))])[1], cv2.IMREAD_COLOR)


def test_compression_and_quality_are_measured_as_on_the_server(device: Device) -> None:
    chance = np.random.default_rng(0)
    script = """
    const [{ compressionOf }, { qualityOf }] = [await load("faces/compression"), await load("faces/quality")];
    const [frame, crop] = [await rgb(given[0]), await rgb(given[1])];
    return given[2].map((face) => qualityOf(face, crop.data, compressionOf(frame, face.box)));
    """
    for height, width in ((300, 420), (97, 61), (20, 30)):
        frame, crop = textured(chance, height, width), textured(chance, 112, 112)
        faces = [face_at(chance, chance.uniform(-20, width), chance.uniform(-20, height), chance.uniform(8, 260)) for _ in range(12)]
        given = device.run(script, device.lay("frame", frame), device.lay("crop", crop), [told(face) for face in faces])
        for measured, face in zip(given, faces, strict=True):
            expected = quality.quality_of(face, crop, compression_of(frame, face.box)).model_dump()
            assert measured == pytest.approx(expected, abs=0.11), face
            assert measured["compression"] == pytest.approx(expected["compression"], abs=2e-3)
            assert measured["turned"] == pytest.approx(expected["turned"], abs=2e-3)


def test_faces_are_grouped_as_on_the_server(device: Device) -> None:
    chance = np.random.default_rng(1)
    for _ in range(12):
        homes = chance.uniform(0, 900, (int(chance.integers(1, 6)), 2))
        found = [
            [face_at(chance, *(home + chance.normal(0, 25, 2)), chance.uniform(60, 180)) for home in homes if chance.random() < 0.7]
            for _ in range(8)
        ]
        numbered = {id(face): [position, number] for position, faces in enumerate(found) for number, face in enumerate(faces)}
        expected = [[numbered[id(face)] for _, face in track] for track in group(found)]
        script = """
        const { group } = await load("faces/tracking");
        return group(given[0]).map((track) => track.map(({ position, face }) => [position, given[0][position].indexOf(face)]));
        """
        assert device.run(script, [[told(face) for face in faces] for faces in found]) == expected


def people_by_chance(chance: np.random.Generator) -> tuple[list[PersonTrack], int]:
    """Looks at some people in some frames, and how many frames there are."""
    frames = int(chance.integers(1, 33))
    people = []
    for number in range(int(chance.integers(0, 4))):
        seen = sorted(chance.choice(frames, int(chance.integers(1, frames + 1)), replace=False))
        size, level, blur = chance.uniform(30, 330), chance.normal(0.5, 2.5), chance.uniform(0.3, 3)
        crop = cv2.GaussianBlur(textured(chance, 64, 64), (0, 0), blur)
        packed = float(chance.random())
        people.append(
            PersonTrack(
                number + 1,
                [
                    Observation(
                        int(at),
                        at / 2,
                        face_at(chance, 5, 5, size),
                        float(chance.normal(level, 1)),
                        np.zeros((7, 7), np.float32),
                        crop,
                        packed,
                    )
                    for at in seen
                ],
            )
        )
    return people, frames


def variants() -> list[ModelSettings]:
    """The embedded model's settings and others that take other ways through the rules."""
    sheets = SETTINGS.model_copy(update={"sheet": 2, "bins": ()})
    never = SETTINGS.model_copy(update={"fake_from": 1.0, "clear_to": 0.0, "bins": ()})
    return [SETTINGS, sheets, never, ModelSettings()]


@pytest.mark.parametrize("kind", ["video", "image"])
def test_verdicts_are_the_servers(device: Device, kind: Any) -> None:
    chance = np.random.default_rng(2)
    seen = set()
    for number in range(48):
        settings = variants()[number % 4]
        people, frames = people_by_chance(chance)
        judgement = decide(people, frames=frames, kind=kind, settings=settings)
        looks = [
            {
                "id": person.id,
                "looks": [
                    {"time": look.time, "face": told(look.face), "logit": look.logit}
                    | {"quality": quality.quality_of(look.face, look.crop, look.compression).model_dump()}
                    for look in person.looks
                ],
            }
            for person in people
        ]
        script = "const { judge } = await load('verdict/verdict'); return judge(...given);"
        given = device.run(script, looks, frames, kind, settings.model_dump(mode="json"))
        assert given["verdict"] == judgement.verdict and given["headline"] == judgement.headline
        assert given["explanation"] == judgement.explanation
        assert given["fake_probability"] == pytest.approx(judgement.fake_probability)
        assert given["reasons"] == [reason.model_dump(exclude={"values"}) for reason in judgement.reasons]
        assert len(given["people"]) == len(judgement.people)
        for one, person in zip(given["people"], judgement.people, strict=True):
            expected = report.Person.model_validate(one)
            reasons = [reason.model_copy(update={"values": {}}) for reason in person.reasons]
            assert (expected.id, expected.verdict, expected.reasons) == (person.id, person.verdict, reasons)
            assert expected.interval.low == pytest.approx(person.interval.low) and expected.interval.high == pytest.approx(
                person.interval.high
            )
            assert [moment.time for moment in expected.moments] == [moment.time for moment in person.moments]
        seen |= {judgement.verdict, *(reason.code for reason in judgement.reasons)}
    assert {"likely_fake", "no_sign_of_manipulation", "cannot_tell", "score.unmeasured", "model.uncalibrated", "face.small"} <= seen


def test_sentences_are_the_servers_own(device: Device) -> None:
    given = device.run("return { ...(await load('verdict/messages')) };")
    assert given["HEADLINES"] == report.HEADLINES and given["EXPLANATIONS"] == verdict.EXPLANATIONS
    assert given["LIMITS"] == list(report.LIMITS.values()) and given["NO_FILE"] == NO_FILE.text
    fixed = (verdict.BETWEEN, verdict.BIN_BETWEEN, verdict.UNMEASURED, verdict.UNSURE_FACE, verdict.NO_FACE, verdict.UNCALIBRATED)
    worst = report.Quality(face_px=1.5, turned=1, sharpness=0, compression=0)
    told = [*fixed, *quality.quality_reasons([worst], "video")]
    varying = {
        "face.small": device.run("return (await load('verdict/messages')).smallFace(1.5, 64);"),
        "person.few_looks": device.run("return (await load('verdict/messages')).fewLooks(1);"),
    }
    assert {reason.code: reason.text for reason in told} == given["TEXTS"] | varying


def test_sheets_are_laid_out_as_on_the_server(device: Device) -> None:
    chance = np.random.default_rng(3)
    for count in (0, 1, 3, 4, 5, 8, 11, 16):
        for sheet in (1, 2, 3):
            assert device.run("return (await load('verdict/crop-grid')).runsOf(...given);", count, sheet) == runs_of(count, sheet)
    heat = chance.normal(size=(7, 7)).astype(np.float32)
    script = """
    const { quarters } = await load("verdict/crop-grid");
    return quarters({ data: Float32Array.from(given[0]), width: 7, height: 7 }, 2).map(({ data }) => Array.from(data));
    """
    given = device.run(script, heat.ravel().tolist())
    np.testing.assert_allclose(np.array(given).reshape(4, 4, 4), quarters(heat, 2), atol=1e-5)


def test_heat_maps_are_coloured_as_on_the_server(device: Device) -> None:
    chance = np.random.default_rng(4)
    face, heat = textured(chance, 320, 320), chance.normal(2, 3, (7, 7)).astype(np.float32)
    script = """
    const { heated } = await load("verdict/evidence");
    return sent(heated(await rgb(given[0]), { data: Float32Array.from(given[1]), width: 7, height: 7 }, given[2]).data);
    """
    given = received(device.run(script, device.lay("face", face), heat.ravel().tolist(), SETTINGS.full_heat), 320, 320, 3)
    apart = np.abs(given.astype(int) - heated(face, heat, SETTINGS.full_heat))
    assert apart.max() <= 3 and apart.mean() < 0.3


def test_the_strongest_moments_are_the_servers(device: Device) -> None:
    chance = np.random.default_rng(5)
    for _ in range(6):
        people, frames = people_by_chance(chance)
        expected = [[person.id, look.time] for person, look in strongest(people, frames / 2)]
        looks = [{"id": one.id, "looks": [{"time": look.time, "logit": look.logit} for look in one.looks]} for one in people]
        script = "return (await load('verdict/evidence')).strongest(...given).map(({ person, look }) => [person, look.time]);"
        assert device.run(script, looks, frames / 2) == expected


def test_model_is_described_as_the_server_reads_it() -> None:
    told = about()
    assert told["settings"] == SETTINGS.model_dump(mode="json") and json.dumps(told)
    assert (told["id"], told["fake"], told["real"]) == (id_of(BROWSER), 1, 0)

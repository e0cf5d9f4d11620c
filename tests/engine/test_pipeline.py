"""check(): one real walk through every step, on drawn and on real media, with either detector."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from telltale.core.errors import JobProblem
from telltale.core.progress import STEPS, Progress
from telltale.core.report import Report
from telltale.model.classifier import BROWSER
from telltale.pipeline import Engine, check, load_engine
from telltale.render.formatting import Translator
from tests.support.media import bad_media
from tests.support.media.drawing import draw_face_video


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(BROWSER, faces="mtcnn")


@pytest.fixture(scope="module")
def report(engine: Engine, drawn_video: Path) -> Report:
    return check(drawn_video, engine, frames=8)


def test_one_person_is_followed_through_the_clip(report: Report) -> None:
    (person,) = report.people
    assert person.frame_coverage == 1.0
    assert len(person.observations) == 8
    assert [moment.time for moment in person.observations] == sorted(moment.time for moment in person.observations)
    assert report.verdict in ("likely_fake", "no_sign_of_manipulation", "cannot_tell")
    assert report.fake_probability == person.fake_probability


def test_the_report_says_what_was_looked_at(report: Report, drawn_video: Path) -> None:
    assert report.source.kind == "video" and report.source.frames_read == 8
    assert report.source.size == report.source.bytes_read == drawn_video.stat().st_size
    assert report.model.detector == "mtcnn" and report.model.calibrated and len(report.model.revision) == 12
    assert report.timing.total > 0 and len(report.caveats) == 3


def test_every_picture_named_is_there_and_is_a_jpeg(report: Report) -> None:
    named = [person.picture for person in report.people] + [
        name for each in report.evidence for name in (each.frame, each.face, each.heat_map)
    ]
    named += [name for person in report.people for moment in person.observations for name in (moment.frame, moment.heat_map) if name]
    assert named and set(named) == set(report.pictures)
    for content in report.pictures.values():
        assert Image.open(io.BytesIO(content)).format == "JPEG"


def test_the_json_carries_no_pictures_and_comes_back_the_same(report: Report) -> None:
    text = report.model_dump_json()
    assert "pictures" not in text
    assert Report.model_validate_json(text) == report.model_copy(update={"pictures": {}})


def test_progress_walks_the_steps_in_order(engine: Engine, drawn_video: Path) -> None:
    seen: list[Progress] = []
    check(drawn_video, engine, frames=4, listener=seen.append)
    steps = list(dict.fromkeys(progress.step for progress in seen))
    assert steps == [step for step in STEPS if step not in ("resolve", "fetch")]
    assert all(0 <= progress.done <= progress.total for progress in seen)


def test_a_listener_cancels(engine: Engine, drawn_video: Path) -> None:
    def cancel(progress: Progress) -> None:
        if progress.step == "faces":
            raise JobProblem("job.cancelled")

    with pytest.raises(JobProblem):
        check(drawn_video, engine, frames=4, listener=cancel)


def test_a_picture_takes_the_same_path(engine: Engine, tmp_path: Path) -> None:
    from tests.support.media.drawing import draw_face_picture

    report = check(draw_face_picture(tmp_path / "face.png"), engine)
    assert (report.source.kind, report.source.duration, report.source.frames_read) == ("image", None, 1)
    assert len(report.people) == 1


def test_no_face_is_no_score(engine: Engine, tmp_path: Path) -> None:
    Image.fromarray(np.full((240, 320, 3), 90, np.uint8)).save(tmp_path / "wall.png")
    report = check(tmp_path / "wall.png", engine)
    assert (report.verdict, report.fake_probability, report.people, report.evidence) == ("no_face", None, [], [])


@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
@pytest.mark.parametrize("faces", [True, False], ids=["second", "none"])
def test_of_two_tracks_the_one_with_a_face_is_judged(engine: Engine, tmp_path: Path, name: str, faces: bool) -> None:
    """As dash cams write them: one film of the road, one of the driver."""
    road = bad_media.faceless_video(tmp_path, "road.mp4", seconds=1)
    driver = draw_face_video(tmp_path / "driver.mp4", seconds=1) if faces else road
    with av.open(str(tmp_path / name), "w") as container, av.open(str(road)) as one, av.open(str(driver)) as other:
        tracks = [container.add_stream_from_template(source.streams.video[0]) for source in (one, other)]
        tracks[0].disposition, tracks[1].disposition = av.stream.Disposition.default, av.stream.Disposition(0)
        for source, track in zip((one, other), tracks, strict=True):
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = track
                    container.mux(packet)
    report = check(tmp_path / name, engine, frames=4)
    assert (report.source.track, report.source.tracks) == (2 if faces else 1, 2)
    assert (report.verdict != "no_face") is faces and len(report.people) == int(faces)
    assert f"video track {report.source.track} of 2" in Translator().what_was_read(report.source)


def test_the_name_shown_can_be_given(engine: Engine, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "x.png")
    assert check(tmp_path / "x.png", engine, name="holiday.png").source.name == "holiday.png"


def test_either_detector_leads_to_about_the_same_score(engine: Engine, shared: Path) -> None:
    """On a real clip: the crops are defined by landmarks, so the detector matters little."""
    other = load_engine(BROWSER, faces="insightface", insightface_root=shared / "models" / "insightface")
    clip = next((shared / "data" / "liveportrait" / "real").glob("*.mp4"))
    ours, theirs = check(clip, engine, frames=8), check(clip, other, frames=8)
    assert (ours.model.detector, theirs.model.detector) == ("mtcnn", "insightface")
    assert ours.fake_probability is not None and theirs.fake_probability is not None
    assert abs(ours.fake_probability - theirs.fake_probability) < 0.25


def test_the_same_bytes_are_not_looked_at_twice(engine: Engine, drawn_video: Path, report: Report, tmp_path: Path) -> None:
    asked: list[str] = []
    seen: list[Progress] = []

    def known(sha256: str) -> Report:
        asked.append(sha256)
        return report

    copy = tmp_path / "copy.mp4"
    copy.write_bytes(drawn_video.read_bytes())
    again = check(copy, engine, known=known, listener=seen.append)
    assert asked == [report.source.sha256] and seen == []
    assert again.source.name == "copy.mp4" and again.people == report.people and again.pictures == report.pictures

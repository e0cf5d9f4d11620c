"""The contact sheet of Reports made by hand: it is drawn for every verdict, shows what the Report says, and cannot be broken by names."""

import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from telltale.cli.output_files import file_name, free_name
from telltale.core.report import (
    Box,
    Evidence,
    FaceObservation,
    Interval,
    KindEvidence,
    ModelCard,
    Person,
    Provenance,
    Quality,
    Ratio,
    Report,
    Source,
    Timing,
    Verdict,
    caveats,
    reason_of,
)
from telltale.render.canvas import length, shorten, wrap
from telltale.render.contact_sheet import COLOURS, contact_sheet
from telltale.render.formatting import Translator
from tests.support.verdicts import HEADLINES

BOX = Box(x0=10, y0=10, x1=90, y1=90)
QUALITY = Quality(face_size_px=80, yaw=0.1, sharpness=50)
FACE_COLOUR, MAP_COLOUR = (20, 120, 220), (220, 20, 120)


def plain_jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (120, 120)) -> bytes:
    """A picture of one colour."""
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "JPEG", quality=95)
    return written.getvalue()


def made(verdict: Verdict, *, people: int = 1, looks: int = 6, name: str = "clip.mp4", duration: float | None = 4.0) -> Report:
    """A Report as a check would give it."""
    interval = Interval(low=0.8, high=0.95)
    moments = [
        FaceObservation(time=each * 4 / max(looks, 1), box=BOX, logit=1.0, fake_probability=(each + 1) / (looks + 1), quality=QUALITY)
        for each in range(looks)
    ]
    few = {"looks": looks}
    reasons = [reason_of("face.small", "abstain", {"pixels": 34, "least": 64}), reason_of("person.few_looks", "warning", few)]
    return Report(
        verdict=verdict,
        headline=HEADLINES[verdict],
        explanation="What was measured, in one sentence.",
        fake_probability=0.9 if people else None,
        interval=interval if people else None,
        people=[
            Person(
                id=number,
                picture=f"person-{number}.jpg",
                frame_coverage=1.0,
                verdict=verdict,
                fake_probability=0.9,
                interval=interval,
                observations=moments,
                reasons=[],
            )
            for number in range(1, people + 1)
        ],
        evidence=[Evidence(n=1, person=1, time=1.0, box=BOX, fake_probability=0.9, frame="frame.jpg", face="face.jpg", heat_map="map.jpg")][
            :people
        ],
        reasons=reasons if verdict == "cannot_tell" else [],
        provenance=Provenance(state="not_checked", code="not_checked", message="Not read."),
        source=Source(
            kind="video" if duration else "image",
            name=name,
            duration=duration,
            width=320,
            height=240,
            codec="h264",
            size=1000,
            bytes_read=1000,
            sha256="0" * 64,
            frames_read=looks,
        ),
        model=ModelCard(id="telltale", revision="0" * 12, calibrated=True, runtime="ONNX Runtime", detector="mtcnn"),
        timing=Timing(total=1.0),
        caveats=caveats(),
        pictures={
            **{f"person-{number}.jpg": plain_jpeg((90, 90, 90)) for number in range(1, people + 1)},
            "frame.jpg": plain_jpeg((60, 160, 60), (320, 240)),
            "face.jpg": plain_jpeg(FACE_COLOUR),
            "map.jpg": plain_jpeg(MAP_COLOUR),
        },
    )


def drawn(report: Report) -> np.ndarray:
    """The sheet as pixels, int (H, W, 3)."""
    with Image.open(io.BytesIO(contact_sheet(report))) as picture:
        assert picture.format == "JPEG"
        return np.asarray(picture.convert("RGB")).astype(int)


def pixels_of(sheet: np.ndarray, colour: tuple[int, ...]) -> int:
    """How many pixels have about this colour."""
    return int((np.abs(sheet - np.array(colour[:3])).max(axis=2) < 12).sum())


@pytest.mark.parametrize("verdict", COLOURS)
def test_every_verdict_has_a_sheet_in_its_colour_and_no_other(verdict: Verdict) -> None:
    sheet = drawn(made(verdict, people=0 if verdict == "no_face" else 1))
    assert sheet.shape[1] == 1200
    head = sheet[:180]  # below, the heat of single looks has colours of its own
    found = {other: pixels_of(head, ImageColor.getrgb(colour)) for other, colour in COLOURS.items()}
    assert found.pop(verdict) > 3000
    assert all(count < 300 for count in found.values())


def test_the_evidence_is_on_it() -> None:
    sheet = drawn(made("likely_fake"))
    for colour in (FACE_COLOUR, MAP_COLOUR):
        assert pixels_of(sheet, colour) == pytest.approx(280 * 280, rel=0.03)


def test_the_strength_of_evidence_is_drawn_and_an_open_verdict_has_no_probability() -> None:
    report = made("cannot_tell")
    ratio = Ratio(value=12, low=3, high=40, strength="moderate")
    kinds = [KindEvidence(kind="swap", ratio=ratio, power=0.3, alarms=0.1, fakes=40, reals=90)] * 2
    told = report.model_copy(update={"ratio": ratio, "kinds": kinds})
    colour, right = ImageColor.getrgb(COLOURS["cannot_tell"]), slice(800, None)
    assert pixels_of(drawn(report)[:200, right], colour) == 0, "no number beside a verdict that is open"
    assert drawn(told).shape[0] > drawn(report).shape[0] + 100, "a row for each kind"
    assert pixels_of(drawn(told)[:200, right], colour) > 500


def test_more_people_make_a_taller_sheet_up_to_a_bound() -> None:
    one, three, many, more = (drawn(made("likely_fake", people=number)).shape[0] for number in (1, 3, 12, 60))
    assert one < three < many == more


@pytest.mark.parametrize("duration", [None, 4.0])
def test_pictures_and_videos_without_looks_are_drawn(duration: float | None) -> None:
    assert drawn(made("cannot_tell", duration=duration, looks=1)).shape[1] == 1200
    assert drawn(made("cannot_tell", duration=duration, looks=0)).shape[1] == 1200


def test_text_is_cut_and_wrapped_to_its_room() -> None:
    long = "a very long name " * 20 + "end.mp4"
    cut = shorten(long, 20, 300)
    assert length(cut, 20) <= 300 and cut.startswith("a very") and cut.endswith("end.mp4")
    lines = wrap(long, 20, 300)
    assert len(lines) > 5 and all(length(line, 20) <= 300 for line in lines)
    assert " ".join(lines) == long


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "< 1 %"), (0.004, "< 1 %"), (0.01, "1 %"), (0.734, "73 %"), (0.994, "99 %"), (0.999, "> 99 %"), (1.0, "> 99 %")],
)
def test_a_probability_is_never_flat(value: float, words: str) -> None:
    assert Translator().percent(value) == words


@pytest.mark.parametrize(("low", "high", "words"), [(0.8, 0.95, "80 to 95 %"), (0.8, 0.801, "80 %"), (0.0, 1.0, "< 1 to > 99 %")])
def test_an_interval_in_words(low: float, high: float, words: str) -> None:
    assert Translator().span(Interval(low=low, high=high)) == words


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00.0"), (4.24, "0:04.2"), (59.96, "1:00.0"), (3724.2, "1:02:04.2")])
def test_a_moment_in_words(seconds: float, words: str) -> None:
    assert Translator().moment(seconds) == words


def test_file_names_stay_in_their_folder_and_apart() -> None:
    assert file_name("../../etc/passwd\0") == "_.._etc_passwd_"
    assert file_name("...") == "source"
    assert len(file_name("字" * 300).encode()) <= 180
    taken: set[str] = set()
    assert [free_name(name, taken) for name in ("Clip.mp4", "clip.mp4", "clip.mp4")] == ["Clip.mp4", "clip.mp4-2", "clip.mp4-3"]

"""Promise 7: no verdict without evidence: where there is nothing to judge it is said in words, and no score is given.

Pictures and videos without a face, without a frame, encrypted, of cartoons, of faces too small or too blurred; models that do not load.
Not covered: drawn heads that are shaded like a photograph, which the detector takes for faces, and which are scored as such.

    python -m tests.promises.evidence [--short] [--sabotage nobody]
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from unittest.mock import patch

import cv2
import numpy as np

from telltale.core.errors import BadModel, TelltaleError
from telltale.core.report import Report, Verdict
from telltale.faces.detectors import Face
from telltale.model import classifier as models
from telltale.model.classifier import BROWSER, Model
from telltale.pipeline import Engine, check, find_faces, load_engine
from telltale.video.frames import Clip
from tests.promises.media import make
from tests.promises.media_doors import Came, command_line, serving
from tests.promises.media_samples import SAMPLES
from tests.promises.promise import Demand, Plan, Suite, main
from tests.support.media.drawing import Pose, draw_face_video, draw_frame

UNREADABLE = {"zero.mp4": "no bytes", "zero_mdat.mp4": "0 frames", "trunc_1k.mp4": "a cut file", "cenc.mp4": "an encrypted file"}
UNREADABLE |= {"audio_only.m4a": "sound only"}
SKINS = ((90, 220, 255), (180, 205, 245), (120, 200, 120), (255, 255, 255))
TRUE: dict[str, Callable[..., Any]] = {"load_model": models.load_model, "find": find_faces}


def measure(plan: Plan) -> Iterator[Demand]:
    """What each comes to, with whatever guard off."""
    with TemporaryDirectory(prefix="evidence-") as name, ExitStack() as held:
        folder = Path(name)
        engine = load_engine(BROWSER, faces="mtcnn")
        for guard in OFF.get(plan.off or "", ()):
            held.enter_context(guard())
        talking = check(draw_face_video(folder / "talking.mp4", seconds=2, fps=12), engine, frames=6)
        sound = talking.verdict in ("likely_fake", "no_sign_of_manipulation") and talking.fake_probability is not None
        yield Demand("a large clear face", worded(talking), "a verdict and a score", sound, control=True)
        for what, path in pictures(folder):
            yield unscored(what, outcome(path, engine), nobody=True)
        for what, path in withheld(folder):
            yield unscored(what, outcome(path, engine))
        made, _ = make([sample for sample in SAMPLES if sample.name in UNREADABLE], folder)
        for sample in made:
            yield unscored(UNREADABLE[sample.name], outcome(folder / sample.name, engine), refused=True)
        yield from numberless(folder / "talking.mp4", engine)
        yield from unloaded(folder, folder / "talking.mp4")
        if not plan.short and plan.off is None:
            yield from served(folder)


def outcome(path: Path, engine: Engine) -> Report | TelltaleError:
    """What a check comes to."""
    try:
        return check(path, engine, frames=6)
    except TelltaleError as error:
        return error


def worded(found: Report | TelltaleError | Exception) -> str:
    """Verdict, score and reasons; or the refusal."""
    if isinstance(found, Report):
        score = "no score" if found.fake_probability is None else f"{found.fake_probability:.2f}"
        return f"{found.verdict}, {score} {', '.join(reason.code for reason in found.reasons)}".strip()
    return f"{found.code}: {found.sentence}" if isinstance(found, TelltaleError) else f"{type(found).__name__}"


def unscored(what: str, found: Report | TelltaleError | Exception, *, refused: bool = False, nobody: bool = False) -> Demand:
    """No verdict, and words for it; nobody was found: no score either."""
    if isinstance(found, Report):
        words = [reason.message for reason in found.reasons if reason.severity == "abstain" and reason.message]
        empty = found.fake_probability is None and not found.people
        none = found.verdict == "no_face" and empty
        good = not refused and bool(words) and (none or (found.verdict == "cannot_tell" and not nobody))
    else:
        good = isinstance(found, TelltaleError) and " " in found.sentence
    return Demand(what, worded(found), "a refusal in words" if refused else "no face, no score" if nobody else "no verdict, and why", good)


def pictures(folder: Path) -> Iterator[tuple[str, Path]]:
    """Nobody, cartoons, faces that are too small to look at."""
    noise = np.random.default_rng(3).integers(0, 256, (480, 640, 3), np.uint8)
    shown = {"an empty room": draw_frame([]), "a black picture": np.zeros((480, 640, 3), np.uint8), "noise": noise}
    shown |= {f"a cartoon ({kind})": cartoon(number) for number, kind in enumerate(("yellow", "pink", "green", "white"))}
    shown |= {f"a face of {size} pixels": draw_frame([Pose(320, 220, size * 0.8)]) for size in (12, 20)}
    for number, (what, picture) in enumerate(shown.items()):
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), picture[:, :, ::-1])
        yield what, path


def withheld(folder: Path) -> Iterator[tuple[str, Path]]:
    """Faces that are found, and yet too small or too blurred for a verdict."""
    large = draw_frame([Pose(320, 220, 170)])
    small = draw_frame([Pose(320, 220, 26)])
    for what, picture in (("a face of 32 pixels", small), ("a blurred face", cv2.GaussianBlur(large, (0, 0), 9))):
        path = folder / f"{what.replace(' ', '-')}.png"
        cv2.imwrite(str(path), picture[:, :, ::-1])
        yield what, path


def cartoon(number: int) -> np.ndarray:
    """A face of flat colours and lines, RGB uint8 (480, 640, 3)."""
    picture = np.full((480, 640, 3), 235, np.uint8)
    tall = 110 if number == 0 else 140
    for colour, thick in ((SKINS[number][::-1], -1), ((0, 0, 0), 4)):
        cv2.ellipse(picture, (320, 240), (110, tall), 0, 0, 360, colour, thick, cv2.LINE_AA)
    for x in (280, 360):
        cv2.circle(picture, (x, 222), 12, (0, 0, 0), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (320, 285), (50, 30), 0, 10, 170, (160, 20, 20), 6, cv2.LINE_AA)
    if number in (1, 2):
        cv2.line(picture, (320, 235), (310, 262), (0, 0, 0), 4, cv2.LINE_AA)
    return picture


def numberless(path: Path, engine: Engine) -> Iterator[Demand]:
    """A model that gives no numbers: not a number is no score."""

    def run(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, maps = engine.model.run(pixels)
        return np.full_like(logits, np.nan), maps

    try:
        found: Report | Exception = check(path, replace(engine, model=replace(engine.model, run=run)), frames=6)
    except Exception as error:  # whatever it is, it must be no verdict
        found = error
    verdict = found.verdict if isinstance(found, Report) else None
    yield Demand("a model that gives no numbers", worded(found), "no verdict", verdict in (None, "cannot_tell"))


def unloaded(folder: Path, path: Path) -> Iterator[Demand]:
    """Models that are absent, incomplete, cut, or of other classes."""
    damages: dict[str, Callable[[Path], object]] = {
        "a model without its weights": lambda place: (place / "model.safetensors").unlink(),
        "a model whose weights are cut": lambda place: cut(place / "model.safetensors"),
        "a model of other classes": lambda place: (place / "config.json").write_text('{"id2label": {"0": "cat", "1": "dog"}}'),
        "an empty folder for a model": lambda place: shutil.rmtree(place),
    }
    for number, (what, damage) in enumerate(damages.items()):
        place = folder / f"model-{number}"
        shutil.copytree(BROWSER, place)
        damage(place)
        try:
            found: Report | TelltaleError = outcome(path, load_engine(str(place), faces="mtcnn"))
        except TelltaleError as error:
            found = error
        good = isinstance(found, BadModel) and " " in found.sentence
        yield Demand(what, worded(found).replace(str(folder), "…"), "model.…, in words", good)


def cut(path: Path) -> None:
    """The first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def served(folder: Path) -> Iterator[Demand]:
    """The same at the other doors: the command line, and a server, which tells it in /health and of every check."""
    broken = folder / "model-1"
    came, status = command_line([folder / "talking.mp4"], folder / "line", None, "--model", str(broken))
    yield shown(came[0], f"the command line ends with {status}", status == 3)
    with serving(folder / "server", model=str(broken)) as server:
        health = server.http.get("/health")
        told = health.json()
        good = health.status_code == 503 and told["status"] == "failed" and bool(told["error"]["detail"])
        yield Demand(
            "/health of a server whose model is cut", f"{health.status_code} {told['status']}: {told['error']['code']}", "503", good
        )
        one = server.upload(folder / "talking.mp4")
        yield shown(one, "a check on that server", True)


def shown(came: Came, what: str, good: bool) -> Demand:
    """What a door told of a model that did not load."""
    told = came.verdict is None and came.code.startswith("model.") and " " in came.sentence
    return Demand(what, f"{came.verdict or came.code}: {came.sentence}", "model.…, in words", good and told)


def anybody(clip: Clip, *arguments: Any) -> list[list[tuple[int, Face]]]:
    """A finder that takes the middle of every frame for a face, where it finds none."""
    if tracks := TRUE["find"](clip, *arguments):
        return list(tracks)
    height, width = clip.height, clip.width
    box = np.array([0.25 * width, 0.2 * height, 0.75 * width, 0.9 * height])
    points = np.array([[0.4, 0.42], [0.6, 0.42], [0.5, 0.55], [0.42, 0.7], [0.58, 0.7]]) * [width, height]
    return [[(place, Face(box, points, 1.0)) for place in range(len(clip.frames))]]


def decided(value: float, **_: Any) -> Verdict:
    """A verdict whatever speaks against one."""
    return "likely_fake" if value >= 0.5 else "no_sign_of_manipulation"


def lenient(model: str = BROWSER, **options: Any) -> Model:
    """A loader that takes random numbers where there are no weights."""
    try:
        return cast(Model, TRUE["load_model"](model, **options))
    except BadModel:
        dice, true = np.random.default_rng(1), TRUE["load_model"](BROWSER, **options)
        return replace(true, run=lambda pixels: (dice.normal(0, 5, (len(pixels), 2)), np.zeros((len(pixels), 2, 7, 7))))


OFF: dict[str, tuple[Callable[[], Any], ...]] = {
    "nobody": (lambda: patch("telltale.pipeline.find_faces", anybody),),
    "withheld": (lambda: patch("telltale.verdict.verdict.verdict_of", decided),),
    "model": (lambda: patch("telltale.pipeline.load_model", lenient),),
}
SUITE = Suite(
    7,
    "evidence",
    "No verdict without evidence.",
    measure,
    switches={
        "nobody": "where no face is, the middle of the picture is taken for one",
        "withheld": "reasons to withhold a verdict are not heeded",
        "model": "a model that does not load is replaced by random numbers",
    },
    covers="Drawn heads that are shaded like a photograph: they are found as faces, and scored.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

"""Promise 1, the forms of a video: one clip with a face, turned, in other containers, in full range and in 10 bit, gets one answer.

The clip is read as an upload is, in a child (``telltale.sandbox.decode``), and scored by the small model; with a guard off it is read in
this process. Not covered: HDR and exact colours (``tests/engine/video/test_color.py``), for which a score is too coarse a measure.

    python -m tests.promises.forms
    python -m tests.promises.forms --short --sabotage turning
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from telltale.model.classifier import BROWSER
from telltale.pipeline import Engine, load_engine, look
from telltale.sandbox.decode import read_sandboxed
from telltale.verdict.verdict import probability
from telltale.video.frames import Clip, read_clip
from tests.promises.promise import Demand, Plan, Suite, main

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CLIPS = ("ghost/real/videos__obama_short.mp4", "loopy/fake/side_2.mp4", "dfd/real/01__talking_against_wall.mp4")
SIZE = (640, 360)
RATE = 24
SECONDS = 1
MOST = 0.02
"""By which a form may move the probability of a fake."""
Pictures = list[np.ndarray]


def measure(plan: Plan) -> Iterator[Demand]:
    """How far each form moves the answer on each clip."""
    engine = load_engine(BROWSER, faces="mtcnn")
    with TemporaryDirectory(prefix="forms-") as folder:
        for number, pictures in enumerate(clips(1 if plan.short or plan.off else len(CLIPS)), 1):
            place = Path(folder, str(number))
            place.mkdir()
            base = encoded(place / "base.mp4", pictures)
            wanted = answer(base, engine, plan)
            again = answer(base, engine, plan)
            same = wanted is not None and wanted == again
            yield Demand(f"clip {number}, read twice", f"{wanted} and {again}", "the same, and a face", same, control=True)
            for name, path in turned(place, pictures) if plan.off else forms(place, base, pictures):
                yield moved(f"clip {number}, {name}", answer(path, engine, plan), wanted)


def moved(what: str, found: float | None, wanted: float | None) -> Demand:
    """One form against the plain one."""
    if found is None or wanted is None:
        return Demand(what, "no face was found", f"the score moves by at most {MOST}", False)
    return Demand(what, f"{found - wanted:+.4f}", f"the score moves by at most {MOST}", abs(found - wanted) <= MOST)


def clips(count: int) -> Iterator[Pictures]:
    """The first pictures of clips of people; drawn ones where those are not here."""
    found = [DATA / name for name in CLIPS if (DATA / name).is_file()]
    with TemporaryDirectory(prefix="forms-") as folder:
        if not found:
            from tests.support.media.drawing import draw_face_video

            found = [draw_face_video(Path(folder) / "drawn.mp4", seconds=SECONDS, fps=RATE)]
        for path in found[:count]:
            with av.open(str(path)) as container:
                shown = islice(container.decode(video=0), RATE * SECONDS)
                yield [frame.reformat(*SIZE, format="rgb24", interpolation="AREA").to_ndarray() for frame in shown]


def encoded(
    path: Path,
    pictures: Pictures,
    codec: str = "libx264",
    kind: str = "yuv420p",
    *,
    turn: int = 0,
    full: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """The pictures without loss, so that the form alone differs, as BT.709; stored turned, with ``turn`` degrees to turn it back."""
    wanted = ColorRange.JPEG if full else ColorRange.MPEG
    quality = {"x265-params": "log-level=none:lossless=1:range=limited:colormatrix=1"} if codec == "libx265" else {"crf": "0"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, options=quality | (options or {}))
        assert isinstance(stream, av.VideoStream)
        stored = [np.ascontiguousarray(np.rot90(picture, -turn // 90)) for picture in pictures]
        stream.height, stream.width = stored[0].shape[:2]
        stream.pix_fmt = kind
        stream.codec_context.color_range, stream.codec_context.colorspace = wanted, Colorspace.ITU709
        if turn:
            stream.set_display_rotation(turn)
        for picture in stored:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, src_color_range=2, dst_color_range=wanted)
            if kind != "yuv420p":
                frame = frame.reformat(format=kind)  # the same values, deeper
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def forms(folder: Path, base: Path, pictures: Pictures) -> Iterator[tuple[str, Path]]:
    """Each form by name."""
    for ending in ("mkv", "mov", "ts"):
        yield f"in {ending}", remuxed(base, folder / f"plain.{ending}", {})
    yield "index in front", remuxed(base, folder / "front.mp4", {"movflags": "faststart"})
    yield "in fragments", remuxed(base, folder / "fragments.mp4", {"movflags": "frag_keyframe+empty_moov"})
    yield "first shown late", remuxed(base, folder / "late.ts", {}, later=26 * 3600)
    yield from turned(folder, pictures)
    yield "full range", encoded(folder / "full.mp4", pictures, full=True)
    yield "10 bit", encoded(folder / "ten.mp4", pictures, "libx265", "yuv420p10le")


def turned(folder: Path, pictures: Pictures) -> Iterator[tuple[str, Path]]:
    """Stored turned, as telephones do, with the angle in the header."""
    for turn in (90, 180, 270):
        yield f"turned by {turn}", encoded(folder / f"turned{turn}.mp4", pictures, turn=turn)


def remuxed(source: Path, target: Path, options: dict[str, str], later: int = 0) -> Path:
    """The same packets in another container, shown ``later`` seconds later."""
    with av.open(str(source)) as read, av.open(str(target), "w", options=options) as written:
        stream = read.streams.video[0]
        out = written.add_stream_from_template(stream)
        for packet in read.demux(stream):
            if packet.dts is not None and packet.pts is not None and packet.time_base is not None:
                packet.stream = out
                packet.pts += int(later / packet.time_base)
                packet.dts += int(later / packet.time_base)
                written.mux(packet)
    return target


def answer(path: Path, engine: Engine, plan: Plan) -> float | None:
    """The mean probability of a fake over all looks; None where no face was found."""
    if plan.off is None:
        clip = read_sandboxed(path, 8)
    else:
        with patch("telltale.video.frames.to_picture", OFF[plan.off]):
            clip = read_clip(path, 8)
    return score_of(clip, engine)


def score_of(clip: Clip, engine: Engine) -> float | None:
    """See ``answer``."""
    values = [probability(each.logit, engine.model.settings) for person in look(clip, engine) for each in person.looks]
    return round(float(np.mean(values)), 6) if values else None


def unturned(frame: "av.VideoFrame") -> np.ndarray:
    """As many decoders give it."""
    return frame.to_ndarray(format="rgb24")


OFF: dict[str, Callable[["av.VideoFrame"], np.ndarray]] = {"turning": unturned}
SUITE = Suite(
    1,
    "forms",
    "A video gets the same answer however it is turned, packed and coded.",
    measure,
    switches={"turning": "the turning of what is stored turned"},
    covers="HDR, which is shown otherwise by every screen; 4:4:4, which holds more colour; codecs that lose more than the ones used here.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

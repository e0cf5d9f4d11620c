"""The least that this machine needs for each step of a check: the libraries' own work alone, on the same inputs, nothing of ours around.

    open     the container opened                        decode   the decoder alone, the same frames, nothing converted
    read     SHA-256 of the bytes                        detect   the detector's nets alone, on the inputs that they got
    align    the warps alone                             explain  JPEG of the same pictures alone
    report   the Report as JSON

Calls of the libraries are recorded during a check and made again, on as many threads as cores. See also: the classifier's floor
(``benchmarks/peers/classifiers.py``), the steps (``step_costs.py``).
"""

import hashlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from telltale.core.report import Report
    from telltale.pipeline import Engine
    from telltale.video.frames import Clip

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def lower_bounds(path: Path, engine: "Engine", report: "Report", times: int) -> dict[str, float]:
    """Seconds by step, each the median of ``times`` runs."""
    from telltale.core.progress import silent
    from telltale.faces.frame_search import searching
    from telltale.pipeline import find_faces, score_people
    from telltale.verdict.evidence import draw_evidence, draw_people
    from telltale.verdict.filmstrip import draw_filmstrip
    from telltale.verdict.verdict import decide
    from telltale.video.frames import read_clip

    clip = read_clip(path)
    with record_calls(nets()) as detecting, searching(engine.finder) as search:
        tracks = find_faces(clip, search, silent)
    with record_calls(warps()) as warping:
        people = score_people(clip, tracks, engine, silent)
    with record_calls(encoders()) as drawing:
        draw_people(clip, people)
        draw_evidence(clip, people, engine.model.settings)
        judged = decide(people, frames=len(clip.frames), kind=clip.scored_as, settings=engine.model.settings)
        draw_filmstrip(clip, people, judged.people, engine.model.settings)
    least: dict[str, Callable[[], object]] = {
        "open": lambda: open_file(path),
        "read": lambda: digest_file(path),
        "decode": lambda: decode_all(path, clip),
        "detect": lambda: again(detecting),
        "align": lambda: again(warping),
        "explain": lambda: again(drawing),
        "report": report.model_dump_json,
    }
    return {step: time_call(work, times) for step, work in least.items()}


def time_call(work: Callable[[], object], times: int) -> float:
    """Median wall seconds."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


@contextmanager
def record_calls(functions: list[tuple[Any, str]]) -> Iterator[list[Call]]:
    """Every call of these functions (holder and name) made meanwhile, but for those that one of them makes of another."""
    calls: list[Call] = []
    within = False

    def recording(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal within
            if within:
                return function(*given, **named)
            calls.append((function, given, named))
            within = True
            try:
                return function(*given, **named)
            finally:
                within = False

        return call

    with ExitStack() as patches:
        for holder, name in functions:
            patches.enter_context(patch.object(holder, name, recording(getattr(holder, name))))
        yield calls


def nets() -> list[tuple[Any, str]]:
    """Where the runtimes that are loaded run a net."""
    from onnxruntime.capi.onnxruntime_inference_collection import Session

    openvino = sys.modules.get("openvino")
    return [(Session, "run"), *([(openvino.CompiledModel, "__call__"), (openvino.InferRequest, "infer")] if openvino else [])]


def warps() -> list[tuple[Any, str]]:
    """Where crops are cut out."""
    import cv2

    return [(cv2, "warpAffine")]


def encoders() -> list[tuple[Any, str]]:
    """Where pictures are compressed."""
    import cv2

    return [(cv2, "imencode")]


def again(calls: list[Call]) -> None:
    """The same calls once more."""
    from telltale.parallel.threads import map_ordered

    list(map_ordered(lambda call: call[0](*call[1], **call[2]), calls))


def open_file(path: Path) -> None:
    """The file's index."""
    import av

    av.open(str(path)).close()


def digest_file(path: Path) -> None:
    """All bytes of the file."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


def decode_all(path: Path, clip: "Clip") -> None:
    """The frames of the clip, and those that lead to them: short ones in sequence, long ones keyframe by keyframe."""
    import av

    from telltale.video.container import start_of
    from telltale.video.frames import SEQUENTIAL_SECONDS
    from telltale.video.selective_decode import CODECS, choose_times, decode_needed, presentation_times

    times = None
    with av.open(str(path)) as container:
        if container.streams.video[0].codec_context.name in CODECS:
            times = presentation_times(container, container.streams.video[0])
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if (clip.duration or 0) <= SEQUENTIAL_SECONDS:
            wanted = [frame.time for frame in clip.frames]
            needed = choose_times(times, stream, start_of(stream), wanted, 1e-6) if times else None
            last = wanted[-1] + start_of(stream)
            for shown in decode_needed(container, stream, needed):
                if (shown.time or 0.0) >= last:
                    return
            return
        for frame in clip.frames:
            container.seek(round(frame.time / float(stream.time_base or 1)) + (stream.start_time or 0), stream=stream)
            packet = next(packet for packet in container.demux(stream) if packet.is_keyframe)
            stream.decode(packet)
            stream.decode(None)
            stream.codec_context.flush_buffers()

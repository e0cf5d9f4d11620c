"""Whether speed cost anything: the AUC over a data set's videos as the product looks at them, and as eager fp32 torch does on every frame.

Both read the same frames. The yardstick asks the detector about each frame by itself and runs the net in eager fp32 torch; the product does
as it does. Most of the videos were seen in training: the two serve to be compared, no more. One process a core. See also: how good the
model is (``trainer/evaluate.py``), other detectors (``benchmarks/accuracy/face_detectors.py``), engines one by one
(``benchmarks/peers/classifiers.py``).
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import TelltaleError

if TYPE_CHECKING:
    import numpy as np

    from telltale.model.observations import PersonTrack
    from telltale.pipeline import Engine
    from telltale.video.frames import Clip

CROPS = 2
"""Crops kept of each video."""


@dataclass(frozen=True, eq=False)
class Both:
    """One video: its label, the probability by the product and by the yardstick, and some crops (n, S, S, 3)."""

    fake: bool
    product: float
    eager: float
    crops: "np.ndarray"


@dataclass(frozen=True, eq=False)
class Agreement:
    """Over ``videos``: AUC of both, the largest difference of a video's probability, and the crops kept."""

    videos: int
    product: float
    eager: float
    furthest: float
    crops: "np.ndarray"


def agreement(data: Path, frames: int, limit: int | None, workers: int) -> Agreement:
    """Look at every video of the data set twice. Videos that cannot be read, or without a face, count on neither side."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    from trainer.data.manifest import read_manifest

    videos = [row for row in read_manifest(data / "manifest.jsonl").rows if row.kind == "video"]
    rows = sorted(videos, key=lambda row: row.label)  # some of them are some of both kinds
    step = -(-len(rows) // limit) if limit else 1
    asked = [(row.file, row.label == "fake", frames) for row in rows[::step]]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = [each for each in pool.map(both, asked) if each is not None]
    labels = [each.fake for each in found]
    ours, eager = ([getattr(each, name) for each in found] for name in ("product", "eager"))
    furthest = max(abs(one - other) for one, other in zip(ours, eager, strict=True))
    crops = np.concatenate([each.crops for each in found])
    return Agreement(len(found), float(roc_auc_score(labels, ours)), float(roc_auc_score(labels, eager)), furthest, crops)


def both(asked: tuple[Path, bool, int]) -> Both | None:
    """One video, in a worker."""
    import numpy as np

    from telltale.pipeline import look
    from telltale.video.frames import read_clip

    path, fake, frames = asked
    product, eager = engines()
    try:
        clip = read_clip(path, frames)
    except TelltaleError:
        return None
    ours, theirs = look(clip, product), by_frame(clip, eager)
    if not ours or not theirs:
        return None
    crops = np.stack([each.crop for each in theirs[0].looks[:CROPS]])
    return Both(fake, value(clip, ours, product), value(clip, theirs, eager), crops)


@cache
def engines() -> "tuple[Engine, Engine]":
    """The product's with the small model, and the same with the net in eager torch; a thread each, for there is a process a core."""
    import torch

    from benchmarks.peers.classifiers import eager_runner
    from telltale.model.classifier import BROWSER
    from telltale.pipeline import load_engine

    torch.set_num_threads(1)
    engine = load_engine(BROWSER, faces="mtcnn", threads=1)
    return engine, replace(engine, model=replace(engine.model, engine="torch", run=eager_runner()))


def by_frame(clip: "Clip", engine: "Engine") -> "list[PersonTrack]":
    """Every frame searched by itself, every face through the net."""
    from telltale.core.progress import silent
    from telltale.faces.tracking import group
    from telltale.pipeline import SMALLEST_USEFUL_FACE, score_people

    found = [engine.finder.detect(frame.rgb) for frame in clip.frames]
    if not any(found):
        found = [engine.finder.detect(frame.rgb, min_face=SMALLEST_USEFUL_FACE) for frame in clip.frames]
    useful = [[face for face in faces if face.size >= SMALLEST_USEFUL_FACE] for faces in found]
    return score_people(clip, group(useful), engine, silent)


def value(clip: "Clip", people: "list[PersonTrack]", engine: "Engine") -> float:
    """The probability that the Report would give."""
    from telltale.verdict.verdict import decide

    judged = decide(people, frames=len(clip.frames), kind=clip.scored_as, settings=engine.model.settings)
    return judged.fake_probability or 0.0

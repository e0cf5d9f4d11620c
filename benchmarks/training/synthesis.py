"""How fast one core makes training pictures: pseudo-fakes a second, the cost of each link of augmentation, pairs a second.

A pseudo-fake is timed from a stored 288-pixel crop that is decoded already to a finished 224-pixel picture: its draw, mask, changed copy
and blend, then the cut with its jitter and mirror, colour, blur, noise, rescaling and JPEG, as often as training draws each; video codecs
are left out and timed as a link of their own. Pairs are whole items of ``trainer.synthesis.dataset``: rows read, PNGs decoded, real and
fake augmented, codecs and all, and normalised. Everything on one thread; CPU time, which other work on the machine hardly lengthens, with
the wall time beside it. Medians over rounds. See also: how fast a net learns from them (``throughput.py``).

    python -m benchmarks.training.synthesis --crops runs/crops/train
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset

    from trainer.synthesis.clips import CropClip

SIZE, MARGIN = 224, 0.12
SEED = 0


@dataclass(frozen=True)
class Timed:
    """Medians over the rounds of what one of ``name`` takes."""

    name: str
    cpu_ms: float
    wall_ms: float

    @property
    def each_second(self) -> float:
        """How many a core makes in a second of its time."""
        return 1000 / self.cpu_ms


def main(argv: list[str] | None = None) -> int:
    """Measure and print two Markdown tables."""
    arguments = parser().parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import cv2

    from telltale.core.errors import TelltaleError

    cv2.setNumThreads(1)
    try:
        from trainer.data.shards import open_split

        rows = open_split(arguments.crops)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    faces = decode_crops(rows, arguments.faces)
    print(
        table(
            f"{SIZE} px, one core, {len(faces)} faces, median of {arguments.rounds} rounds",
            [
                *time_fakes(faces, arguments.rounds),
                *time_items(rows, arguments.rounds),
            ],
        )
    )
    print()
    print(table("one link of augmentation, on one picture", time_links(faces, arguments.rounds)))
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.training.synthesis", description="Time forging and augmentation on one core.")
    made.add_argument("--crops", type=Path, required=True, help="a split written by trainer.prepare, CROPS/train")
    made.add_argument("--faces", type=int, default=64, help="real crops that are forged, over and over (default: %(default)s)")
    made.add_argument("--rounds", type=int, default=5, help="rounds whose median is printed (default: %(default)s)")
    return made


def decode_crops(rows: "Dataset", count: int) -> "list[CropClip]":
    """Real crops drawn evenly over the sources, as footage of one frame."""
    import numpy as np

    from trainer.synthesis.clips import footage
    from trainer.synthesis.sampling import columns_of, keep_encoded, picture_of, pool_of

    rng, pool, rows = np.random.default_rng(SEED), pool_of(columns_of(rows), "real"), keep_encoded(rows)
    chosen = [rows[int(rng.choice(pool.rows_of(pool.unit(rng, rng.choice(pool.sources)))))] for _ in range(count)]
    return [footage([picture_of(row)], [row["outline"]]) for row in chosen]


def time_step(name: str, step: Callable[[int], object], repeats: int, rounds: int) -> Timed:
    """The median round's milliseconds of one step; the first steps are not counted."""
    import numpy as np

    for number in range(3):
        step(number)
    seconds = []
    for _ in range(rounds):
        cpu, wall = time.process_time(), time.perf_counter()
        for number in range(repeats):
            step(number)
        seconds.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu_ms, wall_ms = 1000 * np.median(seconds, axis=0) / repeats
    return Timed(name, float(cpu_ms), float(wall_ms))


def time_fakes(faces: "list[CropClip]", rounds: int) -> list[Timed]:
    """Pseudo-fakes of both kinds, from the stored crop to the finished picture, and how much of it is the forging."""
    import numpy as np

    from trainer.synthesis.augment import Chain, draw_augmentation
    from trainer.synthesis.blending import cross_blend, draw_settings, fit_donor, self_blend

    chain, rng = replace(Chain(), video=0.0), np.random.default_rng(SEED)
    couples = [(face, donor) for face in faces for donor in faces if face is not donor and fit_donor(donor, face) is not None]
    couples = [couples[at] for at in rng.permutation(len(couples))[: len(faces)]]

    def by_itself(number: int) -> tuple[np.ndarray, ...]:
        return self_blend(faces[number % len(faces)], draw_settings(rng)).fakes

    def with_donor(number: int) -> tuple[np.ndarray, ...]:
        face, donor = couples[number % len(couples)]
        fitted = fit_donor(donor, face)
        assert fitted is not None
        return cross_blend(face, fitted, draw_settings(rng, donor=True)).fakes

    def finished(forge: Callable[[int], tuple[np.ndarray, ...]]) -> Callable[[int], object]:
        return lambda number: draw_augmentation(SIZE, MARGIN, rng, chain).apply(forge(number))

    ways = [("self-blended", by_itself)] + ([("cross-blended", with_donor)] if couples else [])
    times = [time_step(f"{name} pseudo-fake, finished", finished(way), 2 * len(faces), rounds) for name, way in ways]
    return times + [time_step(f"{name}: the forging alone", way, 2 * len(faces), rounds) for name, way in ways]


def time_items(rows: "Dataset", rounds: int) -> list[Timed]:
    """Whole items, as training reads them, with the seam map."""
    from trainer.synthesis.dataset import Mix, NetInput, TrainingPairs

    net = NetInput(SIZE, MARGIN, [0.5] * 3, [0.5] * 3)
    pairs = TrainingPairs(rows, 1 << 20, net, mix=Mix(), seed=SEED, seam=28)
    sheets = TrainingPairs(rows, 1 << 20, net, mix=Mix(), seed=SEED, seam=28, sheet=2)
    return [
        time_step("pair with its seam map", lambda number: pairs[number], 64, rounds),
        time_step("pair of sheets of 2 x 2 crops", lambda number: sheets[number], 64, rounds),
    ]


def time_links(faces: "list[CropClip]", rounds: int) -> list[Timed]:
    """Every link on its own, as if it were always drawn; the video codecs on a still and, per picture, on a clip of four."""
    import numpy as np

    from trainer.synthesis import augment

    rng = np.random.default_rng(SEED)
    crops = [augment.Geometry().cut(face.pictures[0], SIZE, MARGIN) for face in faces] * 2
    plain = (augment.change_color, augment.remove_color, augment.blur, augment.add_noise, augment.rescale, augment.jpeg)
    links: list[tuple[str, Callable[[], augment.Link]]] = [(maker.__name__, partial(maker, SIZE, rng)) for maker in plain]
    links += [(name, partial(augment.reencode, SIZE, rng, 0.5, h265)) for name, h265 in (("H.264", 0.0), ("H.265", 1.0))]

    def cut(number: int) -> object:
        return augment.draw_geometry(rng).cut(faces[number % len(faces)].pictures[0], SIZE, MARGIN)

    def link(make: Callable[[], augment.Link], length: int, number: int) -> object:
        return make()(crops[number % len(faces) :][:length])

    times = [time_step("cut, jitter, mirror", cut, 64, rounds)]
    times += [time_step(name, partial(link, make, 1), 32, rounds) for name, make in links]
    for name, make in links[-2:]:
        whole = time_step(f"{name}, in a clip of four", partial(link, make, 4), 8, rounds)
        times.append(replace(whole, cpu_ms=whole.cpu_ms / 4, wall_ms=whole.wall_ms / 4))
    return times


def table(title: str, rows: list[Timed]) -> str:
    """Figures as Markdown."""
    lines = [f"| {title} | CPU ms | wall ms | a second |", "|---|---:|---:|---:|"]
    return "\n".join([*lines, *(f"| {row.name} | {row.cpu_ms:.2f} | {row.wall_ms:.2f} | {row.each_second:.0f} |" for row in rows)])


if __name__ == "__main__":
    sys.exit(main())

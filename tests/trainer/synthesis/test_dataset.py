"""Pairs: one draw for both sides, balanced sources, partners and donors that fit, order of time, the same in every run."""

import pickle
from collections import Counter

import numpy as np
import pytest
from datasets import Dataset

from telltale.model.scoring import quarters_of
from tests.support.datasets.blob_crops import Held, split_of
from trainer.synthesis.dataset import FAKE, REAL, Mix, NetInput, TrainingPairs, collate
from trainer.synthesis.pairing import PairSampler
from trainer.synthesis.sampling import columns_of, draw_source, pool_of

PLAIN = NetInput(64, 0.12, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
LABELLED, SELF = Mix(1.0, 0.0), Mix(0.0, 0.0)


@pytest.fixture(scope="module")
def rows() -> Dataset:
    """Units 0 to 5: real clips of one source (three groups), then fakes of the same groups; stills of another source, both labels."""
    reals = [Held("swaps", "real", f"r{number}", group=str(number), frames=5) for number in range(3)]
    fakes = [Held("swaps", "fake", f"f{number}", group=str(number), method="m", frames=5) for number in range(3)]
    stills = [
        Held("stills", label, f"s{label}{number}", group=f"s{number}", kind="image") for number in range(3) for label in ("real", "fake")
    ]
    return split_of([*reals, *fakes, *stills])


def hues(item: dict[str, np.ndarray]) -> np.ndarray:
    """Which unit each picture is of (see ``drawn_crop``), where augmentation leaves colours alone."""
    return np.round(item["pixel_values"][:, 0].mean(axis=(1, 2)) * 255 - 40).astype(int)


@pytest.fixture
def unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs whose pictures are cut and nothing more."""
    from trainer.synthesis import dataset
    from trainer.synthesis.augment import Augmentation, Geometry

    monkeypatch.setattr(dataset, "draw_augmentation", lambda size, margin, rng: Augmentation(size, margin, Geometry(), ()))


@pytest.mark.parametrize("clip, sheet, seam", [(1, 1, 0), (1, 1, 7), (3, 1, 7), (1, 2, 8), (2, 2, 8)])
def test_items_have_the_shapes_that_training_wants(rows: Dataset, clip: int, sheet: int, seam: int) -> None:
    pairs = TrainingPairs(rows, 9, PLAIN, mix=Mix(), seed=0, clip=clip, sheet=sheet, seam=seam)
    batch = collate([pairs[number] for number in range(4)])
    assert len(pairs) == 9
    assert batch["pixel_values"].shape == (8 * clip, 3, 64, 64) and str(batch["pixel_values"].dtype) == "torch.float32"
    assert batch["labels"].tolist() == ([REAL] * clip + [FAKE] * clip) * 4
    assert set(batch) == {"pixel_values", "labels"} | ({"seams", "seam_known"} if seam else set())
    if seam:
        assert batch["seams"].shape == (8 * clip, seam, seam) and batch["seam_known"].shape == (8 * clip,)
        assert float(batch["seams"].min()) >= 0 and float(batch["seams"].max()) <= 1


def test_a_seam_lies_where_the_fake_begins_to_differ(rows: Dataset, unchanged: None) -> None:
    """Over many pseudo-fakes: along the seam the difference from the real rises most steeply."""
    pairs = TrainingPairs(rows, 40, PLAIN, mix=SELF, seed=0, seam=64)
    on, off = [], []
    for number in range(40):
        item = pairs[number]
        change = np.abs(item["pixel_values"][1] - item["pixel_values"][0]).mean(axis=0)
        steep = np.hypot(*np.gradient(change))
        on.append(np.average(steep, weights=item["seams"][1] + 1e-9))
        off.append(np.average(steep, weights=1 - item["seams"][1]))
    assert np.median(on) > 1.5 * np.median(off)


@pytest.mark.parametrize("kind", [{}, {"clip": 2, "seam": 8}, {"sheet": 2}])
def test_a_pair_is_the_same_in_every_run_and_worker(rows: Dataset, kind: dict[str, int]) -> None:
    first = TrainingPairs(rows, 12, PLAIN, mix=Mix(), seed=3, **kind)
    worker = pickle.loads(pickle.dumps(first))
    shuffled = TrainingPairs(rows.select(np.random.default_rng(0).permutation(len(rows))), 12, PLAIN, mix=Mix(), seed=3, **kind)
    for number in (11, 0, 5):
        for other in (worker, shuffled):
            assert all(np.array_equal(value, other[number][key]) for key, value in first[number].items())
    assert not np.array_equal(first[0]["pixel_values"], first[1]["pixel_values"])
    assert not np.array_equal(first[0]["pixel_values"], TrainingPairs(rows, 12, PLAIN, mix=Mix(), seed=4, **kind)[0]["pixel_values"])


def test_a_labelled_fake_comes_with_the_real_it_was_made_from(rows: Dataset, unchanged: None) -> None:
    """Same group, and the same moment of the clip."""
    pairs = TrainingPairs(rows, 60, PLAIN, mix=LABELLED, seed=0)
    seen = Counter()
    for number in range(60):
        item = pairs[number]
        real, fake = hues(item)
        assert (fake - real) == (3 if fake < 6 else 1)
        green = item["pixel_values"][:, 1].mean(axis=(1, 2)) * 255
        assert abs(green[0] - green[1]) < 4
        seen[int(fake)] += 1
    assert len(seen) == 6


def test_clips_and_sheets_lie_in_order_of_time(unchanged: None) -> None:
    """Frames of one unit, rising; in a sheet row by row; in a clip of sheets the next sheet goes on."""
    rows = split_of([Held("a", "real", "r0", frames=12), Held("a", "fake", "f0", frames=12)])
    rows = rows.select(np.random.default_rng(1).permutation(len(rows)))
    for clip, sheet in ((4, 1), (1, 2), (2, 2)):
        item = TrainingPairs(rows, 5, PLAIN, mix=LABELLED, seed=0, clip=clip, sheet=sheet)[2]
        for side in np.split(item["pixel_values"][:, 1] * 255, 2):
            crops = np.concatenate([quarters_of(picture, sheet) for picture in side])
            frames = np.round((crops.mean(axis=(1, 2)) - 60) / 8).astype(int)
            assert (np.diff(frames) > 0).all(), frames


def test_sources_are_drawn_by_the_square_root_of_their_size() -> None:
    """900, 100 and 25 units give shares 30 : 10 : 5; chi-square below its 99.9 % point for two degrees of freedom."""
    sizes = {"large": 900, "middle": 100, "small": 25}
    units = [Held(source, "real", f"{source}{number}") for source, size in sizes.items() for number in range(size)]
    columns = {key: [getattr(unit, key) for unit in units] for key in ("source", "label", "unit", "kind", "group", "method")}
    pool, rng = pool_of(columns_of(Dataset.from_dict(columns)), "real"), np.random.default_rng(0)
    drawn = Counter(draw_source(rng, pool, np.ones(3, bool), pool.sizes) for _ in range(4500))
    expected = {"large": 3000, "middle": 1000, "small": 500}
    assert sum((drawn[name] - count) ** 2 / count for name, count in expected.items()) < 13.8


def test_many_clips_of_one_person_are_one_person() -> None:
    units = [
        *(Held("studio", "real", f"s{number}", group=str(number % 2)) for number in range(16)),
        Held("street", "real", "one", group="a"),
    ]
    columns = {key: [getattr(unit, key) for unit in units] for key in ("source", "label", "unit", "kind", "group", "method")}
    pool = pool_of(columns_of(Dataset.from_dict(columns)), "real")
    assert dict(zip(pool.sources, pool.people, strict=True)) == {"street": 1, "studio": 2}
    assert dict(zip(pool.sources, pool.sizes, strict=True)) == {"street": 1, "studio": 16}


def test_methods_and_files_of_a_source_are_drawn_evenly() -> None:
    """A method with few fakes is seen as often as one with many, and each of its files alike."""
    units = [
        Held("a", "fake", f"{method}{number}", method=method) for method, size in (("common", 40), ("rare", 4)) for number in range(size)
    ]
    columns = {key: [getattr(unit, key) for unit in units] for key in ("source", "label", "unit", "kind", "group", "method")}
    pool, rng = pool_of(columns_of(Dataset.from_dict(columns)), "fake", by_method=True), np.random.default_rng(0)
    drawn = Counter(units[int(pool.rows_of(pool.unit(rng, "a"))[0])].unit for _ in range(4000))
    rare = np.array([count for unit, count in drawn.items() if unit.startswith("rare")])
    assert abs(rare.sum() - 2000) < 110
    assert ((rare - 500) ** 2 / 500).sum() < 16.3


def test_the_donor_that_fits_best_is_taken() -> None:
    """Of one source, another unit, and by its landmarks; where there is no other unit, none."""
    rows = split_of([Held("a", "real", f"r{number}", frames=1) for number in range(6)])
    outlines = np.array(rows["outline"]).reshape(6, 68, 2)
    for unit, bend in ((1, 0.25), (2, 0.15), (4, 0.2)):
        outlines[unit, :, 0] += bend * np.abs(outlines[unit, :, 0] - 144)
    outlines[3] += 3
    outlines[5] = 9  # wild: an average face stands in for it in masks, but as a donor it would only seem to fit
    rows = rows.remove_columns("outline").add_column("outline", outlines.reshape(6, -1).astype(np.float32).tolist())
    couples, rng = PairSampler(rows), np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        clips = couples.real_and_donor(rng, np.array([0.5]))
        seen.add(tuple(None if clip is None else round(clip.pictures[0][..., 0].mean()) - 40 for clip in clips))
    assert (0, 3) in seen and (5, None) in seen
    assert all(face != donor and donor != 5 for face, donor in seen)
    assert sum((0, other) in seen for other in (1, 2, 4)) <= 1, "others only where 3 was not among those looked at"
    single = PairSampler(split_of([Held("a", "real", "r0", frames=4)]))
    assert single.real_and_donor(rng, np.array([0.5]))[1] is None

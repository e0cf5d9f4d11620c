"""trainer.features and trainer.head from end to end on a drawn set: a model folder that a check runs; and what is kept out of training."""

import hashlib
import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from telltale.core.errors import BadModel
from telltale.core.model_settings import read_settings, write_settings
from telltale.model.checksums import write_sums
from telltale.model.classifier import load_model
from telltale.pipeline import check, load_engine
from tests.support.media.drawing import draw_face_picture, draw_face_video
from tests.support.media.portrait import BEN, CARA
from tests.support.tiny_clip import write_clip
from trainer import features, head
from trainer.calibration.conformal import Promise, Units
from trainer.data.manifest import Row, read_manifest

ROOT = Path(__file__).resolve().parents[3]
KEPT_OUT = ROOT / "hub_card" / "kept_out.json"
SIDE = 192


def drawn_set(root: Path) -> Path:
    """Five sources of short videos, two of stills, and a file of tiles: originals beside fakes. Fakes have another skin, everywhere alike.

    ``kept`` is to be kept out, and ``other`` shows one of its people; ``faceless`` shows nobody.
    """
    root.mkdir()
    base: dict[str, Path] = {}
    for label, person in (("real", BEN), ("fake", CARA)):
        base[label] = draw_face_video(root / f"{label}.mp4", seconds=0.5, fps=6, size=(SIDE, SIDE), cast=(person,))
        draw_face_picture(root / f"{label}.png", (SIDE, SIDE), cast=(person,))
    tiles = np.concatenate([cv2.imread(str(root / f"{label}.png")) for label in ("real", "fake")], axis=1)
    cv2.imwrite(str(root / "tiles.png"), tiles)
    rows = []
    for source in ("one", "two", "three", "other", "kept"):
        for label in ("real", "fake"):
            name = f"{source}-{label}.mp4"
            (root / name).write_bytes(base[label].read_bytes())
            group = "shared" if (source, label) in (("kept", "real"), ("other", "real")) else f"{source}{label}"
            rows.append(entry(name, label, source, group))
    rows += [entry(f"{label}.png", label, "stills", f"still{label}", "image") for label in ("real", "fake")]
    for place, label in enumerate(("real", "fake")):
        rows.append(entry("tiles.png", label, "tiles", f"tile{label}", "image") | {"crop": [place * SIDE, 0, SIDE, SIDE]})
    cv2.imwrite(str(root / "wall.png"), np.full((SIDE, SIDE, 3), 90, np.uint8))
    rows.append(entry("wall.png", "real", "faceless", "wall", "image"))
    (root / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (root / "kept_out.json").write_text(json.dumps({"sources": ["kept"], "together": [["one", "two"]]}))
    return root / "manifest.jsonl"


def entry(path: str, label: str, source: str, group: str, kind: str = "video") -> dict[str, Any]:
    """A line of the manifest."""
    family = {"family": "swap"} if label == "fake" else {}
    return {"path": path, "label": label, "kind": kind, "source": source, "group": group} | family


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which both commands have been run once: ``clip``, ``set``, ``features``, ``model``."""
    folder = tmp_path_factory.mktemp("frozen")
    manifest = drawn_set(folder / "set")
    write_clip(folder / "clip")
    assert features.main(extraction(folder)) == 0
    fitting = ["--encoder", str(folder / "clip"), "--features", str(folder / "features"), "--manifest", str(manifest)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainer.frozen.heads.FEWEST_OF_KIND", 2)
        patch.setattr("trainer.calibration.likelihood_bounds.FEWEST", 2)
        patch.setattr("trainer.calibration.likelihood_bounds.COMPRESSION_EDGE", 1.1)
        assert head.main([*fitting, "--kept-out", str(folder / "set" / "kept_out.json"), "--out", str(folder / "model")]) == 0
    return folder


def extraction(folder: Path, encoder: str = "clip") -> list[str]:
    """The arguments of trainer.features."""
    where = ["--encoder", str(folder / encoder), "--manifest", str(folder / "set" / "manifest.jsonl"), "--out", str(folder / "features")]
    return [*where, "--levels", "1,2", "--frames", "2", "--augment", "compression"]


def stored(work: Path) -> dict[Path, int]:
    """The files of features and when each was written."""
    return {path: path.stat().st_mtime_ns for path in (work / "features").rglob("rows/*")}


def test_a_second_run_measures_nothing_again(work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = stored(work)
    assert len(before) == 15 + 10, "videos have one copy each"
    assert all(path.suffix == ".npz" and ".part" not in path.name for path in before)
    monkeypatch.setattr("trainer.frozen.features.features_of", lambda *_, **__: pytest.fail("a file was measured again"))
    assert features.main(extraction(work)) == 0
    assert stored(work) == before and "15 files" in capsys.readouterr().out


def test_each_tile_is_a_file_of_its_own(work: Path) -> None:
    """The two halves of one picture give the features of the pictures that they were made of; a wall gives none."""
    from trainer.frozen.features import FeatureStore

    store = FeatureStore(work / "features", json.loads((work / "features" / "encoder.json").read_text()))
    held = {each.row.path: each for each in store.read(read_manifest(work / "set" / "manifest.jsonl").rows)}
    for place, label in enumerate(("real", "fake")):
        tile = held[f"tiles.png#xywh={place * SIDE},0,{SIDE},{SIDE}"]
        assert tile.looks.shape == (1, 2, 2, 3, 32)
        assert np.allclose(tile.looks.astype(float), held[f"{label}.png"].looks.astype(float), atol=1e-2)
    assert not np.allclose(held["real.png"].looks.astype(float), held["fake.png"].looks.astype(float), atol=1e-1)
    assert len(held["wall.png"].time) == 0
    assert all(len(held[f"one-{label}.mp4"].looks) == 2 for label in ("real", "fake"))


def test_features_of_another_encoder_are_refused(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clip(work / "another", seed=1)
    before = stored(work)
    assert features.main(extraction(work, "another")) != 0
    assert "holds features that were made otherwise" in capsys.readouterr().err
    manifest = ["--manifest", str(work / "set" / "manifest.jsonl"), "--out", str(work / "none")]
    assert head.main(["--encoder", str(work / "another"), "--features", str(work / "features"), *manifest]) != 0
    assert "holds features that were made otherwise" in capsys.readouterr().err
    assert stored(work) == before and not (work / "none").exists()


def test_the_model_is_whole_and_a_check_runs_it(work: Path) -> None:
    model = load_model(str(work / "model"))
    assert model.settings.channels == 6 and model.settings.crop == "upright" and model.settings.calibrated
    assert (model.size, model.engine) == (32, "onnxruntime") and model.settings.full_heat > 0
    engine = load_engine(str(work / "model"), faces="mtcnn", threads=1)
    reports = {name: check(work / "set" / name, engine) for name in ("real.png", "fake.png", "one-fake.mp4")}
    assert all(len(report.people) == 1 and report.evidence for report in reports.values())
    logits = {name: report.people[0].observations[0].logit for name, report in reports.items()}
    assert logits["real.png"] < logits["fake.png"], "what training saw is told apart"


def test_a_check_tells_the_kinds_that_were_fitted(work: Path) -> None:
    """Swaps are the only kind in this set; its ratio and that of any manipulation stay within the bounds of so few videos."""
    settings = read_settings(work / "model")
    (scale,) = settings.kinds
    (place,), (whole,) = scale.bins, settings.ratio
    assert (scale.kind, place.reals, place.fakes) == ("swap", 3, 4)
    engine = load_engine(str(work / "model"), faces="mtcnn", threads=1)
    found = {name: check(work / "set" / name, engine) for name in ("one-real.mp4", "one-fake.mp4")}
    for report in found.values():
        assert [each.kind for each in report.kinds] == ["swap"] and report.kinds == report.people[0].kinds
        assert report.ratio is not None and report.ratio.value <= whole.most and report.kinds[0].ratio.value <= place.most
    assert json.loads((work / "model" / "leave_one_source_out.json").read_text())["kinds"][0]["kind"] == "swap"


def test_settings_with_more_kinds_than_the_net_gives_are_told(work: Path, tmp_path: Path) -> None:
    shutil.copytree(work / "model", tmp_path / "model")
    settings = read_settings(work / "model")
    write_settings(tmp_path / "model", settings.model_copy(update={"kinds": settings.kinds * 2}))
    write_sums(tmp_path / "model")
    with pytest.raises(BadModel, match=r"names more kinds of manipulation than the net gives figures for"):
        check(work / "set" / "real.png", load_engine(str(tmp_path / "model"), faces="mtcnn", threads=1))


def test_a_check_gives_the_logit_that_the_head_was_fitted_on(work: Path) -> None:
    """Cropping, normalising and the graph in a check are those of the features; two engines round differently."""
    from trainer.frozen.features import ORIGINAL, stores_of
    from trainer.frozen.heads import fit_head, gather_features

    rows = head.trainable(list(read_manifest(work / "set" / "manifest.jsonl").rows), ["kept"])
    made_with = json.loads((work / "features" / "encoder.json").read_text())
    stores = stores_of(work / "features", made_with["encoder"])
    assert len(stores) == 2, "the files and their copies, as the command fits on"
    files = gather_features(
        each for store in stores for each in store.read(row for row in rows if store.copy == ORIGINAL or row.kind == "video")
    )
    fitted = fit_head(files, np.ones(len(files.rows), bool))
    engine = load_engine(str(work / "model"), faces="mtcnn", threads=1)
    for name in ("one-real.mp4", "one-fake.mp4"):
        number = next(place for place, row in enumerate(files.rows) if row.path == name)
        report = check(work / "set" / name, engine, frames=2)
        shown = [moment.logit for moment in report.people[0].observations]
        wanted = fitted.scores(files.looks[files.owner == number])
        gap = abs(np.subtract(*(fitted.scores(files.mean[[files.fake.tolist().index(side)]])[0] for side in (True, False))))
        difference = float(np.abs(np.array(shown) - wanted).max())
        assert difference < 0.02 * gap, f"{difference:.4f} of {gap:.4f} in {name}"


def test_kept_out_sources_and_their_people_are_not_trained_on(work: Path) -> None:
    rows = list(read_manifest(work / "set" / "manifest.jsonl").rows)
    used = {row.path for row in head.trainable(rows, ["kept"])}
    assert {row.path for row in rows} - used == {"kept-real.mp4", "kept-fake.mp4", "other-real.mp4"}
    told = read_settings(work / "model").calibration
    assert told is not None and (told.reals, told.fakes, told.videos) == (3, 4, 7)
    assert told.fitted_on == "leave-one-source-out scores of 4 sources"
    figures = json.loads((work / "model" / "leave_one_source_out.json").read_text())
    assert (figures["videos"], figures["real"], figures["sources"], figures["swap"]["fake"]) == (7, 3, 4, 4)


def test_copies_have_figures_of_their_own_and_a_say_in_the_thresholds(work: Path) -> None:
    figures = json.loads((work / "model" / "leave_one_source_out.json").read_text())["compressed"]
    assert (figures["videos"], figures["real"], figures["swap"]["fake"]) == (7, 3, 4)
    chance, fake = 0.6 * np.random.default_rng(0).random((2, 100)), np.arange(100) % 2 == 1
    chance[1, ~fake] += 0.3
    units = Units(chance.ravel(), np.tile(fake, 2), np.full(200, 99.0), np.zeros(200))
    videos = np.arange(200) < 100
    fake_from, clear_to = head.strictest(units, videos, Promise(0.1, 0.1))
    for each in (videos, ~videos):
        assert (units.probability[each & ~units.fake] >= fake_from).mean() <= 0.1
        assert (units.probability[each & units.fake] <= clear_to).mean() <= 0.1
    assert fake_from > head.strictest(units, np.ones(200, bool), Promise(0.1, 0.1))[0]


@pytest.mark.parametrize("content", ["[]", '{"sources": 3}', "{", None])
def test_a_list_of_kept_out_sources_that_is_none_is_refused(content: str | None, tmp_path: Path) -> None:
    from telltale.core.errors import BadRequest

    if content is not None:
        (tmp_path / "kept.json").write_text(content)
    with pytest.raises(BadRequest, match="JSON file of the form"):
        head.read_kept_out(tmp_path / "kept.json")


@pytest.fixture(scope="module")
def kept_rows(shared: Path) -> dict[str, list[Row]]:
    """Source -> rows of the sources that are kept out, from the face media."""
    kept = json.loads(KEPT_OUT.read_text())["sources"]
    found = defaultdict(list)
    for name in ("manifest.jsonl", "tiles.jsonl"):
        for row in read_manifest(shared / "data" / name).rows:
            if row.source in kept:
                found[row.source].append(row)
    return found


def test_the_kept_out_list_is_sound() -> None:
    kept = json.loads(KEPT_OUT.read_text())
    assert kept["sources"] == sorted(set(kept["sources"])) == sorted(kept["files"])
    assert all(len(names) == len(set(names)) > 1 for names in kept["together"])
    together = [name for names in kept["together"] for name in names]
    assert len(together) == len(set(together)), "no source belongs to two families"
    torn = [names for names in kept["together"] if 0 < len(set(names) & set(kept["sources"])) < len(names)]
    assert not torn, "what shares people is kept out wholly or not at all"


def test_the_kept_out_files_are_the_ones_listed(kept_rows: dict[str, list[Row]]) -> None:
    listed = json.loads(KEPT_OUT.read_text())["files"]
    assert set(listed) == set(kept_rows)
    for source, rows in kept_rows.items():
        sums = sorted({hashlib.sha256(row.file.read_bytes()).hexdigest() for row in rows})
        found = {label: sum(row.label == label for row in rows) for label in ("real", "fake")}
        assert listed[source] == {**found, "sha256": hashlib.sha256("".join(f"{each}\n" for each in sums).encode()).hexdigest()}, source

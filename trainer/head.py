"""Fit a linear head on a frozen encoder's features and write the model: graph, settings, calibration, and what it did on unseen sources.

    python -m trainer.head --encoder clip_vit_b16 --features runs/features --manifest data/manifest.jsonl data/tiles.jsonl \\
        --kept-out hub_card/kept_out.json --out runs/clip

Sources of ``--kept-out`` and everybody in them are left out of everything. Every other source is scored by heads that never saw it
(leave-one-source-out, ``frozen/heads.py``); temperature, offset and thresholds are fitted on these scores, as ``trainer.calibrate`` does it
on a manifest. The released head is fitted on all of them. Leaves a model folder, and in it ``leave_one_source_out.json`` with the figures
that the recipe was chosen by, and ``transformers_head.json``, the head of the checkpoint that ``trainer.publish`` makes for transformers;
that head's own figures stand under "transformers", those of compressed copies, where trainer.features measured some, under "compressed".
See also: ``features.py``, which comes before; ``evaluate.py`` for the kept-out sources.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from telltale.core.errors import BadRequest, TelltaleError
from telltale.core.model_settings import ModelSettings, write_settings
from telltale.model.checksums import write_sums

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainer.calibration.conformal import Promise, Units
    from trainer.data.manifest import Manifest, Row
    from trainer.evaluation.scores import Score
    from trainer.frozen.encoder import Tower
    from trainer.frozen.features import Features
    from trainer.frozen.heads import FileFeatures, Linear, UnseenScores
    from trainer.frozen.kind_heads import KindHead

Seen = tuple[str, int]
"""A row's path and the number of its copy."""
FIRST_LOOKS, LOOKS = 4, 8
"""Looks at each person that are scored at once, and where these leave the verdict open."""
SHOWN = 24
"""Fakes by whose evidence maps the hottest colour is chosen."""
LEAST_HEAT = 1e-3
"""Below it nothing is chosen: the maps say nothing."""


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    try:
        print(make(parser().parse_args(arguments)))
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m trainer.head", description=(__doc__ or "").split("\n")[0])
    made.add_argument("--encoder", type=Path, required=True, help="folder of the CLIP vision model that the features are of")
    made.add_argument("--features", type=Path, required=True, help="folder that trainer.features wrote")
    made.add_argument("--manifest", type=Path, nargs="+", required=True, help="the same manifests as trainer.features was given")
    made.add_argument("--kept-out", type=Path, metavar="FILE.json", help='{"sources": […], "together": [[…]]}: what is never trained on')
    made.add_argument("--out", type=Path, required=True, help="folder of the model")
    made.add_argument("--reals-called-fake", type=float, default=0.02, metavar="SHARE", help="stay within it (default: %(default)s)")
    made.add_argument("--fakes-cleared", type=float, default=0.05, metavar="SHARE", help="stay within it (default: %(default)s)")
    return made


def make(options: argparse.Namespace) -> str:
    """Fit, calibrate, write; the table of the leave-one-source-out figures. Raises TelltaleError."""
    from trainer.data.manifest import read_manifests
    from trainer.frozen.checkpoint import write_transformers_head
    from trainer.frozen.encoder import Head, read_tower, write_encoder
    from trainer.frozen.features import ORIGINAL, read_made_with, stores_of
    from trainer.frozen.heads import distill_head, fit_head, fold_of, gather_features, leave_sources_out, with_few_stills

    manifest = read_manifests(options.manifest)
    kept = read_kept_out(options.kept_out)
    rows = with_few_stills(trainable(manifest.rows, kept["sources"]))
    levels = tuple(read_made_with(options.features)["levels"])
    tower = read_tower(options.encoder, max(levels) + 1)
    features: dict[Seen, Features] = {}
    for store in stores_of(options.features, tower.digest()):
        wanted = rows if store.copy == ORIGINAL else [row for row in rows if not row.still]
        features |= {(each.row.path, each.copy): each for each in store.read(wanted)}
    files = gather_features(features.values())
    unseen = leave_sources_out(files, fold_of(files.rows, kept["together"]))
    scores, everything = unseen.full, np.ones(len(files.rows), bool)
    head = fit_head(files, everything)
    settings = fit_settings(files, scores, features, manifest, tower.size, options)
    settings, kinds = with_ratios(settings, files, unseen, features, head)
    options.out.mkdir(parents=True, exist_ok=True)
    weights = tuple((each.weight, each.bias) for each in kinds)
    write_encoder(tower, options.out / "onnx", Head(levels, head.weight, head.bias, head.centre, weights))
    write_transformers_head(options.out, distill_head(files, everything, head))
    write_model(options.out, tower, settings)
    write_settings(options.out, with_full_heat(options.out, files, settings))
    write_sums(options.out)
    figures = unseen_figures(files, scores, features) | {"kinds": [each.figures for each in kinds]}
    figures |= {"transformers": unseen_figures(files, unseen.distilled, features)}
    if (files.copy != ORIGINAL).any():
        figures["compressed"] = unseen_figures(files, scores, features, copied=True)
    (options.out / "leave_one_source_out.json").write_text(json.dumps(figures, indent=1) + "\n")
    return json.dumps(figures, indent=1)


def read_kept_out(path: Path | None) -> dict[str, Any]:
    """The sources that are kept out, and which others belong together. Raises BadRequest for a file that is not of this form."""
    if path is None:
        return {"sources": [], "together": []}
    try:
        content = json.loads(path.read_text())
        return {"sources": list(content["sources"]), "together": [list(names) for names in content.get("together", [])]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadRequest("request.invalid", text=f'{path} is not a JSON file of the form {{"sources": […], "together": [[…]]}}.') from error


def trainable(rows: "Iterable[Row]", kept: list[str]) -> "list[Row]":
    """The rows of all other sources, less those that show somebody of a kept-out source."""
    people = {row.group for row in rows if row.source in kept}
    return [row for row in rows if row.source not in kept and row.group not in people]


def score_videos(files: "FileFeatures", scores: np.ndarray, features: "dict[Seen, Features]", *, copied: bool) -> "list[tuple[Row, Score]]":
    """The videos as they are, or their copies, with their leave-one-source-out scores, as an evaluation has them."""
    from trainer.evaluation.scores import UNDECIDED, Score
    from trainer.frozen.features import ORIGINAL

    found = []
    for number, (row, copy) in enumerate(zip(files.rows, map(int, files.copy), strict=True)):
        if row.still or (copy != ORIGINAL) != copied:
            continue
        looks, seen = scores[files.owner == number], features[row.path, copy]
        score = Score("leave-one-source-out", row.path, None, UNDECIDED, tuple(map(float, looks)), float(np.median(seen.face_px)), 0.0)
        found.append((row, replace(score, compression=float(np.median(seen.compression)), logit=float(looks.mean()))))
    return found


def fit_settings(
    files: "FileFeatures",
    scores: np.ndarray,
    features: "dict[Seen, Features]",
    manifest: "Manifest",
    size: int,
    options: argparse.Namespace,
) -> ModelSettings:
    """Temperature, offset and thresholds from the leave-one-source-out scores of videos and of their copies together. Thresholds keep their
    promise on both apart. There is one set for all faces: no size of face has enough real videos for one of its own."""
    from trainer.calibrate import fit_settings as fitted_on
    from trainer.calibration.conformal import Promise
    from trainer.frozen.features import settings_of

    plain = settings_of(size).model_copy(update={"frames": LOOKS, "batch_size": 1, "trained_on": manifest.sha256})
    promise = Promise(options.reals_called_fake, options.fakes_cleared)
    videos, copies = (score_videos(files, scores, features, copied=copied) for copied in (False, True))
    both = [*videos, *copies]
    found = fitted_on(plain, [row for row, _ in both], [score for _, score in both], promise, manifest, ())
    fake_from, clear_to = strictest(found.units, np.arange(len(both)) < len(videos), promise)
    fake = [row.label == "fake" for row, _ in videos]
    told: dict[str, Any] = {"videos": len(videos), "reals": fake.count(False), "fakes": fake.count(True)}
    told |= {"fitted_on": f"leave-one-source-out scores of {len({row.source for row, _ in videos})} sources"}
    assert found.settings.calibration is not None
    calibration = found.settings.calibration.model_copy(update=told)
    fitted = {"fake_from": fake_from, "clear_to": clear_to, "bins": (), "first_looks": FIRST_LOOKS, "calibration": calibration}
    return found.settings.model_copy(update=fitted)


def with_ratios(
    settings: ModelSettings, files: "FileFeatures", unseen: "UnseenScores", features: "dict[Seen, Features]", head: "Linear"
) -> "tuple[ModelSettings, list[KindHead]]":
    """The settings with what the leave-one-source-out scores of videos and their copies are worth as evidence, and a head for each kind of
    which there are videos enough."""
    from trainer.calibration.likelihood_bounds import Measured, ratio_bins
    from trainer.frozen.features import ORIGINAL
    from trainer.frozen.heads import fit_kind_heads, kind_names
    from trainer.frozen.kind_heads import Videos, scale_kind

    chosen = np.flatnonzero(~files.still)
    looks = np.bincount(files.owner, minlength=len(files.rows))

    def mean(scores: np.ndarray) -> np.ndarray:
        return (np.bincount(files.owner, scores, len(files.rows)) / looks)[chosen]

    paths = [files.rows[place].path for place in chosen]
    seen = [features[path, int(files.copy[place])] for path, place in zip(paths, chosen, strict=True)]
    compression = np.array([float(np.median(each.compression)) for each in seen])
    file = np.unique(paths, return_inverse=True)[1]
    videos = Videos(files.fake[chosen], kind_names(files)[chosen], files.copy[chosen] != ORIGINAL, compression, file)
    own = fit_kind_heads(files, np.ones(len(files.rows), bool))
    kinds = [scale_kind(kind, head, own[kind], mean(unseen.full), mean(scores), videos) for kind, scores in unseen.kinds.items()]
    ratio = ratio_bins(Measured(mean(unseen.full), videos.fake, compression, file))
    return settings.model_copy(update={"ratio": ratio, "kinds": tuple(each.scale for each in kinds)}), kinds


def strictest(units: "Units", videos: np.ndarray, promise: "Promise") -> tuple[float, float]:
    """``fake_from`` and ``clear_to`` that keep the promise on the videos as they are, bool (units,), and on their copies."""
    from telltale.core.model_settings import NEVER_CLEAR, NEVER_FAKE
    from trainer.calibration.conformal import thresholds

    each = [thresholds(units, promise, chosen) for chosen in (videos, ~videos) if chosen.any()]
    fake_from = max(NEVER_FAKE if found is None else found for found, _ in each)
    return fake_from, min(NEVER_CLEAR if found is None else found for _, found in each)


def write_model(folder: Path, tower: "Tower", settings: ModelSettings) -> None:
    """The JSON files of a model folder."""
    from trainer.frozen.encoder import encoder_config
    from trainer.frozen.features import DEVIATION, MEAN

    side = {"height": tower.size, "width": tower.size}
    processor = {
        "image_processor_type": "CLIPImageProcessor",
        **{"do_resize": True, "size": side, "resample": 3, "do_center_crop": False, "do_convert_rgb": True},
        **{"do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": list(MEAN), "image_std": list(DEVIATION)},
    }
    for name, content in (("config.json", encoder_config(tower)), ("preprocessor_config.json", processor)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")
    write_settings(folder, settings)
    write_sums(folder)


def with_full_heat(folder: Path, files: "FileFeatures", settings: ModelSettings) -> ModelSettings:
    """The settings with the hottest colour of evidence maps: what the strongest place of a fake adds, in the middle of some fakes."""
    from telltale.faces.align import crops_of
    from telltale.faces.detectors import load_face_detector
    from telltale.model.classifier import load_model
    from trainer.frozen.features import look_at

    model, finder = load_model(str(folder)), load_face_detector("mtcnn")
    fakes = [row for row in files.rows if row.label == "fake" and not row.still]
    hottest = []
    for row in fakes[:: max(1, len(fakes) // SHOWN)]:
        clip, track = look_at(row, 1, finder)
        for place, face in track:
            crops = crops_of(clip.frames[place].picture, face.landmarks, settings.size, settings)
            hottest.append(float(model.score(crops[None]).maps.max()))
    middle = float(np.median(hottest)) if hottest else 0.0
    return settings.model_copy(update={"full_heat": round(middle, 4)}) if middle >= LEAST_HEAT else settings


def unseen_figures(files: "FileFeatures", scores: np.ndarray, features: "dict[Seen, Features]", *, copied: bool = False) -> dict[str, Any]:
    """Of the leave-one-source-out scores of videos, or of their copies: AUC pooled and by kind, and what thresholds would
    find."""
    from trainer.evaluation.kinds import Kind, kind_of
    from trainer.evaluation.metrics import rank

    pairs = score_videos(files, scores, features, copied=copied)
    fake = np.array([row.label == "fake" for row, _ in pairs])
    score = np.array([each.logit for _, each in pairs])
    unit = np.arange(len(pairs))
    figures: dict[str, Any] = {"videos": len(pairs), "real": int((~fake).sum()), "sources": len({row.source for row, _ in pairs})}
    figures["all"] = asdict(rank(fake, score, unit))
    for kind in get_args(Kind):
        chosen = ~fake | np.array([row.label == "fake" and kind_of(row.family) == kind for row, _ in pairs])
        if (fake & chosen).any():
            figures[kind] = {"fake": int((fake & chosen).sum()), **asdict(rank(fake[chosen], score[chosen], unit[chosen]))}
    return figures


if __name__ == "__main__":
    sys.exit(main())

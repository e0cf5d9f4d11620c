"""Fit what telltale.json adds to a model's logits, on people and sources that training never saw: temperature, offset, thresholds.

    python -m trainer.calibrate --model runs/small/model --manifest runs/crops/validation.jsonl --out runs/calibration

Platt's logistic fit (``temperature.py``) turns logits into probabilities. Conformal risk control (``conformal.py``) sets ``fake_from`` so
that at most 5 % of reals are called fake and ``clear_to`` so that at most 15 % of fakes are cleared, for all faces and for each size and
compression; between the two is "cannot tell". A video stands for its most suspicious person; of stills that share a clip or picture one
is drawn. Leaves ``OUT/scores.jsonl``, with which a run that was cut goes on, ``OUT/calibration.png``, and last the model's telltale.json,
with the SHA-256 of the manifest. See also: what the probabilities are worth on other sources (``evaluate.py``).
"""

import argparse
import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import BadRequest, TelltaleError
from telltale.core.model_settings import Calibration, ModelSettings, read_settings, write_settings
from telltale.model.checksums import LIST, write_sums
from trainer.calibration.leakage_check import check_unseen, read_training_media
from trainer.data.manifest import Manifest, Row, read_manifest
from trainer.evaluation.scores import Score, Scorer, read_scores, score_files, write_scores

if TYPE_CHECKING:
    from trainer.calibration.conformal import Promise, Units


@dataclass(frozen=True)
class Fitted:
    """The settings with all that was fitted, and the videos that it was fitted on."""

    settings: ModelSettings
    units: "Units"


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    options = parser().parse_args(arguments)
    try:
        settings = calibrate(options)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    print(settings.model_dump_json(indent=2))
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m trainer.calibrate", description=(__doc__ or "").split("\n")[0])
    made.add_argument("--model", type=Path, required=True, help="a model folder; its telltale.json is rewritten")
    made.add_argument("--manifest", type=Path, required=True, help="files that training never saw")
    made.add_argument("--sources", help="only these sources of the manifest, comma-separated")
    made.add_argument("--out", type=Path, required=True, help="folder for the scores, so that a cut run goes on, and for the picture")
    made.add_argument("--frames", type=int, help="moments looked at in each video (default: as many as the model wants)")
    made.add_argument("--workers", type=int, default=1)
    made.add_argument("--reals-called-fake", type=share, default=0.05, metavar="SHARE", help="stay within it (default: %(default)s)")
    made.add_argument("--fakes-cleared", type=share, default=0.15, metavar="SHARE", help="stay within it (default: %(default)s)")
    return made


def share(text: str) -> float:
    """A number between 0 and 1, both excluded."""
    if not 0 < (value := float(text)) < 1:
        raise ValueError(text)
    return value


def calibrate(options: argparse.Namespace) -> ModelSettings:
    """Score the sources, fit, and rewrite the model's telltale.json. Raises TelltaleError."""
    from trainer.calibration.conformal import Promise
    from trainer.calibration.plots import draw_calibration

    if not options.model.is_dir():
        raise BadRequest("request.invalid", text=f"There is no model folder {options.model}.")
    manifest = read_manifest(options.manifest, sources=options.sources.split(",") if options.sources else None)
    rows = one_of_each(manifest.rows)
    seen = read_training_media(options.model)
    again = check_unseen(manifest.rows, seen)
    for note in notes(again, known=seen is not None):
        print(note, file=sys.stderr)
    options.out.mkdir(parents=True, exist_ok=True)
    scores = score_rows(rows, options)
    promise = Promise(options.reals_called_fake, options.fakes_cleared)
    fitted = fit_settings(read_settings(options.model), rows, scores, promise, manifest, again)
    draw_calibration(options.out / "calibration.png", fitted.units, fitted.settings)
    write_settings(options.model, fitted.settings)
    if (options.model / LIST).is_file():
        write_sums(options.model)
    return fitted.settings


def one_of_each(rows: Iterable[Row]) -> list[Row]:
    """One file of each unit, drawn by the hash of its path: stills of one clip are not independent of each other."""
    drawn: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: hashlib.sha256(row.path.encode()).hexdigest()):
        drawn.setdefault(f"{row.kind}/{row.unit}", row)
    chosen = {row.path for row in drawn.values()}
    return [row for row in rows if row.path in chosen]


def notes(again: tuple[str, ...], *, known: bool) -> list[str]:
    """What a person should know of the choice of files."""
    if not known:
        return ["What this model was trained on is not known here (no trained.json, or its crops are gone), so nothing could be checked."]
    if again:
        return [f"Training saw other people of {', '.join(again)}: for sources that it never saw the probabilities may be too sure."]
    return []


def score_rows(rows: list[Row], options: argparse.Namespace) -> list[Score]:
    """Every file's score. What counts here is the logit, so scores outlast a change of temperature or thresholds, unless these decide which
    looks are scored."""
    from tqdm import tqdm

    frames = options.frames or read_settings(options.model).frames
    looker = Scorer(str(options.model), "mtcnn", None, frames, threads=1 if options.workers > 1 else 0)
    engine, kept = looker.engine(), options.out / "scores.jsonl"
    cut = engine.model.settings
    crop = "" if cut.crop == "aligned" else f"{cut.crop} "
    first = f"settings {hashlib.sha256(repr(cut).encode()).hexdigest()[:12]} " if cut.first_looks else ""
    cuts = f"size {cut.size} {crop}margin {cut.margin} sheet {cut.sheet} {first}{engine.finder.name}"
    run = f"{engine.model.revision} {cuts} {frames} frames"
    done = read_scores(kept, run)
    left = [row for row in rows if row.path not in done]
    fresh = write_scores(kept, score_files(left, looker, run, options.workers))
    done |= {score.path: score for score in tqdm(fresh, total=len(rows), initial=len(rows) - len(left), unit=" files", desc="scoring")}
    return [done[row.path] for row in rows]


def fit_settings(
    settings: ModelSettings, rows: list[Row], scores: list[Score], promise: "Promise", manifest: Manifest, again: tuple[str, ...]
) -> Fitted:
    """Everything that is fitted, on the files that show a face."""
    import numpy as np

    from trainer.calibration import conformal, temperature

    pairs = [(row, score) for row, score in zip(rows, scores, strict=True) if score.logit is not None]
    logits = np.array([score.logit for _, score in pairs], dtype=float)
    fake = np.array([row.label == "fake" for row, _ in pairs], dtype=bool)
    scale, offset = temperature.fit_temperature(logits, fake) if pairs else temperature.fit_temperature(logits, np.ones(0, bool))
    scale, offset = round(scale, 4), round(offset, 4)
    within = [np.std(score.frames, ddof=1) for _, score in pairs if len(score.frames) > 3]
    units = conformal.Units(
        probability=temperature.probabilities(logits, scale, offset),
        fake=fake,
        face_px=np.array([score.face_px for _, score in pairs], dtype=float),
        compression=np.array([score.compression for _, score in pairs], dtype=float),
    )
    fake_from, clear_to = conformal.fit_thresholds(units, promise)
    fitted = {
        "temperature": scale,
        "offset": offset,
        "fake_from": fake_from,
        "clear_to": clear_to,
        "look_spread": round(float(np.median(within)), 4) if within else settings.look_spread,
        "video_spread": round(temperature.spread_of_fit(logits, fake, scale), 4),
        "bins": tuple(conformal.bins(units, promise)),
        "calibration": Calibration(
            fitted_on=", ".join(sorted({row.source for row, _ in pairs})),
            manifest_sha256=manifest.sha256,
            videos=len(pairs),
            reals=int((~fake).sum()),
            fakes=int(fake.sum()),
            reals_called_fake=promise.reals_called_fake,
            fakes_cleared=promise.fakes_cleared,
            seen_sources=again,
        ),
    }
    return Fitted(settings.model_copy(update=fitted), units)


if __name__ == "__main__":
    sys.exit(main())

"""Fit what telltale.json adds to a model's logits, on people and sources that training never saw: temperature, offset, two thresholds.

    python -m trainer.calibrate --model runs/small/model --manifest runs/crops/validation.jsonl --out runs/calibration

Platt's logistic fit (both classes weighing the same) turns logits into probabilities. ``fake_from`` is where at most 5 % of the
calibration's reals lie above; ``clear_to`` where at most 15 % of its fakes lie below; between them is "cannot tell". Not here:
bands per quality bin.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from detector.errors import BadModel, TelltaleError
from detector.settings import FILE, Calibration, ModelSettings, read_settings
from trainer.manifest import Manifest, read_manifest
from trainer.scores import Looker, Score, read_scores, score_files, write_scores

REALS_ABOVE, FAKES_BELOW = 0.05, 0.15
RESAMPLES = 200


def fitted(logits: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """Temperature and offset of the logistic fit. Raises BadModel where higher logits do not mean fake."""
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(C=100.0, class_weight="balanced").fit(logits[:, None], fake)
    slope, shift = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    if slope <= 1e-3:
        raise BadModel("model.broken", "On these files the model's logits do not rise from real to fake: there is nothing to calibrate.")
    return 1 / slope, -shift / slope


def calibration_spread(logits: np.ndarray, fake: np.ndarray, temperature: float, seed: int = 0) -> float:
    """How far the fit itself would move on another draw of these videos, as a standard deviation in logits."""
    rng = np.random.default_rng(seed)
    grid = np.quantile(logits, np.linspace(0.1, 0.9, 9))
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([rng.choice(np.flatnonzero(fake == side), (fake == side).sum()) for side in (False, True)])
        try:
            other, offset = fitted(logits[rows], fake[rows])
        except BadModel:
            continue
        drawn.append((grid - offset) / other)
    return float(np.median(np.std(drawn, axis=0)) * temperature)


def thresholds(probability: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """``fake_from`` and ``clear_to``; never further in than one half."""
    fake_from = max(0.5, float(np.quantile(probability[~fake], 1 - REALS_ABOVE, method="higher")) + 1e-4)
    clear_to = min(0.5, float(np.quantile(probability[fake], FAKES_BELOW, method="lower")) - 1e-4)
    return min(fake_from, 0.99), max(clear_to, 0.01)


def calibrated(settings: ModelSettings, scores: list[Score], fake: np.ndarray, manifest: Manifest, described: str) -> ModelSettings:
    """The settings with everything fitted on the files that show a face."""
    seen = np.array([bool(score.frames) for score in scores])
    logits = np.array([np.mean(score.frames) if score.frames else 0.0 for score in scores])[seen]
    fake = fake[seen]
    temperature, offset = fitted(logits, fake)
    fake_from, clear_to = thresholds(1 / (1 + np.exp(-(logits - offset) / temperature)), fake)
    within = [np.std(score.frames, ddof=1) for score in scores if len(score.frames) > 3]
    return settings.model_copy(
        update={
            "temperature": round(temperature, 4),
            "offset": round(offset, 4),
            "fake_from": round(fake_from, 4),
            "clear_to": round(clear_to, 4),
            "look_spread": round(float(np.median(within)), 4) if within else settings.look_spread,
            "video_spread": round(calibration_spread(logits, fake, temperature), 4),
            "calibration": Calibration(fitted_on=described, manifest_sha256=manifest.sha256, videos=int(seen.sum())),
        }
    )


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m trainer.calibrate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="a model folder; its telltale.json is rewritten")
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--sources", help="only these sources of the manifest, comma-separated")
    parser.add_argument("--out", type=Path, required=True, help="folder for the scores, so that a cut run goes on")
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        settings = calibrate(options)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    print(settings.model_dump_json(indent=2))
    return 0


def calibrate(options: argparse.Namespace) -> ModelSettings:
    """Score the sources, fit, and rewrite the model's telltale.json."""
    from tqdm import tqdm

    manifest = read_manifest(options.manifest, sources=options.sources.split(",") if options.sources else None)
    options.out.mkdir(parents=True, exist_ok=True)
    looker = Looker(str(options.model), "mtcnn", None, options.frames, threads=1 if options.workers > 1 else 0)
    run, kept = looker.run(), options.out / "scores.jsonl"
    done = read_scores(kept, run)
    left = [row for row in manifest.rows if row.path not in done]
    fresh = write_scores(kept, score_files(left, looker, run, options.workers))
    done |= {score.path: score for score in tqdm(fresh, total=len(left), desc="scoring")}
    scores = [done[row.path] for row in manifest.rows]
    fake = np.array([row.label == "fake" for row in manifest.rows])
    described = ", ".join(sorted({row.source for row in manifest.rows}))
    settings = calibrated(read_settings(options.model), scores, fake, manifest, described)
    part = options.model / f"{FILE}.part"
    part.write_text(json.dumps(settings.model_dump(mode="json"), indent=2) + "\n")
    part.rename(options.model / FILE)
    return settings


if __name__ == "__main__":
    sys.exit(main())

"""Fine-tune a vision model on prepared crops with the HF Trainer, and write it as a model folder that the plain Auto classes load.

    python -m trainer.train --config trainer/recipes/small.json
    python -m trainer.train --crops runs/crops --model ../shared/models/mobilenet_v2_imagenet --out runs/small --size 160 --pairs 30000

Any image-classification model of transformers, from a folder or the Hub. A second run with the same ``--out`` resumes from the last
checkpoint; ``tensorboard --logdir OUT/logs`` shows the curves. Writes ``OUT/model`` (weights, preprocessor, telltale.json) and,
last, ``OUT/trained.json``.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from detector.errors import BadRequest, TelltaleError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, TrainingArguments

    from trainer.pairs import Pairs, Singles


@dataclass
class Recipe:
    """Everything that one training run depends on."""

    crops: Path
    model: str
    out: Path
    size: int = 224
    margin: float = 0.12
    pairs: int = 40_000
    batch: int = 16
    learning_rate: float = 4e-4
    weight_decay: float = 0.02
    warm_up: float = 0.05
    dropout: float = 0.2
    labelled: float = 0.45
    cross: float = 0.20
    evaluate_every: int = 250
    patience: int = 8
    seed: int = 1
    workers: int = 1
    threads: int = 1
    cpu: bool = False


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    try:
        recipe = parsed(arguments)
        figures = train(recipe)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    print(json.dumps(figures, indent=2))
    return 0


def parsed(arguments: list[str] | None) -> Recipe:
    """Recipe from a JSON file, flags, or both; flags win."""
    parser = argparse.ArgumentParser(prog="python -m trainer.train", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--config", type=Path, help="a recipe: a JSON object with any of the options below")
    for name, field in Recipe.__dataclass_fields__.items():
        flag = f"--{name.replace('_', '-')}"
        if field.type is bool:
            parser.add_argument(flag, action="store_true", default=None)
        else:
            parser.add_argument(flag, type=field.type, default=None)
    given = {key: value for key, value in vars(parser.parse_args(arguments)).items() if value is not None}
    config = given.pop("config", None)
    merged = (json.loads(config.read_text()) if config else {}) | given
    if unknown := set(merged) - set(Recipe.__dataclass_fields__):
        raise BadRequest("request.invalid", f"{config} has settings that a recipe does not know: {', '.join(sorted(unknown))}.")
    if missing := {"crops", "model", "out"} - set(merged):
        raise BadRequest("request.invalid", f"A training needs {', '.join('--' + name for name in sorted(missing))}.")
    return Recipe(**{key: cast(type, Recipe.__dataclass_fields__[key].type)(value) for key, value in merged.items()})


def train(recipe: Recipe) -> dict[str, Any]:
    """Run a recipe to its end and return the last validation figures."""
    import torch
    from transformers import AutoImageProcessor, EarlyStoppingCallback, Trainer, set_seed

    set_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    model = backbone(recipe)
    pairs, singles = data(recipe)
    from trainer.pairs import collate

    trainer = Trainer(
        model=model,
        args=training_arguments(recipe),
        train_dataset=pairs,
        eval_dataset=singles,
        data_collator=collate,
        processing_class=AutoImageProcessor.from_pretrained(recipe.model),
        compute_metrics=lambda predicted: validation_figures(predicted.predictions, singles),
        callbacks=[EarlyStoppingCallback(early_stopping_patience=recipe.patience)],
    )
    checkpoints = sorted(recipe.out.glob("checkpoint-*/trainer_state.json"))
    trainer.train(resume_from_checkpoint=bool(checkpoints))
    figures = trainer.evaluate()
    write_model(trainer.model, recipe, recipe.out / "model")
    write_last(recipe.out / "trained.json", {"recipe": {key: str(value) for key, value in vars(recipe).items()}, "figures": figures})
    return figures


def backbone(recipe: Recipe) -> "PreTrainedModel":
    """The model with a fresh real/fake head, or a head kept where it already is one."""
    from transformers import AutoConfig, AutoModelForImageClassification

    config = AutoConfig.from_pretrained(recipe.model)
    labels = {"id2label": {0: "real", 1: "fake"}, "label2id": {"real": 0, "fake": 1}, "num_labels": 2}
    for key, value in labels.items():
        setattr(config, key, value)
    config.image_size = recipe.size
    if hasattr(config, "classifier_dropout_prob"):
        config.classifier_dropout_prob = recipe.dropout
    return AutoModelForImageClassification.from_pretrained(recipe.model, config=config, ignore_mismatched_sizes=True)


def data(recipe: Recipe) -> "tuple[Pairs, Singles]":
    """Training pairs and validation crops."""
    from datasets import load_from_disk
    from transformers import AutoImageProcessor

    from trainer.pairs import Mix, NetInput, Pairs, Singles

    processor = AutoImageProcessor.from_pretrained(recipe.model)
    cut = NetInput(recipe.size, recipe.margin, processor.image_mean, processor.image_std)
    mix = Mix(labelled=recipe.labelled, cross=recipe.cross)
    pairs = Pairs(load_from_disk(recipe.crops / "train"), recipe.pairs, cut, mix=mix, seed=recipe.seed)
    return pairs, Singles(load_from_disk(recipe.crops / "validation"), cut)


def training_arguments(recipe: Recipe) -> "TrainingArguments":
    """The HF Trainer's settings. bf16 wherever the processor has it; one epoch, because pairs never repeat."""
    import os

    import torch
    from transformers import TrainingArguments

    os.environ.setdefault("TENSORBOARD_LOGGING_DIR", str(recipe.out / "logs"))
    on_cpu = recipe.cpu or not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(recipe.out),
        num_train_epochs=1,
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=64,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        warmup_steps=recipe.warm_up,
        lr_scheduler_type="cosine",
        bf16=True,
        use_cpu=on_cpu,
        dataloader_num_workers=recipe.workers,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        eval_strategy="steps",
        eval_steps=recipe.evaluate_every,
        save_steps=recipe.evaluate_every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="balanced_auc",
        greater_is_better=True,
        logging_steps=25,
        report_to=["tensorboard"],
        seed=recipe.seed,
    )


def validation_figures(logits: Any, singles: "Singles") -> dict[str, float]:
    """AUC over units (mean logit of a unit's crops): stills and videos apart, and the mean of both, which chooses the checkpoint."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    scores = np.asarray(logits)[:, 1] - np.asarray(logits)[:, 0]
    units = np.array(singles.units)
    kinds = np.array(singles.kinds)
    figures = {}
    for kind in ("image", "video"):
        names = sorted(set(units[kinds == kind]))
        truth = [singles.labels[units == name][0] for name in names]
        if len(set(truth)) == 2:
            figures[f"{kind}_auc"] = float(roc_auc_score(truth, [scores[units == name].mean() for name in names]))
    figures["balanced_auc"] = float(np.mean(list(figures.values()))) if figures else 0.5
    return figures


def write_model(model: Any, recipe: Recipe, folder: Path) -> None:
    """Weights, configuration and preprocessing as one model folder; telltale.json comes last."""
    from transformers import AutoImageProcessor

    processor = AutoImageProcessor.from_pretrained(recipe.model)
    processor.size = {"height": recipe.size, "width": recipe.size}
    processor.crop_size = {"height": recipe.size, "width": recipe.size}
    processor.do_center_crop = False
    model.float().save_pretrained(folder)
    processor.save_pretrained(folder)
    write_last(folder / "telltale.json", {"size": recipe.size, "margin": recipe.margin, "frames": 32})


def write_last(path: Path, content: dict[str, Any]) -> None:
    """JSON through a temporary name, so that its presence means the rest is whole."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    part.rename(path)


if __name__ == "__main__":
    sys.exit(main())

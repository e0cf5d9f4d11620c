"""The figures of an evaluation that nobody made: scores by hand, summed up as ``trainer.evaluate`` does, for the tests of cards."""

from pathlib import Path
from typing import Any

from telltale.core.model_settings import ModelSettings
from trainer.data.manifest import Row
from trainer.evaluation.scores import Score
from trainer.evaluation.summary import as_json, summarise


def measured() -> dict[str, Any]:
    """Figures of videos of three sources, two of which have one class only, and of stills, as trainer.evaluate writes them."""
    rows, scores = [], []
    made = [
        ("dfd", "real", "video", "", 8, 0.2),
        ("dfd", "fake", "video", "swap", 6, 0.5),
        ("edtalk", "fake", "video", "talking_head", 5, 0.3),
    ]
    made += [
        ("intel", "real", "video", "", 4, 0.25),
        ("hmdghoul", "fake", "image", "gan", 9, 0.6),
        ("portraits", "real", "image", "", 7, 0.1),
    ]
    for source, label, kind, family, count, start in made:
        for number in range(count):
            name = f"{source}/{label}/{number}"
            setting = "news" if source == "intel" else None
            rows.append(Row(name, Path(name), label, kind, source, name, family=family, setting=setting))  # type: ignore[arg-type]
            chance = start + number / 20
            verdict = "likely_fake" if chance >= 0.65 else "cannot_tell" if chance > 0.3 else "no_sign_of_manipulation"
            scores.append(Score("r", name, verdict, chance, (chance,), 90.0, 0.1))  # type: ignore[arg-type]
    return as_json(summarise(rows, scores, ModelSettings(fake_from=0.65, clear_to=0.3)), {})


def shown(estimate: dict[str, float]) -> str:
    """An estimate as a card has it."""
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"

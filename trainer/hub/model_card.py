"""The model card: a model's README.md for the Hub, rendered from what is known of it.

YAML metadata with the model-index, then intended use, use, input, data and licence, thresholds, card_tables, limits. Sentences that only a
person can write come from ``about.json``; without it the card says what holds for every such model. See also: where the facts come from
(``card_facts.py``), the tables (``card_tables.py``), the licence (``licence.py``).
"""

from typing import Any

from telltale.core.model_settings import NEVER_CLEAR, NEVER_FAKE, Bin
from trainer.hub import card_tables
from trainer.hub.card_facts import PICTURES, Facts
from trainer.hub.licence import Licence

INTENDED = """\
Research on face manipulation, and a first, careful look at a face in a web video by somebody who knows that it errs. It looks for swaps,
reenactment, lip-sync and generated faces."""
NOT_FOR = """\
Deciding about people: no moderation, hiring, policing, court or news verdict may rest on it. It does not judge AI video at large, sound,
or the rest of the picture. A low score does not mean that a video is genuine, and a high one is not proof."""
LIMITS = (
    "Fakes of kinds that training never saw may be missed altogether; the figures above are for the sources named there and no others.",
    "Shrinking and heavy compression take away what it looks for. Small, blurred or turned faces are flagged or left undecided.",
    "It sees pictures: nothing that shows only in the sound.",
    "No figures by skin tone, age or gender have been measured.",
)


def render(facts: Facts, repo: str, title: str | None, licence: Licence) -> str:
    """The whole card."""
    sections = [
        introduction(facts, title or facts.about.title or repo.split("/")[-1]),
        f"## Intended use\n\n{facts.about.intended or INTENDED}",
        f"## Not for\n\n{NOT_FOR}",
        use(facts, repo),
        of_input(facts),
        of_data(facts, licence),
        of_training(facts),
        thresholds(facts),
        metrics_section(facts),
        "## Known limits\n\n" + "\n".join(f"- {limit}" for limit in facts.about.limits or LIMITS),
    ]
    return metadata(facts, repo, licence) + "\n" + "\n\n".join(section for section in sections if section) + "\n"


def metadata(facts: Facts, repo: str, licence: Licence) -> str:
    """The YAML block, written by huggingface_hub, which also checks the model-index."""
    from huggingface_hub import ModelCardData

    tags = ["deepfake-detection", "face-forensics", "face-manipulation", "telltale"]
    if (facts.folder / "onnx" / "model.onnx").is_file():
        tags += ["onnx"] if facts.frozen else ["onnx", "transformers.js"]
    found: dict[str, Any] = dict(licence.metadata())
    if facts.metrics and (results := card_tables.index(facts.metrics)):
        found |= {"model_name": repo.split("/")[-1], "eval_results": results, "metrics": sorted({each.metric_type for each in results})}
    if facts.base_model:
        found |= {"base_model": facts.base_model, "base_model_relation": "finetune"}
    card = ModelCardData(library_name="transformers", pipeline_tag="image-classification", tags=tags, **found)
    return f"---\n{card.to_yaml()}\n---\n"


def introduction(facts: Facts, title: str) -> str:
    """What it is, in a paragraph."""
    net = (facts.config.get("architectures") or [facts.config.get("model_type", "net")])[0].removesuffix("ForImageClassification")
    size = f"{facts.parameters / 1e6:.1f} M parameters"
    kind = f"frozen {net} encoder with a linear head" if facts.frozen else net
    crops = 1 + len(facts.settings.further_margins)
    looks_at = f"one {facts.settings.crop} face crop" if crops == 1 else f"{crops} {facts.settings.crop} crops of one face"
    told = facts.about.summary or f"A {kind} ({size}) that looks at {looks_at} and says `real` or `fake`."
    cut = "cuts out" if facts.settings.crop == "upright" else "aligns"
    return f"""# {title}

{told} It is made for Telltale, which samples a video, finds and {cut} the faces, groups them by person, and turns this
model's logits into a calibrated verdict or "cannot tell". Without that pipeline the figures below do not hold: the crop matters (see
*Input*)."""


def use(facts: Facts, repo: str) -> str:
    """How to run it."""
    said = f"""## How to use

```sh
telltale check video.mp4 --model {repo}
```

```python
from transformers import AutoModelForImageClassification, pipeline

pipeline("image-classification", model="{repo}")("{facts.settings.crop}_face.png")
net = AutoModelForImageClassification.from_pretrained("{repo}")
```"""
    if facts.frozen:
        return f"{said}\n\n{use_of_frozen(facts)}"
    if not (facts.folder / "onnx" / "model.onnx").is_file():
        return said
    files, size = (facts.exported or {}).get("files", {}), facts.settings.size
    dtype = "q8" if "int8" in files else "fp16" if "fp16" in files else "fp32"
    rows = [(f"`{each['file']}`", name, f"{each['bytes'] / 1e6:.1f} MB", *aucs(each["measured"])) for name, each in files.items()]
    shown = card_tables.table(("file", "precision", "size", "AUC by crop, validation", "AUC by video, validation"), rows)
    return f"""{said}

In the browser, with transformers.js:

```js
import {{ pipeline }} from "@huggingface/transformers";

const classify = await pipeline("image-classification", "{repo}", {{ dtype: "{dtype}" }});
await classify("aligned_face.png");
```

`onnx/` runs on ONNX Runtime, OpenVINO and onnxruntime-web: `pixel_values` (N, 3, {size}, {size}) in, `logits` and `maps` out, the
class-activation maps behind Telltale's heat maps.

{shown}""".rstrip()


def use_of_frozen(facts: Facts) -> str:
    """What transformers' class makes of a frozen encoder with a head, and what the ONNX graph does."""
    size, channels = facts.settings.size, facts.settings.channels
    full, reduced = ((figures_of or {}).get("all") for figures_of in (facts.unseen, (facts.unseen or {}).get("transformers")))
    told = ""
    if full and reduced:
        told = f""" On training sources that the heads never saw
its AUC is {card_tables.interval(reduced["auc"])}; that of the ONNX graph is {card_tables.interval(full["auc"])}."""
    return f"""**transformers sees less than Telltale does.** Its class has room for one crop, the first, and for a linear layer on the
mean patch token of the last block. That layer was fitted to the scores of the full head. Its scores are not calibrated.{told}

Telltale runs `onnx/model.onnx`, whose 8-bit matrices lie in `onnx/weights.bin`, on ONNX Runtime or OpenVINO: `pixel_values`
(N, {channels}, {size}, {size}) in, `logits` (N, 2) and `maps` out: what each patch of the first crop adds to the logits, which is behind
Telltale's heat maps. `model.safetensors` holds the same encoder."""


def aucs(measurement: dict[str, float] | None) -> tuple[str, str]:
    """Two cells."""
    return (f"{measurement['auc']:.3f}", f"{measurement['video_auc']:.3f}") if measurement else ("–", "–")


def of_input(facts: Facts) -> str:
    """What the net must be shown."""
    settings = facts.settings
    labels = ", ".join(f"{number}: {name}" for number, name in sorted(facts.config["id2label"].items()))
    if settings.crop == "upright":
        return f"## Input\n\n{upright(facts)} Classes go by name: `{{{labels}}}`."
    sheet = settings.sheet
    shown = f"a sheet of {sheet} x {sheet} crops of one person in order of time, each" if sheet > 1 else "one face,"
    return f"""## Input

RGB, {settings.size} x {settings.size}, normalised as `preprocessor_config.json` says: {shown} aligned by five landmarks with a
border of {settings.margin:g} (`telltale.json`; `telltale/faces/align.py` has the template). Classes go by name: `{{{labels}}}`."""


def upright(facts: Facts) -> str:
    """The input section's words on upright crops."""
    settings = facts.settings
    said = f"""RGB, {settings.size} x {settings.size}, normalised as `preprocessor_config.json` says: one face, cut out upright. The crop
is a square of the picture's own pixels; it is not turned. Five landmarks give its centre and side, with a border of
{settings.margin:g} around the face (`telltale.json`; `telltale/faces/align.py` has the template)."""
    if not settings.further_margins:
        return said
    further = " and ".join(f"{margin:g}" for margin in settings.further_margins)
    return f"""{said} A look is {1 + len(settings.further_margins)} crops of the same face: the ONNX graph takes
the red, green and blue of this one, then those of the same crop with a border of {further}, {settings.channels} channels in all.
transformers' class takes the first crop alone."""


def of_data(facts: Facts, licence: Licence) -> str:
    """What it learnt from, and what may be done with it."""
    about, recipe = facts.about, (facts.trained or {}).get("recipe", {})
    made = ""
    if {"labelled", "cross"} <= recipe.keys():
        share = 1 - float(recipe["labelled"])
        made = f"{share:.0%} of the pairs seen in training were forged on the fly from real faces (self-blended and cross-blended images). "
    learner = "the head was" if facts.frozen else "they were"
    media = card_tables.table(("collection", "what it is", "terms"), [(each.name, each.what, each.licence) for each in about.media])
    terms = (
        f"The weights are under `{licence.id}`."
        if licence.id
        else f"**Licence: the weights are for non-commercial research only** (`LICENSE.md`), because the media {learner} learnt from are"
        " under research terms; the code is Apache-2.0."
    )
    base = ""
    if facts.base_model:
        base = " The encoder is" if facts.frozen else " Training started from"
        base += f" [{facts.base_model}](https://huggingface.co/{facts.base_model})"
        base += f" ({about.base_licence})" if about.base_licence else ""
        base += ", frozen, its matrices rounded to 8 bits." if facts.frozen else "."
    learnt = about.data or ("" if licence.id else "Learnt from media under research terms. ")
    told = f"{(learnt.rstrip() + ' ') if learnt else ''}{made}{terms}{base}"
    return "\n\n".join(part for part in ("## Training data and licence", told, media) if part)


def of_training(facts: Facts) -> str:
    """How it was trained: enough to find the recipe again."""
    if facts.frozen:
        return """## Training

By `python -m trainer.head`: a logistic regression on features of the frozen encoder. The encoder itself was not trained."""
    trained = facts.trained or {}
    recipe = trained.get("recipe", {})
    told = [f"{recipe[key]} {words}" for key, words in (("pairs", "pairs at the most"), ("batch", "pairs a step")) if recipe.get(key)]
    told += [f"{words} {recipe[key]}" for key, words in (("learning_rate", "learning rate"), ("seed", "seed")) if key in recipe]
    told += [f"code at {trained['git_revision'][:12]}"] if trained.get("git_revision") else []
    if not told:
        return ""
    about = f"{recipe['about'].strip()}\n\n" if recipe.get("about") else ""
    return f"## Training\n\n{about}By `python -m trainer.train`: {', '.join(told)}."


def thresholds(facts: Facts) -> str:
    """Where the verdict lies, and on what that was fitted."""
    settings, fitted = facts.settings, facts.settings.calibration
    offset = f"{'−' if settings.offset >= 0 else '+'} {abs(settings.offset):g}"
    told = f"""## Thresholds

Probability of fake = sigmoid((logit {offset}) / {settings.temperature:g}), where the logit is the log-odds of fake, averaged over a
person's looks. {verdict_from(settings.fake_from, settings.clear_to)}; between them "cannot tell"."""
    if fitted is None:
        return f"{told}\n\n**Not calibrated**: these are defaults, fitted on nothing. Telltale says so in every report."
    unseen = "people and whole sources that training never saw"
    if fitted.seen_sources:
        unseen = f"people that training never saw (it saw others of {', '.join(fitted.seen_sources)})"
    if facts.frozen:
        told += f"\n\nFixed beforehand on {fitted.videos} videos, each scored by a head that saw neither its source nor the people in it."
        return "\n\n".join(part for part in (told, bins(settings.bins)) if part)
    told += f"\n\nFixed beforehand on {fitted.videos} files of {unseen}: {fitted.fitted_on}."
    return "\n\n".join(part for part in (told, bins(settings.bins)) if part)


def verdict_from(fake_from: float, clear_to: float) -> str:
    """Both ends of the band, of which either may never be reached."""
    fake = f"from {fake_from:.3f} up" if fake_from < NEVER_FAKE else "is never said"
    clear = f"up to {clear_to:.3f}" if clear_to > NEVER_CLEAR else "is never said"
    return f'"Likely manipulated" {fake}, "no sign of manipulation" {clear}'


def bins(found: tuple[Bin, ...]) -> str:
    """Thresholds by size of the face and compression of the picture."""
    rows = [
        (
            span(each.face_px_from, each.face_px_to),
            span(each.compression_from, each.compression_to),
            f"{each.fake_from:.3f}" if each.fake_from < NEVER_FAKE else "never",
            f"{each.clear_to:.3f}" if each.clear_to > NEVER_CLEAR else "never",
            f"{each.reals}, {each.fakes}",
        )
        for each in found
    ]
    head = ("face, px", "compression, 0 clean to 1 heavy", "likely manipulated from", "no sign up to", "fitted on real, fake")
    return card_tables.table(head, rows)


def span(low: float, high: float | None) -> str:
    """``64 to 96``."""
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def metrics_section(facts: Facts) -> str:
    """Tables and pictures."""
    metrics, about = facts.metrics, facts.about
    shown = [f"![{PICTURES.get(name, 'Loss and accuracy while it was trained')}](figures/{name})" for name in facts.pictures]
    unseen = card_tables.leave_one_source_out(facts.unseen) if facts.unseen else ""
    if metrics is None:
        none = "None have been measured: this model has not been evaluated yet."
        return "\n\n".join(["## Figures", unseen or none, *shown])
    bootstrap = (metrics.get("run") or {}).get("bootstrap", {}).get("draws", 1000)
    tables = [card_tables.kept_out(metrics), unseen] if facts.frozen else []
    media: tuple[card_tables.Medium, card_tables.Medium] = ("videos", "stills")
    for medium in media:
        tables += of_medium(metrics, medium, about.sources) if metrics[medium] else []
    note = f"""Intervals are 95 % bootstrap intervals over whole videos, and over clips of stills ({bootstrap} draws); those by setting are
Wilson's. `metrics.json` beside this card is what `python -m trainer.evaluate` wrote, less the files' names."""
    return "\n\n".join(["## Figures", *(each for each in tables if each), *([about.reading] if about.reading else []), note, *shown])


def of_medium(metrics: card_tables.Figures, medium: card_tables.Medium, sources: dict[str, str]) -> list[str]:
    """The tables of videos, or of stills; what is empty is left out by whoever joins them."""
    found = metrics[medium]
    return [
        f"### {medium.capitalize()}",
        card_tables.overall(found, medium),
        card_tables.kinds(found),
        card_tables.families(found),
        card_tables.verdicts(found, medium),
        card_tables.answers(found),
        card_tables.settings(found),
        card_tables.parts("source", found["sources"], sources),
        card_tables.parts("manipulation", found["methods"], {}),
        card_tables.parts("face, longer side", [each["files"] for each in found["face_px"]], {}),
        card_tables.parts("compression, 0 clean to 1 heavy", [each["files"] for each in found["compression"]], {}),
        card_tables.robustness(metrics, medium),
        card_tables.versus(metrics, medium),
    ]

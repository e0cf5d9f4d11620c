"""The figures of an evaluation as a card holds them: tables for people, and the model-index that the Hub reads.

Every table is made from ``metrics.json`` alone, is of videos or of stills, never of both, and is left out where that says nothing. Not
here: the tables of ``metrics.md`` (``markdown.py``), the words around them (``model_card.py``).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

Figures = dict[str, Any]
Medium = Literal["videos", "stills"]

NOT_STATED = "not stated"
"""What ``metrics.json`` calls a kind or a setting that the manifest does not name."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, or nothing where there are no rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines]) if lines else ""


def interval(figure: Figures | None) -> str:
    """``0.931 (0.902 to 0.957)``."""
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})" if figure else "–"


def percent(share: float | None) -> str:
    """``54 %``, or a dash."""
    return "–" if share is None else f"{100 * share:.0f} %"


def overall(figures: Figures, medium: Medium) -> str:
    """The figures over all sources of one medium."""
    reals, fakes, confusion = figures["reals"], figures["fakes"], figures["at_threshold"]["confusion"]
    ranking, frame, matched, cost = (figures.get(name) or {} for name in ("ranking", "frame", "matched", "likelihood"))
    sizes = f" ({matched['reals']} real, {matched['fakes']} fake)" if matched else ""
    rows = [
        (f"AUC ({reals} real, {fakes} fake)", interval(ranking.get("auc"))),
        ("AUC by frame", interval(frame.get("auc"))),
        (f"AUC matched on face size{sizes}", interval(matched.get("auc"))),
        ("average precision", interval(ranking.get("average_precision"))),
        ("equal error rate", interval(ranking.get("eer"))),
        ("equal error rate by frame", interval(frame.get("eer"))),
        ("fakes found at 1 % false alarms", interval(ranking.get("tpr_at_fpr_1"))),
        ("fakes found at 5 % false alarms", interval(ranking.get("tpr_at_fpr_5"))),
        ("accuracy at the fixed threshold", interval(figures["accuracy"])),
        ("reals called fake at the fixed threshold", f"{confusion['false_fake']} of {reals}"),
        ("fakes called fake at the fixed threshold", f"{confusion['true_fake']} of {fakes}"),
        ("log-likelihood-ratio cost (Cllr), bits", interval(cost.get("cllr"))),
        ("of it for lack of calibration", interval(cost.get("loss"))),
        ("calibration error (ECE)", f"{figures['ece']:.3f}"),
    ]
    return table((f"{medium}, over all sources", "figure (95 % interval)"), [row for row in rows if row[1] != "–"])


def kept_out(metrics: Figures) -> str:
    """How many sources were kept out, and what of them."""
    media: tuple[Medium, Medium] = ("videos", "stills")
    found = [(medium, figures) for medium in media if (figures := metrics.get(medium))]
    names = {each["name"] for _, figures in found for each in figures["sources"]}
    counts = [
        f"{medium} of {len(figures['sources'])} sources ({figures['reals']} real, {figures['fakes']} fake)" for medium, figures in found
    ]
    return f"""The tables of videos and of stills are of {len(names)} sources that were kept out from the start: {" and ".join(counts)}.
Training, calibration and the choice of the recipe saw none of them, nor anybody in them."""


def leave_one_source_out(unseen: Figures) -> str:
    """The figures by which the recipe was chosen, of all kinds of fakes, and those of compressed copies and of transformers' head."""
    copies, other = (unseen.get(name) or {} for name in ("compressed", "transformers"))
    fakes = {"all": unseen["videos"] - unseen["real"]} | {name: each["fake"] for name, each in unseen.items() if is_kind(each)}
    rows = [
        (
            name,
            str(count),
            *(interval(unseen[name][figure]) for figure in ("auc", "tpr_at_fpr_1", "tpr_at_fpr_5")),
            interval((copies.get(name) or {}).get("auc")),
            interval((other.get(name) or {}).get("auc")),
        )
        for name, count in fakes.items()
    ]
    of_copies, of_other = "AUC of compressed copies", "AUC of transformers' head"
    head = ("kind of manipulation", "fakes", "AUC", "found at 1 % false alarms", "found at 5 %", of_copies, of_other)
    return f"""### Leave-one-source-out

{unseen["videos"]} videos of {unseen["sources"]} training sources, {unseen["real"]} of them real, each scored by a head that saw
neither its source nor the people in it. The recipe was chosen by these figures, so they may flatter it a little;
figures of kept-out sources do not.

{table(head, rows)}{kind_rows(unseen.get("kinds") or [])}"""


def kind_rows(found: Sequence[Figures]) -> str:
    """What the rows of a Report for one kind each say of these videos; nothing of a model without such rows."""
    if not found:
        return ""
    media = [(each["kind"], what, part) for each in found for what, part in (("as they are", each), ("compressed", each.get("compressed")))]
    rows = [
        (
            *(kind, what, f"{part['auc']:.3f}", f"{part['cllr']:.3f}"),
            *(percent(part[f"{strength} in {side}"]) for strength in ("weak", "moderate") for side in ("fakes", "reals")),
        )
        for kind, what, part in media
        if part
    ]
    shown = table(
        (
            "row of a Report",
            "videos",
            "AUC",
            "Cllr, bits",
            "weak evidence or more in its fakes",
            "in reals",
            "moderate in its fakes",
            "in reals",
        ),
        rows,
    )
    return f"""

A Report has a row for each kind: a likelihood ratio, within the bounds that so many videos warrant. Evidence is weak from 2 : 1 on,
moderate from 10 : 1.

{shown}"""


def is_kind(figures: object) -> bool:
    """Whether an entry of ``leave_one_source_out.json`` is about fakes of one kind."""
    return isinstance(figures, dict) and "fake" in figures


def kinds(figures: Figures) -> str:
    """Each kind of manipulation against all reals of the medium."""
    head = ("kind of manipulation", "fakes", "AUC", "AUC matched on face size", "found at 1 % false alarms", "found at 5 %", "called fake")
    rows = [
        (
            each["name"],
            str(each["fakes"]),
            interval(each["auc"]),
            interval((each["matched"] or {}).get("auc")),
            interval(each["tpr_at_fpr_1"]),
            interval(each["tpr_at_fpr_5"]),
            percent(each["found"]),
        )
        for each in figures["kinds"]
    ]
    return table(head, rows)


def families(figures: Figures) -> str:
    """Each family of methods against all reals of the medium."""
    rows = [
        (each["name"].replace("_", " "), str(each["fakes"]), interval(each["auc"]), percent(each["found"])) for each in figures["families"]
    ]
    return table(("family", "fakes", "AUC", "called fake"), rows)


def settings(figures: Figures) -> str:
    """False alarms by where reals were filmed; nothing where no setting is stated."""
    groups = figures["settings"]
    if all(each["value"] == NOT_STATED for each in groups):
        return ""
    rows = [(each["value"], f"{each['called_fake']} of {each['reals']}", interval(each["false_alarms"])) for each in groups]
    return table(("reals filmed for", "called fake", "share (95 % interval)"), rows)


def parts(what: str, entries: Sequence[Figures], words: dict[str, str]) -> str:
    """A table by source, by manipulation or by bin; ``words`` says what each name means."""
    head = (what, *(("what it is",) if words else ()), "real, fake", "AUC", "fakes called fake", "reals called fake")
    rows = [
        (
            each["name"],
            *((words.get(each["name"], ""),) if words else ()),
            f"{each['reals']}, {each['fakes']}",
            interval(each["auc"]),
            percent(each["found"]),
            percent(each["false_alarms"]),
        )
        for each in entries
    ]
    return table(head, rows)


def verdicts(figures: Figures, medium: Medium) -> str:
    """What a check says: to reals, to fakes, and to the fakes of each kind."""
    by_kind = [each for each in figures["kinds"] if each["name"] != NOT_STATED]
    head = (f"what a check says of {medium}", "real", "fake", *(f"of these {each['name']}" for each in by_kind))
    rows = [
        (name.replace("_", " "), str(real), str(fake), *(str(each["verdicts"][name]) for each in by_kind))
        for name, (real, fake) in figures["verdicts"].items()
    ]
    return table(head, rows)


def answers(figures: Figures) -> str:
    """How much is answered, and how often that is wrong: each class by itself."""
    given = figures["answers"]
    rows = [
        ("answered, of all", interval(given["coverage"])),
        ("answered, of reals", interval(given["coverage_reals"])),
        ("answered, of fakes", interval(given["coverage_fakes"])),
        (f"reals called fake, of the {given['answered_reals']} answered", interval(given["reals_called_fake"])),
        (f"fakes in which no sign was found, of the {given['answered_fakes']} answered", interval(given["fakes_called_clear"])),
    ]
    return table(("as checks answer", "share (95 % interval)"), rows)


def robustness(metrics: Figures, medium: Medium) -> str:
    """What is left of the AUC when pictures are made worse."""
    entries = ((metrics.get("robustness") or {}).get(medium) or {}).get("entries", ())
    rows = [
        (each["name"], interval(each["auc"]), interval(each["frame_auc"]), percent(each["found"]), percent(each["false_alarms"]))
        for each in entries
    ]
    return table((f"{medium} made worse", "AUC", "AUC by frame", "fakes called fake", "reals called fake"), rows)


def versus(metrics: Figures, medium: Medium) -> str:
    """Other models on the same files, each at its own threshold."""
    rows = [
        (
            each["name"],
            interval((each[medium]["ranking"] or {}).get("auc")),
            interval((each[medium]["frame"] or {}).get("auc")),
            percent(each[medium]["at_threshold"]["recall"]),
            percent(each[medium]["at_threshold"]["false_alarm_rate"]),
        )
        for each in metrics.get("versus", ())
        if each[medium]
    ]
    return table((f"model, on {medium}", "AUC", "AUC by frame", "fakes called fake", "reals called fake"), rows)


def index(metrics: Figures) -> "list[EvalResult]":
    """The Hub's model-index: the pooled figures of videos and those of stills, each with its sources that have both classes."""
    found: list[EvalResult | None] = []
    media: tuple[tuple[Medium, str], ...] = (("videos", "video"), ("stills", "still"))
    for medium, one in media:
        if not (figures := metrics.get(medium)):
            continue
        pooled, words = f"pooled {medium}", f"{medium} of all sources kept for testing"
        decisions, both = figures["at_threshold"], figures["ranking"] is not None
        found.append(result(pooled, words, "accuracy", f"accuracy by {one} at the fixed threshold", decisions["accuracy"]))
        if both:
            found.append(result(pooled, words, "roc_auc", f"AUC by {one}", figures["ranking"]["auc"]))
            found.append(result(pooled, words, "roc_auc", "AUC by frame", (figures["frame"] or {}).get("auc")))
            for key, name in (("precision", "precision"), ("recall", "recall"), ("f1", "F1")):
                found.append(result(pooled, words, key, f"{name} by {one}", decisions[key]))
        found += [result(each["name"], f"{each['name']}, {medium}", "roc_auc", f"AUC by {one}", each["auc"]) for each in figures["sources"]]
    return [each for each in found if each is not None]


def result(kind: str, dataset: str, metric: str, name: str, figure: "Figures | float | None") -> "EvalResult | None":
    """One entry; intervals go to the card's tables, because the Hub takes one number."""
    from huggingface_hub import EvalResult

    if figure is None:
        return None
    value = figure["value"] if isinstance(figure, dict) else figure
    return EvalResult(
        task_type="image-classification",
        task_name="Face manipulation detection",
        dataset_type=kind,
        dataset_name=dataset,
        metric_type=metric,
        metric_name=name,
        metric_value=round(float(value), 6),
    )

"""The figures of an evaluation as a card holds them: tables for people, and the model-index that the Hub reads.

Every table is made from ``metrics.json`` alone and is left out where that says nothing. Not here: the tables of ``metrics.md``
(``markdown.py``), the words around them (``card.py``).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

Figures = dict[str, Any]


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


def overall(metrics: Figures) -> str:
    """The figures over all sources."""
    counts, confusion = metrics["counts"], metrics["confusion"]
    reals, fakes = counts["real_videos"], counts["fake_videos"]
    video, frame = metrics.get("video") or {}, metrics.get("frame") or {}
    rows = [
        (f"AUC by video ({reals} real, {fakes} fake)", interval(metrics["video_auc"])),
        ("AUC by frame", interval(metrics["frame_auc"])),
        ("average precision by video", interval(video.get("average_precision"))),
        ("equal error rate by video", interval(video.get("eer"))),
        ("equal error rate by frame", interval(frame.get("eer"))),
        ("fakes found at 1 % false alarms", interval(video.get("tpr_at_fpr_1"))),
        ("fakes found at 5 % false alarms", interval(video.get("tpr_at_fpr_5"))),
        ("accuracy at the fixed threshold", interval(metrics.get("accuracy_interval"))),
        ("real videos called fake at the fixed threshold", f"{confusion['false_fake']} of {reals}"),
        ("fake videos called fake at the fixed threshold", f"{confusion['true_fake']} of {fakes}"),
        ("calibration error (ECE)", f"{metrics['ece']:.3f}"),
    ]
    return table(("over all sources", "figure (95 % interval)"), [row for row in rows if row[1] != "–"])


def parts(what: str, entries: Sequence[Figures], words: dict[str, str]) -> str:
    """A table by source, by manipulation or by bin; ``words`` says what each name means."""
    head = (what, *(("what it is",) if words else ()), "real, fake videos", "AUC by video", "fakes called fake", "reals called fake")
    rows = [
        (
            each["name"],
            *((words.get(each["name"], ""),) if words else ()),
            f"{each['real_videos']}, {each['fake_videos']}",
            interval(each["video_auc"]),
            percent(each["found"]),
            percent(each["false_alarms"]),
        )
        for each in entries
    ]
    return table(head, rows)


def verdicts(metrics: Figures) -> str:
    """What a check says to the files."""
    rows = [(name.replace("_", " "), str(real), str(fake)) for name, (real, fake) in metrics.get("verdicts", {}).items()]
    return table(("what a check says, by file", "real", "fake"), rows)


def robustness(metrics: Figures) -> str:
    """What is left of the AUC when pictures are made worse."""
    entries = (metrics.get("robustness") or {}).get("entries", ())
    rows = [
        (each["name"], interval(each["video_auc"]), interval(each["frame_auc"]), percent(each["found"]), percent(each["false_alarms"]))
        for each in entries
    ]
    return table(("pictures", "AUC by video", "AUC by frame", "fakes called fake", "reals called fake"), rows)


def versus(metrics: Figures) -> str:
    """Other models on the same files, each at its own threshold."""
    rows = [
        (
            each["name"],
            interval((each["video"] or {}).get("auc")),
            interval((each["frame"] or {}).get("auc")),
            percent(each["at_threshold"]["recall"]),
            percent(each["at_threshold"]["false_alarm_rate"]),
        )
        for each in metrics.get("versus", ())
    ]
    return table(("model", "AUC by video", "AUC by frame", "fakes called fake", "reals called fake"), rows)


def index(metrics: Figures) -> "list[EvalResult]":
    """The Hub's model-index: the pooled figures, then every source that has both classes."""
    counts = metrics["counts"]
    pooled = [
        result("pooled", "all sources kept for testing", "roc_auc", "AUC by video", metrics["video_auc"]),
        result("pooled", "all sources kept for testing", "roc_auc", "AUC by frame", metrics["frame_auc"]),
        result("pooled", "all sources kept for testing", "accuracy", "accuracy by video at the fixed threshold", metrics.get("accuracy")),
        result("pooled", "all sources kept for testing", "precision", "precision by video", metrics.get("precision")),
        result("pooled", "all sources kept for testing", "recall", "recall by video", metrics.get("recall")),
        result("pooled", "all sources kept for testing", "f1", "F1 by video", metrics.get("f1")),
    ]
    if not counts["real_videos"] or not counts["fake_videos"]:
        pooled = pooled[2:3]
    sources = [result(each["name"], each["name"], "roc_auc", "AUC by video", each["video_auc"]) for each in metrics["sources"]]
    return [each for each in pooled + sources if each is not None]


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

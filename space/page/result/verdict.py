"""The verdict card: headline, explanation, strength of evidence, kinds of manipulation and the reasons. Pure: Report -> HTML."""

from html import escape

from space.page.result.gauge import render_gauge
from space.page.result.icons import render_sign
from space.page.result.strength import render_kinds, render_strength
from telltale.core.report import Reason, Report
from telltale.render.formatting import Translator
from telltale.render.next_steps import next_steps


def render_verdict(report: Report, words: Translator) -> str:
    """What Telltale found, in one look."""
    return (
        f'<article class="tt-card tt-verdict" data-verdict="{report.verdict}" aria-labelledby="tt-headline">'
        f'<div class="tt-verdict-words"><p class="tt-source"><bdi>{escape(words.source_name(report.source))}</bdi></p>'
        f'<h2 id="tt-headline" tabindex="-1">{render_sign(report.verdict)}<span>{escape(report.headline)}</span></h2>'
        f'<p class="tt-explanation">{escape(report.explanation)}</p>{render_tested(report, words)}</div>{render_figure(report, words)}'
        f"{render_kinds(report.kinds, words)}{render_reasons(report.reasons, words)}{render_next(report, words)}</article>"
    )


def render_tested(report: Report, words: Translator) -> str:
    """How far such a verdict can be trusted, where there is one and it is known."""
    told = "" if report.verdict == "no_face" else words.tested(report.model)
    return f'<p class="tt-fine">{told}</p>' if told else ""


def render_figure(report: Report, words: Translator) -> str:
    """How strong the evidence is; of a model for which that was not measured, its probability, but none where it left the verdict open."""
    if report.ratio is not None:
        return render_strength(report.ratio, words)
    if report.fake_probability is None or report.verdict == "cannot_tell":
        return ""
    caption = words("page.chance") if report.model.calibrated else words("page.score")
    return render_gauge(report.fake_probability, report.interval, caption, words)


def render_next(report: Report, words: Translator) -> str:
    """What would settle an open verdict."""
    items = "".join(f"<li>{words(step)}</li>" for step in next_steps(report))
    return f'<div class="tt-reasons"><h3>{words("next.heading")}</h3><ul>{items}</ul></div>' if items else ""


def render_reasons(reasons: list[Reason], words: Translator) -> str:
    """Why the verdict is not surer: first what withheld it, then what only warns."""
    parts = []
    for severity, heading in (("abstain", words("page.reasons_abstain")), ("warning", words("page.reasons_warning"))):
        texts = [reason.message for reason in reasons if reason.severity == severity]
        if texts:
            items = "".join(f"<li>{escape(text)}</li>" for text in dict.fromkeys(texts))
            parts.append(f'<div class="tt-reasons" data-severity="{severity}"><h3>{heading}</h3><ul>{items}</ul></div>')
    return "".join(parts)

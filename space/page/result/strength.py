"""The strength of evidence on a scale from "untouched" to "manipulated", and that of each kind of manipulation. Pure: Report -> HTML."""

from html import escape

from telltale.core.report import KindEvidence, Ratio
from telltale.render.formatting import Translator, on_scale

STEPS = (0.01, 0.1, 0.5, 2.0, 10.0, 100.0)
"""Where the words change, and the ends of the scale."""


def render_strength(ratio: Ratio, words: Translator) -> str:
    """The evidence in words, on its scale, and as a sentence."""
    span = words("strength.span", span=words.ratio_span(ratio))
    return (
        f'<figure class="tt-strength"><figcaption><small>{words("strength.caption")}</small>'
        f"<strong>{escape(words.strength(ratio))}</strong></figcaption>{render_scale(ratio)}"
        f'<p class="tt-ends" aria-hidden="true"><span>{words("strength.side_against")}</span><span>{words("strength.side_for")}</span></p>'
        f'<p class="tt-fine">{words.times(ratio)} ({span}). {words.changes(ratio)}</p></figure>'
    )


def render_scale(ratio: Ratio) -> str:
    """The interval as a band and the ratio as a mark on a logarithmic scale; a notch wherever the words change."""
    low, high, value = (100 * on_scale(each) for each in (ratio.low, ratio.high, ratio.value))
    notches = "".join(f'<i class="tt-bar-notch" style="left:{100 * on_scale(step):.1f}%"></i>' for step in STEPS[1:-1])
    band = f"left:{low:.1f}%;width:{max(1.0, high - low):.1f}%"
    return (
        f'<span class="tt-bar" aria-hidden="true">{notches}<i class="tt-bar-band" style="{band}"></i>'
        f'<i class="tt-bar-mark" style="left:{value:.1f}%"></i></span>'
    )


def render_kinds(kinds: list[KindEvidence], words: Translator) -> str:
    """A row for each kind, strongest first; nothing where the model tells none apart."""
    if not kinds:
        return ""
    rows = "".join(
        f'<li data-strength="{each.ratio.strength}"><span class="tt-kind">{words(f"kind.{each.kind}")}</span>'
        f'<span class="tt-kind-words">{words.strength(each.ratio, "kind")} · {words.ratio(each.ratio.value)}</span>'
        f"{render_scale(each.ratio)}"
        f'<small class="tt-fine">{words.power(each)}</small></li>'
        for each in kinds
    )
    heading = f'<h3 id="tt-kinds">{words("kind.heading")}</h3>'
    return f'<section class="tt-kinds" aria-labelledby="tt-kinds">{heading}<ul>{rows}</ul></section>'

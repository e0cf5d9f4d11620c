"""The gauge: one probability with its interval on a half circle. Pure: numbers -> SVG."""

from math import cos, pi, sin

from telltale.core.report import Interval
from telltale.render.formatting import Translator

RADIUS = 84.0
CENTRE = (110.0, 104.0)


def point(share: float, radius: float = RADIUS) -> tuple[float, float]:
    """Where a share of the half circle lies: 0 at the left, 1 at the right."""
    angle = pi * (1 - share)
    return CENTRE[0] + radius * cos(angle), CENTRE[1] - radius * sin(angle)


def arc(start: float, end: float) -> str:
    """The path along the half circle between two shares."""
    (x0, y0), (x1, y1) = point(start), point(end)
    return f"M{x0:.2f} {y0:.2f}A{RADIUS} {RADIUS} 0 0 1 {x1:.2f} {y1:.2f}"


def render_gauge(probability: float, interval: Interval | None, caption: str, words: Translator) -> str:
    """The half circle, the interval as a band on it, the probability as a mark and in words. ``caption`` says what it is."""
    x, y = point(probability)
    band = told = ""
    if interval:
        low, high = interval.low, max(interval.high, interval.low + 0.012)
        band = f'<path class="tt-gauge-band" d="{arc(low, min(1, high))}"/>'
        told = words("page.interval", span=words.span(interval))
    return (
        '<figure class="tt-gauge"><svg viewBox="0 0 220 122" aria-hidden="true" focusable="false">'
        f'<path class="tt-gauge-track" d="{arc(0, 1)}"/>{band}'
        f'<circle class="tt-gauge-mark" cx="{x:.2f}" cy="{y:.2f}" r="9"/>'
        f'<text class="tt-gauge-number" x="110" y="96" text-anchor="middle">{words.percent(probability)}</text></svg>'
        f"<figcaption><span class='tt-sr'>{words.percent(probability)} </span>{caption}<small>{told}</small></figcaption></figure>"
    )

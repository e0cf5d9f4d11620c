"""The timeline: the score of every look over time, a line per person, and the same in a table. Pure: Report -> HTML with SVG.

What a dot tells whoever points at it is in ``timeline_points.py``.
"""

from itertools import pairwise
from statistics import median

from space.page.result.people import colour
from space.page.result.timeline_points import data_of, render_look_now, render_pointer
from telltale.core.report import FaceObservation, Person, Report
from telltale.render.formatting import Translator

GRID = (0, 25, 50, 75, 100)
COLUMNS = ("person", "time", "score", "size", "turned")


def render_timeline(report: Report, pictures: str, words: Translator) -> str:
    """A section with the chart; nothing for a picture, or where fewer than two looks were had. ``pictures`` as for people."""
    moments = [moment for person in report.people for moment in person.observations]
    if len({moment.time for moment in moments}) < 2:
        return ""
    end = max(report.source.duration or 0.0, max(moment.time for moment in moments))
    lines = "".join(render_line(person, end, report, pictures, words) for person in report.people)
    grid = "".join(f'<line x1="0" x2="100%" y1="{100 - y}%" y2="{100 - y}%"/>' for y in GRID)
    heights = "".join(f'<span style="bottom:{y}%">{words.share(y / 100)}</span>' for y in GRID if y % 50 == 0)
    times = "".join(f'<span style="left:{part * 100:.0f}%">{words.moment(end * part)}</span>' for part in (0, 0.5, 1))
    return (
        f'<section class="tt-section" aria-labelledby="tt-timeline"><h2 id="tt-timeline">{words("page.timeline")}</h2>'
        f'<p class="tt-lead">{words("page.timeline_lead")}</p><div class="tt-card tt-timeline">{render_legend(report, words)}'
        f'<div class="tt-plot"><svg role="img" aria-label="{words("page.timeline_alt")}"><g class="tt-grid">{grid}</g>{lines}</svg>'
        f'<div class="tt-heights" aria-hidden="true">{heights}</div><div class="tt-times" aria-hidden="true">{times}</div>'
        f"{render_pointer(words)}</div>{render_look_now(words)}{render_table(report, words)}</div></section>"
    )


def render_legend(report: Report, words: Translator) -> str:
    """Which colour is who; needless for one person."""
    if len(report.people) < 2:
        return ""
    items = "".join(
        f'<li style="{colour(person.id)}"><i class="tt-dot" aria-hidden="true"></i>{words("page.person", n=person.id)}</li>'
        for person in report.people
    )
    return f'<ul class="tt-legend">{items}</ul>'


def render_line(person: Person, end: float, report: Report, pictures: str, words: Translator) -> str:
    """One person: band of the interval, lines between neighbouring looks, a dot for each look."""
    moments = sorted(person.observations, key=lambda moment: moment.time)
    low, high = person.interval.low * 100, person.interval.high * 100
    band = f'<rect x="0" width="100%" y="{100 - high:.1f}%" height="{high - low:.1f}%"/>'
    runs = "".join(
        f'<polyline points="{" ".join(f"{m.time / end * 100:.2f},{100 - m.fake_probability * 100:.2f}" for m in run)}"/>'
        for run in split_at_gaps(moments)
        if len(run) > 1
    )
    dots = "".join(
        f'<circle cx="{moment.time / end * 100:.2f}%" cy="{100 - moment.fake_probability * 100:.2f}%" r="4.5"'
        f" {data_of(moment, person, report, pictures, words)}/>"
        for moment in moments
    )
    lines = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">{runs}</svg>'
    return f'<g class="tt-line" style="{colour(person.id)}">{band}{lines}{dots}</g>'


def split_at_gaps(moments: list[FaceObservation]) -> list[list[FaceObservation]]:
    """Split where the person was out of sight: at gaps far longer than usual. No line is drawn over what was not seen."""
    if len(moments) < 3:
        return [moments]
    limit = 2.5 * median(after.time - before.time for before, after in pairwise(moments))
    runs = [[moments[0]]]
    for before, after in pairwise(moments):
        if after.time - before.time > limit:
            runs.append([])
        runs[-1].append(after)
    return runs


def render_table(report: Report, words: Translator) -> str:
    """The chart in figures, for whoever cannot or would rather not read it."""
    rows = sorted(
        ((moment, person.id) for person in report.people for moment in person.observations), key=lambda row: (row[0].time, row[1])
    )
    heads = "".join(f'<th scope="col">{words(f"page.table_{column}")}</th>' for column in COLUMNS)
    body = "".join(
        f"<tr><td>{words('page.person', n=person)}</td><td>{words.moment(moment.time)}</td>"
        f"<td>{words.percent(moment.fake_probability)}</td>"
        f"<td>{moment.quality.face_size_px:.0f} px</td><td>{words.share(moment.quality.yaw)}</td></tr>"
        for moment, person in rows
    )
    return (
        f'<details class="tt-table"><summary>{words("page.timeline_table")}</summary><div class="tt-scroll" tabindex="0">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )

"""The looks of the timeline: each dot's data for whoever points at it, and the place where the look is shown. Pure: Report -> HTML.

See also: the chart (``timeline.py``) and the pointing (``space/page/static/timeline.js``).
"""

from html import escape

from telltale.core.report import Box, FaceObservation, Person, Report
from telltale.render.formatting import Translator


def data_of(seen: FaceObservation, person: Person, report: Report, pictures: str, words: Translator) -> str:
    """A dot's attributes: whose look, when, how strong, its pictures and where in the frame the face is."""
    who, time = words("page.person", n=person.id), words.moment(seen.time)
    facts = words("page.look_facts", size=round(seen.quality.face_size_px), turned=words.share(seen.quality.yaw))
    data = {
        "person": str(person.id),
        "look": words("page.evidence_at", person=who, time=time),
        "score": words.percent(seen.fake_probability),
        "facts": facts,
        "box": place_of(seen.box, report.source.width, report.source.height),
    }
    if seen.frame and seen.heat_map:
        alt = words("page.evidence_frame_alt", person=who, time=time)
        data |= {"frame": pictures + seen.frame, "map": pictures + seen.heat_map, "alt": alt}
    return " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())


def place_of(box: Box, width: int, height: int) -> str:
    """Left, top, width and height of a face in percent of its frame, cut where it reaches out."""
    left, right = (min(100.0, max(0.0, 100 * x / width)) for x in (box.x0, box.x1))
    top, bottom = (min(100.0, max(0.0, 100 * y / height)) for y in (box.y0, box.y1))
    return " ".join(f"{part:.2f}%" for part in (left, top, right - left, bottom - top))


def render_pointer(words: Translator) -> str:
    """What lies over the chart and takes pointer, finger and keys."""
    return (
        f'<div class="tt-pointer" role="slider" tabindex="0" aria-label="{words("page.point")}" aria-describedby="tt-point-hint"'
        ' aria-valuemin="1" aria-valuemax="1" aria-valuenow="1">'
        '<span class="tt-cursor-way" aria-hidden="true"><i class="tt-cursor"></i></span></div>'
    )


def render_look_now(words: Translator) -> str:
    """The empty place for the look that is pointed at."""
    return (
        '<div class="tt-look-now"><div class="tt-now-words"><h3><i class="tt-dot" aria-hidden="true"></i><span></span></h3>'
        f'<p class="tt-now-score"><strong></strong> {words("page.look_score")}</p><p class="tt-fine tt-now-facts"></p>'
        f'<p class="tt-fine tt-now-bare" hidden>{words("page.look_bare")}</p>'
        f'<p class="tt-fine" id="tt-point-hint">{words("page.point_hint")}</p></div>'
        '<div class="tt-now-pictures" hidden><figure class="tt-now-frame"><div><img alt=""><i class="tt-now-box"></i></div>'
        f"<figcaption>{words('page.evidence_frame')}</figcaption></figure>"
        f'<figure class="tt-now-map"><img alt="{words("page.evidence_map_alt")}">'
        f"<figcaption>{words('page.evidence_map')}</figcaption></figure></div></div>"
    )

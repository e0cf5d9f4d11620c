"""The evidence: for the looks that weighed most, the frame, the face and its heat map side by side. Pure: Report -> HTML."""

from html import escape

from space.page.result.people import colour
from telltale.core.report import Evidence, Report
from telltale.render.formatting import Translator


def render_evidence(report: Report, pictures: str, words: Translator) -> str:
    """A section with a card per look; nothing where there is none. ``pictures`` is the address that picture names are added to."""
    if not report.evidence:
        return ""
    cards = "".join(render_look(look, report.source.kind, pictures, words) for look in report.evidence)
    return (
        f'<section class="tt-section" aria-labelledby="tt-evidence"><h2 id="tt-evidence">{words("page.evidence")}</h2>'
        f'<p class="tt-lead">{words("page.evidence_lead")}</p><div class="tt-looks">{cards}</div></section>'
    )


def render_look(look: Evidence, kind: str, pictures: str, words: Translator) -> str:
    """One look: when, whose, how strong, and its three pictures."""
    person = words("page.person", n=look.person)
    time = words.moment(look.time)
    title = person if kind == "image" else words("page.evidence_at", person=person, time=time)
    shown = (
        ("frame", look.frame, words("page.evidence_frame"), words("page.evidence_frame_alt", person=person, time=time)),
        ("face", look.face, words("page.evidence_face"), words("page.evidence_face_alt", person=person, time=time)),
        ("map", look.heat_map, words("page.evidence_map"), words("page.evidence_map_alt")),
    )
    figures = "".join(
        f'<figure class="tt-look-{part}"><img src="{pictures}{escape(name)}" alt="{alt}" loading="lazy">'
        f"<figcaption>{caption}</figcaption></figure>"
        for part, name, caption, alt in shown
    )
    return (
        f'<article class="tt-card tt-look" style="{colour(look.person)}"><h3><i class="tt-dot" aria-hidden="true"></i>{title}'
        f"<strong>{words.percent(look.fake_probability)}</strong></h3><div class='tt-look-pictures'>{figures}</div></article>"
    )

"""The people: one row each with face, share of the video, own verdict and probability. Pure: Report -> HTML."""

from html import escape

from space.page.result.icons import render_sign
from space.page.result.strength import render_scale
from telltale.core.report import Person, Report
from telltale.render.formatting import Translator

COLOURS = 6
"""How many colours the style sheet has for people; beyond that they repeat."""


def colour(person: int) -> str:
    """The style of one person's colour, the same wherever the person appears."""
    return f"--person: var(--tt-person-{(person - 1) % COLOURS + 1})"


def render_people(report: Report, pictures: str, words: Translator) -> str:
    """A section with a row per person; nothing where nobody was found. ``pictures`` is the address that picture names are added to."""
    if not report.people:
        return ""
    rows = "".join(render_person(person, pictures, words) for person in report.people)
    return (
        f'<section class="tt-section" aria-labelledby="tt-people"><h2 id="tt-people">{words("page.people")}</h2>'
        f'<p class="tt-lead">{words("page.people_lead")}</p><ul class="tt-people">{rows}</ul></section>'
    )


def render_person(person: Person, pictures: str, words: Translator) -> str:
    """One person: who, how much of them was seen, and what was measured."""
    name = words("page.person", n=person.id)
    looks = words("page.looks", n=len(person.observations))
    reasons = "".join(f"<li>{escape(text)}</li>" for text in dict.fromkeys(reason.message for reason in person.reasons))
    alt = words("page.person_alt", person=name)
    return (
        f'<li class="tt-card tt-person" style="{colour(person.id)}" data-verdict="{person.verdict}">'
        f'<img src="{pictures}{escape(person.picture)}" alt="{alt}" width="96" height="96" loading="lazy">'
        f'<div class="tt-person-words"><h3><i class="tt-dot" aria-hidden="true"></i>{name}</h3>'
        f"<p class='tt-fine'>{words('page.frame_coverage', share=words.share(person.frame_coverage))} · {looks}</p>"
        f'<p class="tt-person-verdict">{render_sign(person.verdict)}<span>{words(f"verdict.headline.{person.verdict}")}</span></p></div>'
        f"{render_bar(person, words)}" + (f'<ul class="tt-person-reasons">{reasons}</ul>' if reasons else "") + "</li>"
    )


def render_bar(person: Person, words: Translator) -> str:
    """The ratio, or else the probability, as a mark on a bar, its interval as a band; nothing where neither says anything."""
    if person.ratio is not None:
        return (
            f'<div class="tt-measure"><strong>{words.ratio(person.ratio.value)}</strong>{render_scale(person.ratio)}'
            f"<small>{escape(words.strength(person.ratio))}</small></div>"
        )
    if person.verdict == "cannot_tell":
        return ""
    low, high = person.interval.low * 100, person.interval.high * 100
    told = words("page.interval", span=words.span(person.interval))
    return (
        f'<div class="tt-measure"><strong>{words.percent(person.fake_probability)}</strong><span class="tt-bar" aria-hidden="true">'
        f'<i class="tt-bar-band" style="left:{low:.1f}%;width:{max(1.0, high - low):.1f}%"></i>'
        f'<i class="tt-bar-mark" style="left:{person.fake_probability * 100:.1f}%"></i></span><small>{told}</small></div>'
    )

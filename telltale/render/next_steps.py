"""After "cannot tell" and "no face": what would settle it, and what a person can do meanwhile. Pure: Report -> ids of messages.

Nothing is guessed: each step answers a reason of the Report or a measured quality of the face that the verdict rests on.
"""

from telltale.core.report import Person, Report
from telltale.core.rules import RULES

LIMITS = RULES.next_steps
BY_REASON = {"face.turned": "next.frontal", "face.unsure": "next.frontal", "face.blurred": "next.original", "face.small": "next.larger"}


def next_steps(report: Report) -> list[str]:
    """What is worth trying, most promising first; nothing after a verdict."""
    if report.verdict not in ("cannot_tell", "no_face"):
        return []
    found = [BY_REASON[reason.code] for reason in report.reasons if reason.code in BY_REASON]
    if report.verdict == "no_face":
        found.append("next.other_part")
    elif report.people:
        found += wanted(most_suspicious(report.people), report)
    return [*dict.fromkeys(found), "next.source"]


def most_suspicious(people: list[Person]) -> Person:
    """Whom an open verdict rests on."""
    undecided = [person for person in people if person.verdict == "cannot_tell"] or people
    return max(undecided, key=lambda person: person.fake_probability)


def wanted(person: Person, report: Report) -> list[str]:
    """What a better copy of this person would have."""
    qualities = sorted(person.observations, key=lambda look: look.quality.face_size_px)
    if not qualities:
        return []
    size = qualities[len(qualities) // 2].quality.face_size_px
    known = sorted(look.quality.compression for look in person.observations if look.quality.compression is not None)
    found = ["next.original"] if report.source.sampled or (known and known[len(known) // 2] >= LIMITS.compression) else []
    if RULES.quality.small_px <= size < LIMITS.face_px:
        found.append("next.larger")
    if report.source.kind != "image" and len(person.observations) < LIMITS.looks:
        found.append("next.longer")
    return found

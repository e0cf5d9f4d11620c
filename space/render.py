"""A whole result as HTML: the cards in reading order. Pure: Report -> HTML; every stranger's text is escaped where it is put in."""

from detector.report import Report
from space.evidence_cards import render_evidence
from space.keep_card import render_keep
from space.notes import render_notes
from space.people_cards import render_people
from space.provenance_card import render_provenance
from space.timeline import render_timeline
from space.verdict_card import render_verdict
from space.wire import links_of
from space.words import Words


def render_report(report: Report, id: str, words: Words) -> str:
    """The result of the check ``id``."""
    links = links_of(id)
    return "".join(
        (
            render_verdict(report, words),
            render_keep(id, words),
            render_people(report, links.pictures, words),
            render_timeline(report, links.pictures, words),
            render_evidence(report, links.pictures, words),
            render_provenance(report.provenance, words),
            render_notes(report, links.self, words),
        )
    )

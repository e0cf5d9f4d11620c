"""A whole result as HTML: the cards in reading order. Pure: Report -> HTML; every stranger's text is escaped where it is put in."""

from detector.report import Report
from space.evidence_cards import render_evidence
from space.notes import render_notes
from space.people_cards import render_people
from space.provenance_card import render_provenance
from space.timeline import render_timeline
from space.verdict_card import render_verdict
from space.wire import links_of


def render_report(report: Report, id: str) -> str:
    """The result of the check ``id``."""
    links = links_of(id)
    return "".join(
        (
            render_verdict(report),
            render_people(report, links.pictures),
            render_timeline(report),
            render_evidence(report, links.pictures),
            render_provenance(report.provenance),
            render_notes(report, links.self),
        )
    )

"""A whole result as HTML: the cards in reading order. Pure: Report -> HTML; every stranger's text is escaped where it is put in."""

from space.core.links import links_of
from space.page.result.details import render_notes
from space.page.result.evidence import render_evidence
from space.page.result.people import render_people
from space.page.result.provenance import render_provenance
from space.page.result.share import render_keep
from space.page.result.timeline import render_timeline
from space.page.result.verdict import render_verdict
from telltale.core.report import Report
from telltale.render.formatting import Translator


def render_report(report: Report, id: str, words: Translator, *, owned: bool, checked: float) -> str:
    """The result of the check ``id``; ``owned`` by whoever looks at it; made at ``checked`` (Unix seconds)."""
    links = links_of(id)
    pictures = links.pictures.removeprefix("/")  # relative to the page, which may lie below a path
    return "".join(
        (
            render_verdict(report, words),
            render_keep(id, words, owned=owned),
            render_people(report, pictures, words),
            render_timeline(report, pictures, words),
            render_evidence(report, pictures, words),
            render_provenance(report.provenance, words),
            render_notes(report, links.self.removeprefix("/"), checked, words),
        )
    )

"""The notes below a verdict: what was looked at, what that cannot tell, and the JSON. Pure: Report -> HTML."""

from html import escape

from space.i18n.messages import Words
from telltale.core.report import Report
from telltale.core.text import harmless


def render_notes(report: Report, link: str, words: Words) -> str:
    """Facts on the left, limits on the right. ``link`` is the address of the check's JSON."""
    facts = "".join(f"<div><dt>{name}</dt><dd><bdi>{escape(harmless(value))}</bdi></dd></div>" for name, value in facts_of(report, words))
    caveats = "".join(f"<li>{escape(caveat.message)}</li>" for caveat in report.caveats)
    return (
        '<div class="tt-notes"><section class="tt-card" aria-labelledby="tt-limits">'
        f'<h2 id="tt-limits">{words.LIMITS}</h2><ul class="tt-limits">{caveats}</ul></section>'
        f'<section class="tt-card" aria-labelledby="tt-read"><h2 id="tt-read">{words.READ}</h2><dl>{facts}</dl>'
        f'<p><a class="tt-json" href="{link}" target="_blank" rel="noopener">{words.JSON_LINK}</a></p></section></div>'
    )


def facts_of(report: Report, words: Words) -> list[tuple[str, str]]:
    """Name and value of everything that was read, as plain text."""
    source, model = report.source, report.model
    media = [f"{source.width} × {source.height}", source.codec] + ([words.moment(source.duration)] if source.duration else [])
    part = words.ROW_READ_PART if source.bytes_read < source.size else words.ROW_READ_ALL
    calibration = words.CALIBRATED if model.calibrated else words.NOT_CALIBRATED
    rows = [
        (words.ROW_SOURCE, source.url or source.name),
        (words.ROW_MEDIA, ", ".join(media)),
        (words.ROW_READ, part.format(read=words.bytes(source.bytes_read), size=words.bytes(source.size))),
        (words.ROW_FRAMES, str(source.frames_read)),
        (words.ROW_TRACK, f"{source.track} / {source.tracks}" if source.tracks > 1 else ""),
        (words.ROW_TIME, words.seconds(report.timing.total)),
        (words.ROW_MODEL, f"{model.id} {model.revision}, {calibration}, {model.runtime}"),
        (words.ROW_DETECTOR, model.detector),
        (words.ROW_HASH, source.sha256),
    ]
    return [(name, value) for name, value in rows if value]

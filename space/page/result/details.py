"""The notes below a verdict: what was looked at, what that cannot tell, and the JSON. Pure: Report -> HTML."""

from datetime import UTC, datetime
from html import escape

from space.storage.reuse import is_reused
from telltale.core.report import Report
from telltale.core.text import harmless
from telltale.render.formatting import Translator


def render_notes(report: Report, link: str, checked: float, words: Translator) -> str:
    """Facts on the left, limits on the right. ``link`` is the address of the check's JSON, ``checked`` its time in Unix seconds."""
    facts = "".join(f"<div><dt>{name}</dt><dd>{render_fact(value)}</dd></div>" for name, value in facts_of(report, checked, words))
    caveats = "".join(f"<li>{escape(caveat.message)}</li>" for caveat in report.caveats)
    return (
        '<div class="tt-notes"><section class="tt-card" aria-labelledby="tt-limits">'
        f'<h2 id="tt-limits">{words("page.limits")}</h2><ul class="tt-limits">{caveats}</ul></section>'
        f'<section class="tt-card" aria-labelledby="tt-read"><h2 id="tt-read">{words("page.read")}</h2><dl>{facts}</dl>'
        f'<p><a class="tt-json" href="{link}" target="_blank" rel="noopener">{words("page.json_link")}</a></p></section></div>'
    )


def render_fact(value: str) -> str:
    """A stranger's text; an address as a link."""
    text = f"<bdi>{escape(harmless(value))}</bdi>"
    if not value.lower().startswith(("http://", "https://")):
        return text
    return f'<a href="{escape(value)}" target="_blank" rel="noopener noreferrer nofollow">{text}</a>'


def facts_of(report: Report, checked: float, words: Translator) -> list[tuple[str, str]]:
    """Name and value of everything that was read, as plain text."""
    source, model = report.source, report.model
    media = [f"{source.width} × {source.height}", source.codec] + ([words.moment(source.duration)] if source.duration else [])
    read = words.bytes(source.bytes_read)
    if source.bytes_read < source.size:
        read = words("page.row_read_part", read=read, size=words.bytes(source.size))
    calibration = words("page.calibrated" if model.calibrated else "page.not_calibrated")
    date = words.date(datetime.fromtimestamp(checked, UTC).isoformat())
    rows = [
        (words("page.row_source"), source.url or words.source_name(source)),
        (words("page.row_media"), ", ".join(media)),
        (words("page.row_read"), read),
        (words("page.row_frames"), str(source.frames_read)),
        (words("page.row_track"), f"{source.track} / {source.tracks}" if source.tracks > 1 else ""),
        (words("page.row_checked"), words("page.checked_before", date=date) if is_reused(report) else date),
        (words("page.row_time"), words.seconds(report.timing.total) if report.timing.total else ""),
        (words("page.row_model"), f"{model.id} {model.revision}, {calibration}, {model.runtime}"),
        (words("page.row_detector"), model.detector),
        (words.sum_of(report), source.sha256),
    ]
    return [(name, value) for name, value in rows if value]

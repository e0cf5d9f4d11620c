"""What can be kept of a finished check: its contact sheet as a picture, and its case file as one page of PDF. Drawn when asked for.

See also: the Report's JSON (``routes.py``) and the drawing (``telltale.render.contact_sheet``, ``telltale.render.pdf``).
"""

import threading
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from space.api.routes import PROBLEMS, jobs_of
from space.core.job import Job
from space.core.links import PREFIX, base_of, links_of
from space.core.ownership import OwnerSecret, owner_in, seen_by
from space.i18n.languages import spoken
from space.middleware.localize import Lang
from telltale.core.errors import JobProblem
from telltale.core.report import Report
from telltale.core.report_upgrade import read_report
from telltale.render.contact_sheet import contact_sheet
from telltale.render.formatting import Translator
from telltale.render.localize import localized
from telltale.render.pdf import case_file
from telltale.render.share_card import share_card

router = APIRouter(responses=PROBLEMS, generate_unique_id_function=lambda route: route.name)
ONE_AT_A_TIME = threading.Lock()
"""Drawing takes a core for a second; checks need the others."""


@router.get(PREFIX + "/{id}/report.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def report_picture(request: Request, id: str, lang: Lang = "", telltale_owner: OwnerSecret = None) -> Response:
    """The whole Report as one picture: verdict, people, strongest moments, limits. 404 until the check is done."""
    words = spoken(lang, request.headers.get("accept-language", ""))
    report, stamp = read_finished(request, id, owner_in(telltale_owner), words)
    with ONE_AT_A_TIME:
        return attachment(contact_sheet(localized(report, words), stamp, words), "image/jpeg", f"telltale-{id[:8]}.jpg")


@router.get(PREFIX + "/{id}/report.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def report_page(request: Request, id: str, lang: Lang = "", telltale_owner: OwnerSecret = None) -> Response:
    """The same on one A4 page, for a case file. 404 until the check is done."""
    words = spoken(lang, request.headers.get("accept-language", ""))
    report, stamp = read_finished(request, id, owner_in(telltale_owner), words)
    with ONE_AT_A_TIME:
        return attachment(case_file(localized(report, words), stamp, words), "application/pdf", f"telltale-{id[:8]}.pdf")


@router.get(PREFIX + "/{id}/card.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def share_picture(request: Request, id: str, lang: Lang = "") -> Response:
    """What a link to the check previews as, 1200 by 630 pixels: verdict, strength, date; no face and no name. 404 until it is done."""
    words, job = spoken(lang, request.headers.get("accept-language", "")), jobs_of(request).get(id)
    if not job.report:
        raise JobProblem("job.not_found", "report")
    report = localized(read_report(job.report), words)
    with ONE_AT_A_TIME:
        drawn = share_card(report, words.day(job.finished or job.created), words)
    return Response(drawn, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def read_finished(request: Request, id: str, owner: str | None, words: Translator) -> tuple[Report, str]:
    """The Report as ``owner`` sees it with its pictures, and when it was made and where it lies. Raises JobProblem("job.not_found")."""
    jobs = jobs_of(request)
    job = seen_by(jobs.get(id), owner)
    if not job.report:
        raise JobProblem("job.not_found", "report")
    report = read_report(job.report)
    link = base_of(request.scope, request.app.state.settings.trusted_proxy_hops) + links_of(id).page
    names = [person.picture for person in report.people]
    names += [name for look in report.evidence for name in (look.frame, look.face, look.heat_map)]
    return report.model_copy(update={"pictures": {name: jobs.picture(id, name) for name in names}}), f"{stamp_of(job, words)} {link}"


def stamp_of(job: Job, words: Translator) -> str:
    """When it was checked, and as what."""
    day = datetime.fromtimestamp(job.finished or job.created, UTC)
    return words("pdf.stamp", date=f"{day:%Y-%m-%d}", clock=f"{day:%H:%M}", id=job.id)


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """An answer that a browser saves under ``name``; nobody in between may keep it."""
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)

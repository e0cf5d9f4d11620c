"""Previews: what a link to the page looks like where it is shared: title, description, picture and canonical address in the page's head.

Gradio's own head speaks of Gradio. The words of a check are those that a stranger may see (``space/core/ownership.py``). See also: the
picture (``telltale/render/share_card.py``) and the page (``gradio_app.py``).
"""

import re
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.core.links import PREFIX, base_of
from space.core.ownership import seen_by
from space.i18n.languages import spoken
from space.jobs.queue import Jobs
from telltale.core.errors import JobProblem
from telltale.core.report_upgrade import read_report
from telltale.core.text import harmless
from telltale.render.formatting import Translator
from telltale.render.localize import localized

OWN_CARD = "/page/card.jpg"
FOREIGN = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>|<title>[^<]*</title>')
HEAD = b"<head>"


def render_head(jobs: Jobs, base: str, id: str, words: Translator) -> str:
    """The tags for the check ``id``, or for the start page where there is none that has ended."""
    try:
        job = seen_by(jobs.get(id), None) if id else None
    except JobProblem:
        job = None
    if job and job.report:
        report = localized(read_report(job.report), words)
        name = harmless(report.source.name)
        title = words("share.title", headline=report.headline, name=name) if name else f"{report.headline} · Telltale"
        address, card, said = f"{base}/?check={job.id}", f"{base}{PREFIX}/{job.id}/card.jpg", report.explanation
    else:
        title, said = f"{words('page.title')} · {words('page.tagline')}", words("page.lead")
        address, card = f"{base}/", f"{base}{OWN_CARD}"
    card += f"?lang={words.language}"
    tags = [
        *(("property", f"og:{key}", value) for key, value in (("type", "website"), ("site_name", "Telltale"), ("title", title))),
        *(("property", f"og:{key}", value) for key, value in (("description", said), ("url", address), ("image", card))),
        *(("property", f"og:image:{key}", value) for key, value in (("width", "1200"), ("height", "630"), ("alt", title))),
        *(("name", f"twitter:{key}", value) for key, value in (("card", "summary_large_image"), ("title", title))),
        *(("name", f"twitter:{key}", value) for key, value in (("description", said), ("image", card))),
        ("name", "description", said),
        *([("name", "robots", "noindex")] if id else []),
    ]
    metas = "".join(f'<meta {kind}="{key}" content="{escape(value)}">' for kind, key, value in tags)
    return f'<title>{escape(title)}</title><link rel="canonical" href="{escape(address)}">{metas}'


class PreviewMiddleware:
    """ASGI middleware: the page's head with our tags in place of Gradio's."""

    def __init__(self, app: ASGIApp, jobs: Jobs, proxies: int) -> None:
        self._app = app
        self._jobs = jobs
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        if path != "/" or scope["method"] != "GET":
            return await self._app(scope, receive, send)
        asked, start, body = QueryParams(scope.get("query_string", b"")), dict[str, object](), b""
        words = spoken(asked.get("lang"), Headers(scope=scope).get("accept-language", ""))

        async def send_anew(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            headers = MutableHeaders(raw=list(start["headers"]))  # type: ignore[call-overload]
            if headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers and HEAD in body:
                base = base_of(scope, self._proxies)
                head = await run_in_threadpool(render_head, self._jobs, base, asked.get("check", ""), words)
                body = FOREIGN.sub(b"", body).replace(HEAD, HEAD + head.encode(), 1)
                headers["content-length"] = str(len(body))
            await send({**start, "headers": headers.raw})
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, send_anew)

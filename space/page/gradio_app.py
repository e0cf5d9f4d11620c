"""The page: one Gradio Blocks with one component of our own making, and the same check for ``gradio_client``.

Python renders (``form.py``, ``space/page/result/result.py``), ``space/page/static/page.js`` and the modules it names move,
``space/page/static/page.css`` and ``space/page/static/result.css`` dress. Files go to the HTTP API, never through Gradio.
"""

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, Response

from space.api.schemas import check_of
from space.core.ownership import HEADER, is_owner, new_secret, owner_in, owner_of, seen_by
from space.i18n.languages import spoken
from space.jobs.queue import Jobs
from space.page.form import render_pages
from space.page.preview import OWN_CARD
from space.page.result.result import render_report
from telltale.core.errors import TelltaleError
from telltale.core.report_upgrade import read_report
from telltale.render.formatting import Translator
from telltale.render.localize import localized
from telltale.render.share_card import start_card

STATIC = Path(__file__).parent / "static"
MODULES = {path.name: path for path in STATIC.glob("*.js")}
START = 'import(new URL("page/page.js", document.baseURI).href).then(({ start }) => start(element, server));'
"""Gradio runs this as the body of a function: ``element`` is the component, ``server`` reaches ``show``."""
AHEAD = "".join(f'<link rel="modulepreload" href="page/{name}">' for name in sorted(MODULES))
"""Fetched while Gradio itself is still being read."""
IDLE = 0.02
"""Seconds between Gradio's looks at its own empty queue. Its thousand looks a second kept a tenth of a core busy for nothing."""

Admit = Callable[[Request], str]
"""Who asks; raises TelltaleError for a caller who has asked for too much."""


def mount_page(app: FastAPI, jobs: Jobs, admit: Admit, *, max_bytes: int, keep_hours: float) -> FastAPI:
    """Put the page at the root of ``app``, its scripts at ``/page``."""

    @cache
    def drawn(language: str) -> bytes:
        return start_card(Translator(language))

    @app.get("/page/{name}.js", include_in_schema=False)
    def script(name: str) -> FileResponse:
        if f"{name}.js" not in MODULES:
            raise HTTPException(404)
        return FileResponse(MODULES[f"{name}.js"], media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @app.get(OWN_CARD, include_in_schema=False)
    def card(lang: str = "") -> Response:
        return Response(drawn(spoken(lang).language), media_type="image/jpeg", headers={"Cache-Control": "max-age=86400"})

    fonts = ["ui-sans-serif", "system-ui", "sans-serif"]
    page = build(jobs, admit, render_pages(max_bytes, keep_hours))
    page._queue.sleep_when_free = IDLE
    return gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]),  # as strings: a Font would be fetched from elsewhere
        css="".join((STATIC / name).read_text(encoding="utf-8") for name in ("page.css", "result.css")),
        head=AHEAD,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,  # ours is at /mcp (``space/api/mcp.py``)
    )


def build(jobs: Jobs, admit: Admit, frame: str) -> gr.Blocks:
    """The Blocks: the page's one component, which asks ``show`` for a finished check."""

    def show(asked: dict[str, str]) -> str:
        """The finished check ``id`` as HTML in the language ``lang``, as ``owner`` sees it; empty where it is not finished."""
        words, owner = spoken(str(asked.get("lang", ""))), owner_in(str(asked.get("owner", "")) or None)
        found = jobs.get(str(asked["id"]))
        job, owned = seen_by(found, owner), is_owner(found, owner)
        if not job.report:
            return ""
        checked = job.finished or job.created
        return render_report(localized(read_report(job.report), words), job.id, words, owned=owned, checked=checked)

    async def check(url: str, request: gr.Request) -> dict:
        """Check the faces in the video or picture at an http(s) address, or on a web page that shows one.

        Waits until the check has ended and returns it as the HTTP API does: state, report (verdict, probability with its interval,
        people, evidence, reasons, limits) or error, and the secret that shows whose it is.
        "No sign of manipulation found" does not mean that a video is genuine.
        """
        try:
            caller = admit(request.request) if request.request else ""
            own = request.request.headers.get(HEADER) if request.request else None
            secret = own or new_secret()
            owner = owner_of(secret)
            job = await asyncio.to_thread(jobs.submit_url, url, caller, owner=owner)
        except TelltaleError as error:
            raise gr.Error(error.sentence, print_exception=False) from error
        async for change in jobs.events(job.id):
            job = change or job
        return check_of(job, owner).model_dump(mode="json") | {"owner_secret": None if own else secret}

    with gr.Blocks(title=Translator()("page.title"), analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(
            frame,
            elem_id="telltale",
            js_on_load=START,
            server_functions=[show],
            apply_default_css=False,
        )
        gr.api(check, api_name="check_video", concurrency_limit=None)
        gr.api(check, api_name="check", concurrency_limit=None, api_visibility="undocumented")  # our own queue is the bound
    return blocks

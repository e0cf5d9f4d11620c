"""The page: one Gradio Blocks with one component of our own making, and the same check for ``gradio_client``.

Python renders (``form.py``, ``render.py``), ``page.js`` moves, ``page.css`` dresses. Files go to the HTTP API, never through Gradio.
"""

import asyncio
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Request

from detector.errors import TelltaleError
from detector.report import Report
from space import words
from space.form import render_page
from space.jobs import Jobs
from space.render import render_report
from space.wire import check_of

HERE = Path(__file__).parent


Admit = Callable[[Request], None]
"""Raises TelltaleError for a caller who has asked for too much."""


def mount_page(app: FastAPI, jobs: Jobs, admit: Admit, *, max_bytes: int, keep_hours: float) -> FastAPI:
    """Put the page at the root of ``app``."""
    fonts = ["ui-sans-serif", "system-ui", "sans-serif"]
    return gr.mount_gradio_app(
        app,
        build(jobs, admit, render_page(max_bytes, keep_hours)),
        path="/",
        theme=gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]),  # as strings: a Font would be fetched from elsewhere
        css=(HERE / "page.css").read_text(encoding="utf-8"),
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        pwa=False,
        mcp_server=find_spec("mcp") is not None,  # the package "gradio[mcp]" brings
    )


def build(jobs: Jobs, admit: Admit, frame: str) -> gr.Blocks:
    """The Blocks: the page's one component, which asks ``show`` for a finished check."""

    def show(id: str) -> str:
        """A finished check as HTML; empty where it is not finished."""
        job = jobs.get(str(id))
        return render_report(Report.model_validate_json(job.report), job.id) if job.report else ""

    async def check(url: str, request: gr.Request) -> dict:
        """Check the faces in the video or picture at an http(s) address, or on a web page that shows one.

        Waits until the check has ended and returns it as the HTTP API does: state, report (verdict, probability with its interval,
        people, evidence, reasons, limits) or error. "No sign of manipulation found" does not mean that a video is genuine.
        """
        try:
            if request.request:
                admit(request.request)
            job = await asyncio.to_thread(jobs.submit_url, url)
        except TelltaleError as error:
            raise gr.Error(error.sentence, print_exception=False) from error
        async for change in jobs.events(job.id):
            job = change or job
        return check_of(job).model_dump(mode="json")

    with gr.Blocks(title=words.TITLE, analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(
            frame,
            elem_id="telltale",
            js_on_load=(HERE / "page.js").read_text(encoding="utf-8"),
            server_functions=[show],
            apply_default_css=False,
        )
        gr.api(check, api_name="check_video", concurrency_limit=None)
        gr.api(check, api_name="check", concurrency_limit=None, api_visibility="undocumented")  # our own queue is the bound
    return blocks

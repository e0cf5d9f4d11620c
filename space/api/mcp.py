"""Assistants: the Model Context Protocol at ``/mcp`` (streamable HTTP), with the one tool ``check_video``.

The same checks as over the HTTP API, behind the same gate, tokens and shares. Without sessions, so that any process may answer any
request. Its package is imported with the first request, for it takes half a second. See also: how checks run (``space/jobs/queue.py``).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from space.api.batches import LONGEST_ADDRESS
from space.api.schemas import CheckOut, check_of
from space.core.job import Job, JobError
from space.core.links import links_of
from space.core.ownership import HEADER, owner_in, owner_of_caller
from space.core.problem_details import respond
from space.jobs.queue import Jobs
from telltale.core.errors import TelltaleError
from telltale.core.report_upgrade import read_report

if TYPE_CHECKING:
    from mcp.server.fastmcp import Context, FastMCP
    from mcp.types import CallToolResult

    Call = Context[Any, Any, Any]

PATHS = ("/mcp", "/mcp/")
BODY_BYTES = 65_536
"""The largest message that is read."""
WAIT = 45.0
"""Seconds until a check that has not ended is answered as it stands: programs give up on a tool after a minute or so."""
PURPOSE = (
    "Check the faces in a video or picture on the web for manipulation (swapped, reenacted, lip-synced or generated faces). "
    "Give the http(s) address of a file, or of a page that shows one. Answers with the verdict, how sure it is and what limits it; "
    "where the check takes longer, with its progress: then call again with the same address, which does not start a second check. "
    "“No sign of manipulation found” does not mean that a video is genuine."
)
ONLY_POST = JobError("request.invalid", "mcp_post")
Admit = Callable[[Request], str]
"""Who asks; raises TelltaleError where they have asked for too much."""


class McpServer:
    """ASGI application of the tool. ``close`` ends it, with the server."""

    def __init__(self, jobs: Jobs, admit: Admit, refused: Callable[[str], None], wait: float = WAIT) -> None:
        self._jobs = jobs
        self._admit = admit
        self._refused = refused
        self._wait = wait
        self._starting = asyncio.Lock()
        self._stop = asyncio.Event()
        self._app: ASGIApp | None = None
        self._life: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one message."""
        if scope["method"] != "POST":
            return await respond(ONLY_POST, 405, {"Allow": "POST"})(scope, receive, send)
        async with self._starting:
            if self._app is None:
                await self._start()
        assert self._app
        await self._app(scope, receive, send)

    async def _start(self) -> None:
        """What answers lives in a task of its own, for it must be left where it was entered."""
        server = await asyncio.to_thread(self._server)
        ready = asyncio.Event()

        async def live() -> None:
            server.streamable_http_app()
            async with server.session_manager.run():
                ready.set()
                await self._stop.wait()

        self._life = asyncio.create_task(live())
        await ready.wait()
        self._app = server.session_manager.handle_request

    async def close(self) -> None:
        """Answer no more."""
        self._stop.set()
        if self._life:
            await self._life

    def _server(self) -> "FastMCP[Any]":
        """The protocol's server with its tool."""
        from mcp.server.fastmcp import Context, FastMCP
        from mcp.server.transport_security import TransportSecuritySettings
        from mcp.types import CallToolResult, ToolAnnotations

        shield = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # the gate has seen to it, for this server's names
        server: FastMCP[Any] = FastMCP(
            "telltale",
            instructions=PURPOSE,
            stateless_http=True,
            max_request_body_size=BODY_BYTES,
            transport_security=shield,
            log_level="WARNING",  # else it tells of every request
        )

        async def check_video(
            url: Annotated[str, Field(min_length=1, max_length=LONGEST_ADDRESS, description="http(s) address")], ctx: Context[Any, Any, Any]
        ) -> Annotated[CallToolResult, CheckOut]:
            return await self._check(url, ctx)

        hints = ToolAnnotations(readOnlyHint=True, idempotentHint=True, openWorldHint=True, destructiveHint=False)
        server.tool(title="Check a video for manipulated faces", description=PURPOSE, annotations=hints)(check_video)
        return server

    async def _check(self, url: str, ctx: "Call") -> "CallToolResult":
        """One call of the tool, told of as it goes on."""
        from mcp.server.fastmcp.exceptions import ToolError

        request = ctx.request_context.request
        assert isinstance(request, Request)
        try:
            caller = self._admit(request)
            owner = owner_in(request.headers.get(HEADER)) or owner_of_caller(caller)  # asked again, it is the same check
            job = await asyncio.to_thread(self._jobs.submit_url, url, caller, owner=owner)
        except TelltaleError as error:
            self._refused(error.code)
            full = error.code == "job.queue_full"
            soon = f" A place is likely free in {self._jobs.retry_after()} seconds." if full else ""
            raise ToolError(f"{error.sentence}{soon} ({error.code})") from error
        said = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait):
                async for change in self._jobs.events(job.id):
                    job = change or job
                    if change and change.progress:
                        said += 1
                        await ctx.report_progress(said, message=f"{change.progress.text()} {change.progress.count()}".strip())
        return result_of(job, owner, str(request.base_url).rstrip("/"))


def result_of(job: Job, owner: str, server: str) -> "CallToolResult":
    """A check as a tool's answer: text for the model, and the JSON of the HTTP API."""
    from mcp.types import CallToolResult, TextContent

    text = f"{describe_job(job)}\n\nThe whole result, with its pictures: {server}{links_of(job.id).page}"
    check = check_of(job, owner).model_dump(mode="json")
    return CallToolResult(content=[TextContent(type="text", text=text)], structuredContent=check, isError=job.fault is not None)


def describe_job(job: Job) -> str:
    """A check in words."""
    if job.fault:
        return f"The check {job.state}. {job.fault.render()} ({job.fault.code})"
    if job.ended and not job.report:
        return f"The check was {job.state}."
    if not job.report:
        step = f" ({job.progress.text()} {job.progress.count()})".replace(" )", ")") if job.progress else ""
        return f"The check is {job.state}{step}. Call again with the same address to go on waiting."
    report = read_report(job.report)
    lines = [f"{report.headline}. {report.explanation}"]
    if report.fake_probability is not None:
        likely = f"Probability that a face was manipulated: {report.fake_probability:.2f}"
        band = report.interval
        lines.append(f"{likely} (between {band.low:.2f} and {band.high:.2f})." if band else f"{likely}.")
    lines += [f"- {reason.message}" for reason in report.reasons]
    lines += [f"- {caveat.message}" for caveat in report.caveats]
    return "\n".join(lines)

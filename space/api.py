"""The HTTP API: checks asked for, watched, cancelled and read. Every error leaves as a problem document (``problems.py``).

Not here: the running of checks (``jobs.py``) and the page (``page.py``). No CORS headers: an extension with host permission needs none,
and other sites have no business here.
"""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from detector.errors import BadRequest
from space.engine import EngineRoom
from space.job import Job
from space.jobs import Jobs
from space.problems import Problem, problem_of
from space.upload import OVERHEAD, receive, too_large
from space.wire import PREFIX, Accepted, CheckOut, Health, QueueOut, StoreOut, UrlIn, check_of, links_of

JSON_BYTES = 65_536
"""The largest JSON body that is read."""
PROBLEMS: dict[int | str, dict] = {
    "default": {"model": Problem, "description": "A problem document", "content": {"application/problem+json": {}}},
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": UrlIn.model_json_schema()},
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}

router = APIRouter(responses=PROBLEMS)


def jobs_of(request: Request) -> Jobs:
    """The queue of the server that answers."""
    return request.app.state.jobs


@router.post(PREFIX, status_code=202, openapi_extra=BODY)
async def submit(request: Request) -> Accepted:
    """Ask for a check of an address or of an uploaded file. The same input under the same model is the same check."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        job = await submit_file(request)
    elif kind == "application/json":
        job = await submit_url(request)
    else:
        raise BadRequest("request.invalid", "Send JSON with a “url”, or a form (multipart/form-data) with one “file”.")
    return Accepted(id=job.id, state=job.state, links=links_of(job.id))


async def submit_file(request: Request) -> Job:
    """Take the file to disk and queue it. A length that is told and too large is refused before the body is read."""
    limit = request.app.state.settings.max_upload_bytes
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit + OVERHEAD:
        raise too_large(limit)
    upload = await receive(request.stream(), request.headers["content-type"], request.app.state.store.uploads, limit)
    return await run_in_threadpool(jobs_of(request).submit_file, upload)


async def submit_url(request: Request) -> Job:
    """Read the JSON, no more of it than makes sense, and queue its address."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > JSON_BYTES:
            raise BadRequest("request.too_large", "The JSON is too long.")
    try:
        url = UrlIn.model_validate_json(body).url
    except ValidationError as error:
        sentence = 'Send JSON such as {"url": "https://example.org/video.mp4"}, with an address of at most 2048 letters.'
        raise BadRequest("request.invalid", sentence) from error
    return await run_in_threadpool(jobs_of(request).submit_url, url)


@router.get(PREFIX + "/{id}")
def read(request: Request, id: str) -> CheckOut:
    """One check: its state, progress, Report or error."""
    return check_of(jobs_of(request).get(id))


@router.delete(PREFIX + "/{id}")
def cancel(request: Request, id: str, forget: bool = False) -> CheckOut:
    """Cancel a check that has not ended; one that has ended stays as it is, unless it is to be forgotten: then all of it is deleted."""
    jobs = jobs_of(request)
    return check_of(jobs.forget(id) if forget else jobs.cancel(id))


@router.get(PREFIX + "/{id}/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, id: str) -> StreamingResponse:
    """The same JSON as server-sent events: now, after every change, and for the last time when the check has ended."""
    changes = jobs_of(request).events(id)
    first = await anext(changes)  # an unknown id is a 404, not a stream

    async def stream() -> AsyncIterator[str]:
        yield event(first)
        async for job in changes:
            yield event(job)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


def event(job: Job | None) -> str:
    """One server-sent event, or a comment that keeps the line open."""
    return f"id: {job.version}\ndata: {check_of(job).model_dump_json()}\n\n" if job else ": still here\n\n"


@router.get(PREFIX + "/{id}/evidence/{name}.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def picture(request: Request, id: str, name: str) -> Response:
    """One of the pictures that a Report names."""
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return Response(jobs_of(request).picture(id, f"{name}.jpg"), media_type="image/jpeg", headers=headers)


@router.get("/health")
def health(request: Request, response: Response) -> Health:
    """Whether checks can run, on which model, and how many wait. 503 where the model could not be loaded."""
    room: EngineRoom = request.app.state.room
    model = revision = engine = detector = None
    if room.state == "ready":
        model, revision, engine, detector = room.described()
    if room.state == "failed":
        response.status_code = 503
    counts = jobs_of(request).counts()
    return Health(
        status=room.state,
        model=model,
        revision=revision,
        engine=engine,
        detector=detector,
        error=problem_of(room.fault) if room.fault else None,
        queue=QueueOut(**{name: counts[name] for name in QueueOut.model_fields}),
        store=StoreOut(**{name: counts[name] for name in StoreOut.model_fields}),
    )


@router.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
@router.api_route("/gradio_api/upload", methods=["POST"], include_in_schema=False)
def nothing_here(rest: str = "") -> None:
    """What the API does not have must not fall through to the page; and files are taken by the API alone, where they are counted."""
    raise HTTPException(404, "There is nothing here")

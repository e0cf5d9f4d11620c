"""The HTTP API: checks asked for, watched, cancelled and read. Every error leaves as a problem document
(``space/core/problem_details.py``).

See also: the running of checks (``space/jobs/queue.py``) and the page (``space/page/gradio_app.py``). Who may ask is settled before
(``space/middleware/cross_origin.py``, ``space/middleware/bearer_auth.py``).
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from space.api import openapi_examples
from space.api.batches import LONGEST_ADDRESS, MOST
from space.api.idempotency import key_in
from space.api.openapi_examples import response_example
from space.api.prometheus import MEDIA_TYPE
from space.api.schemas import Accepted, BatchIn, BatchOut, CheckOut, Health, QueueOut, StoreOut, UrlIn, batch_of, check_of
from space.api.upload import OVERHEAD, receive, too_large
from space.core.job import Job
from space.core.links import BATCHES, PREFIX, links_of
from space.core.ownership import OwnerSecret, new_secret, owner_in, owner_of, require_owner
from space.core.problem_details import Problem, problem_of
from space.jobs.queue import Jobs
from space.middleware.localize import declared
from space.middleware.rate_limit import caller_of
from space.runtime.engine_host import EngineHost
from telltale.core.errors import BadRequest

JSON_BYTES = 65_536
BATCH_BYTES = 1_000_000
"""The largest JSON bodies that are read."""
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
ALIVE = ": still here\n\n"
PROBLEMS: dict[int | str, dict] = {
    "default": {
        "model": Problem,
        "description": "A problem document",
        "content": {"application/problem+json": {"examples": openapi_examples.PROBLEMS}},
    },
}
BINARY = {"type": "string", "format": "binary"}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": UrlIn.model_json_schema(), "example": openapi_examples.URL},
            "multipart/form-data": {
                "schema": {
                    "oneOf": [
                        {"type": "object", "required": ["file"], "properties": {"file": BINARY}},
                        {
                            "type": "object",
                            "required": ["frames[]", "times[]"],
                            "properties": {
                                "frames[]": {"type": "array", "items": BINARY, "minItems": 1, "maxItems": 64},
                                "times[]": {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 1, "maxItems": 64},
                                "name": {"type": "string", "maxLength": 200},
                            },
                        },
                    ]
                },
                "encoding": {"frames[]": {"contentType": "image/jpeg, image/png, image/webp"}},
            },
        },
    }
}

BATCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": BatchIn.model_json_schema(), "example": openapi_examples.URLS}},
    }
}
KEY = "A name of your own for this request: sent again with the same body, it is the same check; with another, it is refused."

IdempotencyKey = Annotated[str | None, Header(description=KEY, json_schema_extra={"pattern": r"^[!-~]([ -~]{0,253}[!-~])?$"})]

router = APIRouter(responses=PROBLEMS, dependencies=[Depends(declared)], generate_unique_id_function=lambda route: route.name)


def jobs_of(request: Request) -> Jobs:
    """The queue of the server that answers."""
    return request.app.state.jobs


def caller(request: Request) -> str:
    """Who asks."""
    return caller_of(request.scope, request.app.state.settings.trusted_proxy_hops)


@router.post(
    PREFIX,
    status_code=202,
    openapi_extra=BODY,
    responses={202: response_example(openapi_examples.ACCEPTED, links=openapi_examples.CHECK_LINKS)},
)
async def submit(request: Request, idempotency_key: IdempotencyKey = None, telltale_owner: OwnerSecret = None) -> Accepted:
    """Ask for a check of an address or of an uploaded file. An owner's same input under the same model is the same check."""
    request.app.state.callers.check(caller(request))
    key = key_in(idempotency_key)
    secret = new_secret() if telltale_owner is None else telltale_owner
    owner = owner_of(secret)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        job = await submit_file(request, key, owner)
    elif kind == "application/json":
        job = await submit_url(request, key, owner)
    else:
        raise BadRequest("request.invalid", "body")
    told = secret if telltale_owner is None and job.owner == owner else None
    return Accepted(id=job.id, state=job.state, links=links_of(job.id), owner_secret=told)


async def submit_file(request: Request, key: str | None, owner: str) -> Job:
    """Take the file to disk and queue it. A length that is told and too large is refused before the body is read."""
    limit = request.app.state.settings.max_upload_bytes
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit + OVERHEAD:
        raise too_large(limit)
    upload = await receive(request.stream(), request.headers["content-type"], request.app.state.store.uploads, limit)
    return await run_in_threadpool(jobs_of(request).submit_file, upload, caller(request), key, owner)


async def submit_url(request: Request, key: str | None, owner: str) -> Job:
    """Queue the JSON's address."""
    body = await read_body(request, JSON_BYTES)
    try:
        url = UrlIn.model_validate_json(body).url
    except ValidationError as error:
        raise BadRequest("request.invalid", "url_json", most=LONGEST_ADDRESS) from error
    return await run_in_threadpool(jobs_of(request).submit_url, url, caller(request), key, owner)


async def read_body(request: Request, most: int) -> bytes:
    """The JSON, no more of it than makes sense."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BadRequest("request.too_large", "json")
    return body


@router.post(
    BATCHES,
    status_code=202,
    openapi_extra=BATCH_BODY,
    responses={202: response_example(openapi_examples.BATCH, links=openapi_examples.BATCH_LINKS)},
)
async def submit_batch(request: Request, telltale_owner: OwnerSecret = None) -> BatchOut:
    """Ask for checks of up to 100 addresses. Each is accepted or refused by itself."""
    secret = new_secret() if telltale_owner is None else telltale_owner
    owner = owner_of(secret)
    body = await read_body(request, BATCH_BYTES)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind != "application/json":
            raise ValueError(kind)
        urls = BatchIn.model_validate_json(body).urls
    except ValueError as error:
        raise BadRequest("request.invalid", "urls_json", most=MOST) from error
    state = request.app.state
    batch = await run_in_threadpool(state.batches.submit, urls, caller(request), state.callers.check, owner)
    return batch_of(batch, secret if telltale_owner is None else None)


@router.get(BATCHES + "/{id}", responses={200: response_example(openapi_examples.BATCH)})
def read_batch(request: Request, id: str) -> BatchOut:
    """Every check of a batch: its state, and where its Report is."""
    return batch_of(request.app.state.batches.get(id))


@router.delete(BATCHES + "/{id}", responses={200: response_example(openapi_examples.BATCH)})
def cancel_batch(request: Request, id: str, forget: bool = False, telltale_owner: OwnerSecret = None) -> BatchOut:
    """Cancel every check of a batch that has not ended; with ``forget`` the batch and all of its checks are deleted. Its owner's alone."""
    batches = request.app.state.batches
    require_owner(batches.owner(id), owner_in(telltale_owner))
    return batch_of(batches.forget(id) if forget else batches.cancel(id))


@router.get(
    BATCHES + "/{id}/events",
    response_class=StreamingResponse,
    responses={200: response_example(openapi_examples.BATCH_EVENT, "text/event-stream")},
)
async def batch_events(request: Request, id: str) -> StreamingResponse:
    """The same JSON as server-sent events: now, after every change, and for the last time when all checks have ended."""
    changes = request.app.state.batches.events(id)
    first = await anext(changes)

    async def stream() -> AsyncIterator[str]:
        yield f"data: {batch_of(first).model_dump_json()}\n\n"
        async for batch in changes:
            yield f"data: {batch_of(batch).model_dump_json()}\n\n" if batch else ALIVE

    return StreamingResponse(stream(), media_type="text/event-stream", headers=UNBUFFERED)


@router.get(PREFIX + "/{id}", responses={200: response_example(openapi_examples.CHECK)})
def read(request: Request, id: str, telltale_owner: OwnerSecret = None) -> CheckOut:
    """One check: its state, progress, Report or error."""
    return check_of(jobs_of(request).get(id), owner_in(telltale_owner))


@router.delete(PREFIX + "/{id}", responses={200: response_example(openapi_examples.CANCELLED)})
def cancel(request: Request, id: str, forget: bool = False, telltale_owner: OwnerSecret = None) -> CheckOut:
    """Cancel a check that has not ended; one that has ended stays as it is, unless it is to be forgotten: then all of it is deleted.

    Its owner's alone.
    """
    jobs, owner = jobs_of(request), owner_in(telltale_owner)
    require_owner(jobs.get(id).owner, owner)
    return check_of(jobs.forget(id) if forget else jobs.cancel(id), owner)


@router.get(
    PREFIX + "/{id}/events",
    response_class=StreamingResponse,
    responses={200: response_example(openapi_examples.EVENT, "text/event-stream")},
)
async def events(request: Request, id: str, telltale_owner: OwnerSecret = None) -> StreamingResponse:
    """The same JSON as server-sent events: now, after every change, and for the last time when the check has ended."""
    owner = owner_in(telltale_owner)
    changes = jobs_of(request).events(id)
    first = await anext(changes)  # an unknown id is a 404, not a stream

    async def stream() -> AsyncIterator[str]:
        yield event(first, owner)
        async for job in changes:
            yield event(job, owner)

    return StreamingResponse(stream(), media_type="text/event-stream", headers=UNBUFFERED)


def event(job: Job | None, owner: str | None) -> str:
    """One server-sent event, or a comment that keeps the line open."""
    return f"id: {job.version}\ndata: {check_of(job, owner).model_dump_json()}\n\n" if job else ALIVE


@router.get(PREFIX + "/{id}/evidence/{name}.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def picture(request: Request, id: str, name: str) -> Response:
    """One of the pictures that a Report names."""
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return Response(jobs_of(request).picture(id, f"{name}.jpg"), media_type="image/jpeg", headers=headers)


@router.get("/health", responses={200: response_example(openapi_examples.HEALTH)})
def health(request: Request, response: Response) -> Health:
    """Whether checks can run, on which model, and how many wait. 503 where the model could not be loaded."""
    room: EngineHost = request.app.state.room
    model = revision = engine = detector = None
    if room.state == "ready":
        model, revision, engine, detector = room.identity()
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


@router.get("/metrics", response_class=PlainTextResponse, responses={200: response_example(openapi_examples.METRICS, "text/plain")})
def metrics(request: Request) -> Response:
    """How many checks ended how, how long they took, and how full the queue is, in Prometheus's text format."""
    state = request.app.state
    return Response(state.metrics.text(state.jobs.counts(), state.room.state == "ready"), media_type=MEDIA_TYPE)

"""Problem documents (RFC 9457): the one shape in which the API tells an error, whatever raised it."""

import errno
import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from space.core.job import BUG, JobError, RateLimited
from telltale.core.errors import CODES, TelltaleError
from telltale.core.report import Params

log = logging.getLogger(__name__)

GONE = JobError("request.invalid", "broken_off")


SHORT = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What the system says where it has no more to give just now."""
STRAINED = JobError("internal", "strained")
STRAINED_WAIT = "10"
"""Seconds after which to try again."""


class Problem(BaseModel):
    """``title`` is the status in words, ``detail`` the message in the caller's language, ``code`` the stable name for a program.

    ``variant`` and ``params`` say which of the code's messages it is, and with what: ``error.<code>.<variant>`` in the catalogue. Without
    a variant (null) there is only the ``detail`` in English, as an older version stored it.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    variant: str | None = ""
    params: Params = Field(default_factory=dict)


class ProblemResponse(JSONResponse):
    """A problem document on the wire."""

    media_type = "application/problem+json"


def problem_of(fault: JobError, status: int | None = None) -> Problem:
    """The document of a fault; its status follows from its code."""
    status = status or CODES[fault.code].status
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=fault.render(),
        code=fault.code,
        variant=fault.variant if fault.text is None else None,
        params=fault.params,
    )


def respond(fault: JobError, status: int | None = None, headers: dict[str, str] | None = None) -> ProblemResponse:
    """The response that tells a fault."""
    problem = problem_of(fault, status)
    return ProblemResponse(problem.model_dump(), problem.status, headers)


def install(app: FastAPI) -> None:
    """Let every error of ``app`` leave as a problem document."""

    @app.exception_handler(TelltaleError)
    async def on_telltale_error(request: Request, error: TelltaleError) -> ProblemResponse:
        request.app.state.metrics.count_refused(error.code)
        full = error.code == "job.queue_full"
        wait = (
            error.wait if isinstance(error, RateLimited) else await run_in_threadpool(request.app.state.jobs.retry_after) if full else None
        )
        return respond(JobError.of(error), headers={"Retry-After": str(wait)} if wait else None)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
        request.app.state.metrics.count_refused("request.invalid")
        places = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
        return respond(JobError("request.invalid", "shape", {"places": places}))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> ProblemResponse:
        request.app.state.metrics.count_refused("request.invalid")
        what = f"{request.method} {request.url.path}"
        fault = JobError("request.invalid", "http", {"reason": str(error.detail), "what": what})
        return respond(fault, error.status_code, dict(error.headers or {}))

    @app.exception_handler(ClientDisconnect)
    async def on_disconnect(request: Request, error: ClientDisconnect) -> ProblemResponse:
        return respond(GONE)  # nobody reads it, and no traceback is written for whoever hangs up

    @app.exception_handler(DBAPIError)
    @app.exception_handler(OSError)
    async def on_overload(request: Request, error: DBAPIError | OSError) -> ProblemResponse:
        if isinstance(error, OSError) and error.errno not in SHORT:
            raise error
        log.warning("a request was not served: %s", type(error.orig if isinstance(error, DBAPIError) else error).__name__)
        request.app.state.metrics.count_refused(STRAINED.code)
        return respond(STRAINED, 503, {"Retry-After": STRAINED_WAIT})

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> ProblemResponse:
        request.app.state.metrics.count_refused(BUG.code)
        return respond(BUG)  # the traceback is logged by the server: this handler does not end it

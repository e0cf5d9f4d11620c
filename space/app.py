"""The server: one application of API and page over the queue of checks, and its start.

    telltale serve --port 7860          or          python -m space.app

See also: any of the three (``space/api/routes.py``, ``space/page/gradio_app.py``, ``space/jobs/queue.py``).
"""

import logging
import resource
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI, Request
from starlette.routing import Route

from space.api import docs_page, downloads, routes
from space.api.batches import Batches
from space.api.mcp import PATHS, McpServer
from space.api.openapi import Described
from space.api.prometheus import Metrics
from space.core import problem_details
from space.core.allowed_hosts import hosts_of
from space.core.settings import Settings
from space.middleware.bearer_auth import BearerAuthMiddleware
from space.middleware.body_limit import BodyLimitMiddleware
from space.middleware.cross_origin import CrossOriginMiddleware
from space.middleware.localize import LocalizationMiddleware
from space.middleware.not_found import absent_of
from space.middleware.rate_limit import RateLimiter, caller_of
from space.middleware.rate_limit_postgres import SharedRateLimiter
from space.middleware.root_path import RootPathMiddleware
from space.middleware.route_allowlist import RouteAllowlistMiddleware
from space.middleware.security_headers import SecurityHeadersMiddleware
from space.middleware.slow_clients import SlowClientProtocol
from space.runtime.cpu_priority import hand_over_soon
from space.runtime.malloc import loading
from space.runtime.runtime import open_runtime
from space.runtime.supervisor import WorkerSupervisor

log = logging.getLogger(__name__)

MOST_FILES = 65_536
SEND_BUFFER = 262_144
"""Bytes that the system keeps of an answer for one reader: what nobody reads must not fill the memory."""


def create_app(settings: Settings) -> FastAPI:
    """The whole server, page and all, as an ASGI application. Raises BadRequest where the store is in use."""
    from space.page.gradio_app import mount_page  # Gradio takes seconds to import
    from space.page.preview import PreviewMiddleware

    app = create_api(settings)
    mount_page(app, app.state.jobs, app.state.admit, max_bytes=settings.max_upload_bytes, keep_hours=settings.retention_hours)
    app.add_middleware(PreviewMiddleware, jobs=app.state.jobs, proxies=settings.trusted_proxy_hops)
    return app


def create_api(settings: Settings) -> FastAPI:
    """API and queue without the page. Once it is started, the engine loads and the queue is worked off in the background."""
    metrics = Metrics()
    shop = open_runtime(settings, metrics.count_ended)
    store, room, jobs = shop.store, shop.room, shop.jobs
    staff = WorkerSupervisor(settings, max(settings.worker_processes - 1, 0))

    def work() -> None:
        room.load()
        if settings.worker_processes:
            jobs.work()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.recover()
        worker = threading.Thread(target=work, name="worker", daemon=True)
        worker.start()
        staff.start()
        yield
        jobs.stop()
        await assistants.close()
        staff.stop()
        worker.join(timeout=5)
        if not worker.is_alive():  # else it ends with the process, and the next start tells the truth about its check
            store.close()

    app = Described(
        title="Telltale", root_path=settings.root_path, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json"
    )
    app.state.settings, app.state.store, app.state.room, app.state.jobs = settings, store, room, jobs
    app.state.batches = Batches(store, jobs)
    app.state.metrics = metrics
    per_minute = settings.rate_limit_per_minute
    app.state.callers = callers = SharedRateLimiter(per_minute, store.database) if store.is_shared else RateLimiter(per_minute)

    def check_rate(request: Request) -> str:
        caller = caller_of(request.scope, settings.trusted_proxy_hops)
        callers.check(caller)
        return caller

    app.state.admit = check_rate
    problem_details.install(app)
    app.include_router(downloads.router)  # before the API's last route, which says no to everything else
    app.include_router(routes.router)
    app.include_router(docs_page.router)
    app.state.assistants = assistants = McpServer(jobs, check_rate, metrics.count_refused)
    app.router.routes += [*absent_of([*downloads.router.routes, *routes.router.routes]), *(Route(path, assistants) for path in PATHS)]
    app.add_middleware(BodyLimitMiddleware, refused=metrics.count_refused)
    app.add_middleware(RouteAllowlistMiddleware, refused=metrics.count_refused)
    app.add_middleware(
        BearerAuthMiddleware, refused=metrics.count_refused, tokens=[token.get_secret_value() for token in settings.api_tokens]
    )
    app.add_middleware(
        CrossOriginMiddleware,
        refused=metrics.count_refused,
        hosts=hosts_of(settings.host, settings.allowed_hosts, settings.space_host),
        origins=settings.cors_origins,
    )
    app.add_middleware(LocalizationMiddleware)
    app.add_middleware(SecurityHeadersMiddleware)  # outermost: refusals carry them too
    if settings.root_path:
        app.add_middleware(RootPathMiddleware, root_path=settings.root_path)
    return app


def serve(settings: Settings) -> None:
    """Run the server until it is told to stop. Raises BadRequest where the store is in use."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    log.info(
        "opening http://%s:%s, checks are kept in %s",
        settings.host,
        settings.port,
        "PostgreSQL" if settings.database else settings.data_dir,
    )
    hand_over_soon()
    hold_many()

    def make_app() -> FastAPI:
        with loading():
            return create_app(settings)

    config = uvicorn.Config(
        make_app,
        factory=True,
        host=settings.host,
        port=settings.port,
        http=SlowClientProtocol,
        timeout_graceful_shutdown=3,
        log_level="warning",
    )
    with config.bind_socket() as listening:  # before anything is loaded: a port in use ends the process here, with its sentence
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        uvicorn.Server(config).run(sockets=[listening])


def hold_many() -> None:
    """As many open files, and with them connections, as the system gives for the asking: its first offer is often 1,024."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # "without limit" is more than some systems give
        resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES), most))


if __name__ == "__main__":
    from telltale.cli.main import app

    app(["serve"])

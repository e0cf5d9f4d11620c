"""Promise 6: a web page cannot make a localhost service work, and nobody can wear it out from the door.

    python -m tests.promises.doors [--short] [--sabotage gate]

A real server whose checks stand still is asked by other names, other sites' pages and in other content types; for files by their paths; for
more than fits, by a byte a second, and by a thousand at once, while somebody looks at ``/health``. In the short form the window in which a
slow connection is found is 1 second in place of 10, and the numbers are smaller.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from tests.promises.doors_load import Health, all_cut, event_streams, pour, slow_upload
from tests.promises.doors_strangers import CANARY, FORMS, HELD, PATHS, SECRETS, Asked, leaked, strangers
from tests.promises.promise import Demand, Plan, Suite, main
from tests.promises.standing import NO_PAGE, SHORT_WINDOW, Standing, standing

CHECKS = "/api/v1/checks"
HEALTH = 0.5
"""Seconds within which /health is asked to answer."""
MORE = 50.0
"""Megabytes that the server may grow by."""
SWITCHES = {
    "gate": ("space.middleware.cross_origin:CrossOriginMiddleware._refusal", "the Host, Origin and content-type checks"),
    "shut": ("space.middleware.route_allowlist:is_open", "the list of Gradio's routes that are open"),
    "bodies": ("space.middleware.body_limit:BodyLimitMiddleware.__call__", "the bound of bodies that are no files"),
    "patience": ("space.middleware.slow_clients:SlowClientProtocol._check_pace", "the cutting of slow connections"),
    "watch": ("space.jobs.change_poller:Watch.change", "the one look for all event streams: each looks by itself"),
}


# What the guards are replaced by, in the server.


def let_in(*_: object) -> None:
    """Instead of the gate's judgement, and of the look at slow connections."""


def all_open(_: str) -> bool:
    """Instead of the list of open routes; Gradio may then do as it does."""
    return True


async def unbounded(self: object, scope: dict, receive: object, send: object) -> None:
    """Instead of the bound of bodies."""
    await self._app(scope, receive, send)  # type: ignore[attr-defined]


async def alone(self: object, id: str, known: object, seconds: float) -> bool:
    """Instead of the common look: each stream for itself, five times a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(0.2)
        if (await asyncio.to_thread(self._look, {id})).get(id) != known:  # type: ignore[attr-defined]
            return True
    return False


LENIENT = {"gate": "let_in", "shut": "all_open", "bodies": "unbounded", "patience": "let_in", "watch": "alone"}


# What is measured.


def status_of(http: httpx.Client, asked: Asked) -> int:
    """What is answered; 200 where nothing is answered for long: whoever waits for a check's end was let in."""
    try:
        answer = http.send(asked.request(http), stream=True)
    except httpx.ReadTimeout:
        return 200
    answer.close()
    return answer.status_code


def of_strangers(server: Standing, plan: Plan) -> Iterator[Demand]:
    """Rebinding, other origins, content types."""
    with httpx.Client(base_url=server.url, timeout=60) as http:
        found: list[tuple[Asked, int]] = [(asked, status_of(http, asked)) for asked in strangers(server.port)]
        taken = server.taken()
        let = [f"{asked.what} {status}" for asked, status in found if status not in (400, 403, 404, 405, 421, 422)]
        yield Demand("checks made by other names, sites and content types", f"{taken} of {len(found)}", "0", taken == 0)
        yield Demand("such requests that were not refused", f"{len(let)} of {len(found)} {'; '.join(let[:3])}", "0", not let)
        own = http.post(
            CHECKS, json={"url": "https://example.org/own.mp4"}, headers={"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        )
        plain = http.post(CHECKS, json={"url": "https://example.org/program.mp4"})
        yield Demand(
            "its own page and a program", f"{own.status_code}, {plain.status_code}", "202, 202", is_taken(own, plain), control=True
        )


def is_taken(*answers: httpx.Response) -> bool:
    """Whether each was accepted."""
    return all(answer.status_code == 202 for answer in answers)


def of_files(server: Standing, plan: Plan) -> Iterator[Demand]:
    """Files by their path, and what the page tells of itself."""
    statuses = {form: asyncio.run(raw(server.port, form)) for form in FORMS}
    open_ = {form: status for form, (status, body) in statuses.items() if status not in (400, 403, 404) or HELD in body}
    yield Demand("files handed out by /gradio_api/file= and the like", f"{len(open_)} of {len(FORMS)} {open_ or ''}", "0", not open_)
    reached = {path: status for path in PATHS if (status := asyncio.run(raw(server.port, path))[0]) not in (403, 404, 405)}
    yield Demand("Gradio's other routes", f"{len(reached)} of {len(PATHS)} open {reached or ''}", "0", not reached)
    with httpx.Client(base_url=server.url, timeout=60) as http:
        told = leaked(http, (str(server.folder), *SECRETS))
        yield Demand("paths and secrets told by /config, the page, problems", "; ".join(told) or "none", "none", not told)
        page = [http.get(path).status_code for path in ("/", "/config", "/gradio_api/info", "/theme.css", "/page/page.js")]
        yield Demand("what the page needs", str(page), "200 each", page == [200] * 5, control=True)


async def raw(port: int, target: str) -> tuple[int, bytes]:
    """GET just this, as it stands: a client library would tidy it. -> status and the body's beginning."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    try:
        async with asyncio.timeout(60):
            told = await reader.read(60_000)
    finally:
        writer.close()
    return (int(told.split()[1]) if told else 0), told.partition(b"\r\n\r\n")[2]


def of_bodies(server: Standing, plan: Plan) -> Iterator[Demand]:
    """More than fits: parts, fields, JSON, ranges."""
    endless = 64_000_000 if plan.short else 2_000_000_000
    before = server.megabytes
    form = "Content-Type: multipart/form-data; boundary=edge\r\nTransfer-Encoding: chunked\r\n\r\n"
    start = f"POST {CHECKS} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    nameless = b"--edge\r\nContent-Disposition: form-data\r\n\r\n"
    health = Health(server.url)
    with health.watched(), httpx.Client(base_url=server.url, timeout=60) as http:
        poured = pour(server.port, start + form, nameless, endless)
        yield bounded("an endless nameless field", poured, (413, 422), 16e6)
        header = pour(server.port, start + form, b"--edge\r\nContent-Disposition: form-data; x=", endless)
        yield bounded("an endless header of a part", header, (413, 422), 16e6)
        parts = b"".join(b'--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' for _ in range(10_000)) + b"--edge--\r\n"
        status, took = timed(http, CHECKS, parts, "multipart/form-data; boundary=edge")
        yield Demand("a form of 10,000 parts", f"{status} in {took:.2f} s", "422 in 1 s", status == 422 and took < 1)
        large = json.dumps({"url": "https://example.org/" + "a" * 10_000_000, "data": ["x" * 10]}).encode()
        doors = (CHECKS, "/api/v1/batches", "/mcp", "/gradio_api/queue/join", "/gradio_api/call/check", "/gradio_api/component_server")
        sizes = {door: timed(http, door, large, "application/json")[0] for door in doors}
        missed = {door: status for door, status in sizes.items() if status != 413}
        yield Demand("10 MB of JSON at each door", f"{len(sizes) - len(missed)} of {len(sizes)} 413 {missed or ''}", "413", not missed)
        chunked = pour(server.port, "POST /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1\r\n" + JSON, b'{"data": ["', endless)
        yield bounded("endless JSON at Gradio's queue", chunked, (413,), 16e6)
        ranges = "bytes=" + ",".join(f"{2 * place}-{2 * place}" for place in range(5_000)) + "," + ",".join(["0-"] * 5_000)
        began = time.monotonic()
        answer = http.get("/page/page.js" if plan.off is None else "/api/v1/openapi.json", headers={"Range": ranges})
        took, size = time.monotonic() - began, len(answer.content)
        yield Demand("10,000 ranges", f"{answer.status_code}, {size / 1e6:.2f} MB in {took:.2f} s", "1 MB in 1 s", size < 1e6 and took < 1)
        long = " ".join(f"{place}." for place in range(400))
        began = time.monotonic()
        status = http.get(f"/api/v1/{long}", params={"lang": "de"}).status_code
        took = time.monotonic() - began
        yield Demand("400 sentences to translate", f"{status} in {took:.2f} s", "404 in 1 s", status == 404 and took < 1)
        sound = http.post(CHECKS, json={"url": "https://example.org/body.mp4"})
        yield Demand("an address of the usual length", str(sound.status_code), "202", is_taken(sound), control=True)
    yield from of_health(health, plan, "large bodies")
    grown = server.megabytes - before
    yield Demand("memory after all of it", f"{grown:+.0f} MB", f"<= {MORE:.0f} MB more", grown <= MORE)


JSON = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def bounded(what: str, poured: tuple[int, int, float], asked: tuple[int, ...], most: float) -> Demand:
    """Refused before much of it was taken."""
    status, sent, took = poured
    return Demand(
        what, f"{status} after {sent / 1e6:.1f} MB, {took:.1f} s", f"{asked[0]} within {most / 1e6:.0f} MB", status in asked and sent < most
    )


def timed(http: httpx.Client, path: str, body: bytes, kind: str) -> tuple[int, float]:
    """Status (0 where the line was cut) and seconds of one POST."""
    began = time.monotonic()
    try:
        status = http.post(path, content=body, headers={"Content-Type": kind}).status_code
    except httpx.TransportError:
        status = 0
    return status, time.monotonic() - began


def of_health(health: Health, plan: Plan, during: str) -> Iterator[Demand]:
    """How long its looks took. In the short form, beside other tests, all but one of twenty."""
    took = sorted(health.took)
    worst = took[-1 - len(took) // 20] if plan.short else took[-1]
    figure = f"{1000 * took[-1]:.0f} ms at most, {1000 * took[len(took) // 2]:.0f} ms in the middle, {len(took)} looks"
    yield Demand(f"/health during {during}", figure, f"<= {1000 * HEALTH:.0f} ms", worst <= HEALTH)


def of_patience(server: Standing, plan: Plan) -> Iterator[Demand]:
    """200 connections at a byte a second, and others that say or read nothing."""
    each, window = (20, 1.0) if plan.short else (200, 10.0)
    health, asked = Health(server.url), 3 * window
    with health.watched():
        found = asyncio.run(all_cut(server.port, each, asked + 4))
    for kind, times in found.items():
        cut = [took for took in times if took is not None and took <= asked + 1]
        figure = f"{len(cut)} of {len(times)} cut, the last after {max(cut, default=0):.1f} s"
        yield Demand(f"slow {kind}, a byte a second", figure, f"all within {asked:.0f} s", len(cut) == len(times))
    yield from of_health(health, plan, f"{sum(map(len, found.values()))} slow connections")
    status = asyncio.run(slow_upload(server.port, 3.5 * window, 20_000))
    yield Demand("an honest upload at 160 kbit/s", str(status), "202", status == 202, control=True)


def of_streams(server: Standing, plan: Plan) -> Iterator[Demand]:
    """Idle event streams."""
    count, seconds = (300, 2.0) if plan.short else (1_000, 10.0)
    id = httpx.post(server.url + CHECKS, json={"url": "https://example.org/waits.mp4"}, timeout=60).json()["id"]
    health = Health(server.url)
    with event_streams(server.port, id, count) as good:
        yield Demand("streams that gave their first event", f"{good} of {count}", "all", good == count, control=True)
        before, began = server.seconds, time.monotonic()
        with health.watched():
            time.sleep(seconds)
        busy = (server.seconds - before) / (time.monotonic() - began)
    yield Demand(f"processor for {count} idle event streams", f"{100 * busy:.0f} % of one", "<= 25 %", busy <= 0.25)
    yield from of_health(health, plan, f"{count} idle event streams")


PARTS: dict[str, Callable[[Standing, Plan], Iterator[Demand]]] = {
    "gate": of_strangers,
    "shut": of_files,
    "bodies": of_bodies,
    "watch": of_streams,
    "patience": of_patience,
}


def measure(plan: Plan) -> Iterator[Demand]:
    """All parts on one server; with a guard off, the part that shows it."""
    guards = dict(SHORT_WINDOW) if plan.short else {}
    if plan.off:
        guards |= {SWITCHES[plan.off][0]: f"tests.promises.doors:{LENIENT[plan.off]}"}
        guards |= NO_PAGE if plan.off in ("gate", "patience", "watch") else {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "held.txt").write_bytes(HELD)
        with standing(Path(folder), guards, {"TELLTALE_MAX_QUEUED": "1000", **CANARY}) as server:
            for part in [plan.off] if plan.off else PARTS:
                yield from PARTS[part](server, plan)
            alive = Path(f"/proc/{server.pid}").exists() and httpx.get(f"{server.url}/health", timeout=60).status_code == 200
            yield Demand("the same process answers in the end", str(alive), "True", alive, control=True)


SUITE = Suite(
    6,
    "doors",
    "A web page cannot make a localhost service work, and what comes in at the door is bounded.",
    measure,
    switches={name: what for name, (_, what) in SWITCHES.items()},
    covers="Not covered: floods that fill the network itself, and many addresses at once; that is a proxy's work.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

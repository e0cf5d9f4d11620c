"""Promise 3: an accepted job is never lost or done twice, whatever fails under it.

    python -m tests.promises.jobs [--short] [--sabotage SWITCH]

Servers of the real API, queue, worker and store on SQLite, on a disk of 24 MB and without a home; the check itself is stood in for, but
fetches for real. Every 202 is kept by the client and compared with the server's own list at the end; all is asked for by name, and again
until it is answered. See also: kill -9 at named points (``benchmarks.server.crash_recovery``), PostgreSQL's workers
(``tests/space/jobs/test_workers.py``, ``tests/space/runtime/test_supervisor.py``).
"""

import errno
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.promises import jobs_alone
from tests.promises.jobs_ground import Ground, ground
from tests.promises.jobs_stand_in import HOG
from tests.promises.promise import Demand, Plan, Suite, main

DAY = 86_400.0
Fault = Callable[[Ground, Plan], Iterator[Demand]]


def told(outcomes: list[str]) -> str:
    """Outcomes, counted."""
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(Counter(outcomes).items())) or "none"


def all_done(what: str, outcomes: list[str]) -> Demand:
    """Each of them has a result."""
    return Demand(what, told(outcomes), f"{len(outcomes)} done", all(outcome == "done" for outcome in outcomes))


def sound(at: Ground, _: Plan) -> Iterator[Demand]:
    """Without a fault."""
    address = at.site.file("/sound.mp4", at.film("address"))
    found = [at.outcome(at.insist("sound-file")), at.outcome(at.insist("sound-address", url=address))]
    yield Demand("a file and an address without any fault", told(found), "2 done", found == ["done"] * 2, control=True)


def twice_asked(at: Ground, _: Plan) -> Iterator[Demand]:
    """The answer to a request is lost, and it is sent again."""
    before = at.kept()
    ids = {at.insist("again"), at.accepted.pop("again", None), at.insist("again"), at.insist("again")}
    more = len(at.kept() - before)
    yield Demand("checks made by one request that is sent three times", f"{more}", "1", more == 1 and len(ids) == 1)


def disk_full(at: Ground, plan: Plan) -> Iterator[Demand]:
    """No byte more fits on the disk, while three checks wait or run."""
    if not at.is_small:
        yield Demand("the disk is full", "no mount namespace here", "0 lost", None)
        return
    names = [f"full-{place}" for place in range(3)]
    ids = [at.insist(name) for name in names]
    filler = at.seen / "filler"
    before = len(at.statuses)
    with filler.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC
                size //= 2
        new = [at.ask(f"fuller-{place}", timeout=5) for place in range(2)]
        alive = at.health()
        time.sleep(2 if plan.short else 20)
    filler.unlink()
    found = [at.outcome(id) for id in ids]
    kinds = {"done", "failed job.interrupted"}
    yield Demand("checks under way when the disk is full", told(found), "each done, or told why", set(found) <= kinds)
    refused = at.statuses[before:]
    yield Demand("new checks on a full disk", f"{new.count(None)} of 2 not taken, status {refused}", "503", set(refused) <= {503})
    yield Demand("/health on a full disk", f"{alive}", "200", alive == 200)
    yield all_done("checks asked for again when there is room", [at.outcome(at.insist(f"fuller-{place}")) for place in range(2)])


def locked(at: Ground, plan: Plan) -> Iterator[Demand]:
    """Somebody else holds both databases, with a check under way."""
    seconds = 3.0 if plan.short else 30.0
    first = at.insist("locked-0")
    for name in ("checks", "workflows"):
        at.meddle("SELECT 1", name=name, hold=seconds)
    until = time.monotonic() + seconds
    asking = [threading.Thread(target=at.insist, args=(f"locked-{place}",), kwargs={"seconds": 90}) for place in (1, 2)]
    for thread in asking:
        thread.start()
    alive = at.health()
    time.sleep(max(0.0, until - time.monotonic()))
    for thread in asking:
        thread.join()
    found = [at.outcome(id, 60) for id in (first, *(at.accepted.get(f"locked-{place}") for place in (1, 2)))]
    yield all_done(f"checks while the database is locked for {seconds:.0f} s", found)
    yield Demand("/health while the database is locked", f"{alive}", "200", alive == 200)


def clock_jumps(at: Ground, _: Plan) -> Iterator[Demand]:
    """A day forward, two back, and right again; a check is under way at each jump."""
    ids = []
    for place, offset in enumerate((DAY, -DAY, 0.0)):
        ids.append(at.insist(f"clock-{place}"))
        at.set_clock(offset)
        ids.append(at.insist(f"clock-{place}-after"))
    yield all_done("checks while the clock jumps by a day, both ways", [at.outcome(id) for id in ids])


def network(at: Ground, plan: Plan) -> Iterator[Demand]:
    """The line is cut in the middle, or falls silent; no name is known."""
    whole = at.film("cut")
    at.site.answers["/cut.mp4"] = (200, {"Content-Type": "video/mp4", "Content-Length": str(2 * len(whole))}, whole)
    places = {"cut": f"{at.site.url}/cut.mp4", "silent": f"{at.site.url}/drip.mp4", "nameless": "http://video.example.org/a.mp4"}
    if plan.short:  # it takes as long as a fetch may take
        del places["silent"]
    ids = {name: at.insist(name, url=url) for name, url in places.items()}
    for name, id in ids.items():
        found = at.outcome(id, 60)
        yield Demand(f"an address whose server is {name}", found, "failed fetch.…", found.startswith("failed fetch."))


def sigterm(at: Ground, plan: Plan) -> Iterator[Demand]:
    """The server is told to end while eight checks wait or run, and one more is being asked for; begun again, it does them all."""
    slow = 0.8
    for round in range(1 if plan.short else 10):
        ids = [at.insist(f"term-{round}-{place}") for place in range(8)]
        late = threading.Thread(target=at.insist, args=(f"term-{round}-late",))
        late.start()
        time.sleep(slow * round / 10)
        gone = at.end(signal.SIGTERM)
        at.start()
        late.join()
        found = [at.outcome(id) for id in (*ids, at.accepted.get(f"term-{round}-late"))]
        if not gone or set(found) != {"done"}:
            break
    yield all_done(f"checks over SIGTERM during 8 jobs, {round + 1} times", found)
    yield Demand("the server ends when it is told to", "yes" if gone else "no", "yes", gone)


def after_commit(at: Ground, plan: Plan) -> Iterator[Demand]:
    """kill -9 with checks waiting and one under way."""
    ids = [at.insist(f"kill-{place}") for place in range(4)]
    at.end(signal.SIGKILL)
    at.start()
    yield all_done("checks over kill -9", [at.outcome(id, 10 if plan.off else 30) for id in ids])


def poison(at: Ground, _: Plan) -> Iterator[Demand]:
    """One check takes its worker's memory; the others behind it must not fall with it."""
    id = at.insist("hog", mark=HOG)
    for place in range(2):
        at.ask(f"behind-{place}")
    deaths = 0
    while deaths < 5:
        deadline = time.monotonic() + 20
        while at.is_up and time.monotonic() < deadline and at.outcome(id, 0.2) == "lost":
            time.sleep(0.1)
        if at.is_up:
            break
        deaths += 1
        at.start(doomed=True)
    found = at.outcome(id, 5)
    kept = (found, deaths) == ("failed job.interrupted", 3)
    yield Demand("a check that kills whoever runs it", f"{found} after {deaths} deaths", "failed job.interrupted after 3", kept)
    if found != "lost":
        yield all_done("the checks behind it", [at.outcome(at.insist(f"behind-{place}")) for place in range(2)])


def corrupted(at: Ground, _: Plan) -> Iterator[Demand]:
    """Garbage in what is only kept to save time: earlier Reports, and DBOS's own tables."""
    at.outcome(at.insist("cached"))
    at.meddle(f"UPDATE checks SET report = substr(report, 1, 40) WHERE id = '{at.accepted['cached']}'")
    address = at.site.file("/cached.mp4", at.film("cached"))
    yield all_done("the same bytes again, with garbage kept of the first time", [at.outcome(at.insist("cached-again", url=address))])
    ids = [at.insist(f"tables-{place}") for place in range(3)]
    at.end(signal.SIGKILL)
    for path in (at.seen / "store").glob("workflows.sqlite3*"):
        path.write_bytes(b"garbage " * 2000) if path.suffix == ".sqlite3" else path.unlink()
    at.start()
    yield all_done("checks over DBOS's tables turned to garbage", [at.outcome(id) for id in ids])


def lists(at: Ground) -> Iterator[Demand]:
    """What the client was told, against what the server has."""
    time.sleep(0.5)
    ours, theirs = set(at.accepted.values()), at.kept()
    what = "202s that the server does not know, and checks that no 202 told of"
    yield Demand(what, f"{len(ours - theirs)} and {len(theirs - ours)} of {len(ours)}", "0 and 0", ours == theirs)
    yield Demand("checks that came to two ends", f"{at.doubled()}", "0", at.doubled() == 0)
    left = [path.name for part in ("tmp", "store/uploads") for path in (at.seen / part).iterdir()]
    yield Demand("files left", f"{len(left)}", "0", not left)


FAULTS: tuple[Fault, ...] = (twice_asked, disk_full, locked, clock_jumps, network, sigterm, after_commit, corrupted, poison)
GUARDS: dict[str, tuple[dict[str, str], tuple[Fault, ...]]] = {
    "requeue": (
        {f"space.jobs.{module}:give_back": "tests.promises.jobs_alone:nothing" for module in ("worker", "queue")},
        (after_commit,),
    ),
    "poison": ({"space.jobs.worker:CRASHES": "tests.promises.jobs_alone:NEVER"}, (poison,)),
    "names": (
        {
            "space.storage.store:find_named": "tests.promises.jobs_alone:nothing",
            "space.storage.store:keep_name": "tests.promises.jobs_alone:nothing",
            "space.storage.store:Store._same": "tests.promises.jobs_alone:NOTHING",
        },
        (twice_asked,),
    ),
    "hands": ({"space.storage.store:Store._changed": "tests.promises.jobs_alone:ANYBODY"}, ()),
}


def measure(plan: Plan) -> Iterator[Demand]:
    """All faults on one ground; with a switch thrown, the faults that it is about."""
    guards, faults = GUARDS[plan.off] if plan.off else ({}, FAULTS)
    yield from jobs_alone.measure(plan)
    if plan.off == "hands":
        return
    impatient = (
        {f"space.{module}:PRAGMAS": "tests.promises.jobs_alone:IMPATIENT" for module in ("storage.database", "jobs.dbos_workflow")}
        if plan.short
        else {}
    )
    with ground(plan.seed, guards | impatient) as at:
        at.start()
        yield from sound(at, plan)
        for fault in faults:
            yield from fault(at, plan)
        yield from lists(at) if not plan.off else ()


SUITE = Suite(
    3,
    "jobs",
    "An accepted job is never lost or done twice.",
    measure,
    switches={
        "requeue": "what a dead worker held is not given back",
        "poison": "a check may take any number of workers with it",
        "names": "a request that is sent again is not recognised",
        "hands": "who lost a check to another worker may still end it",
    },
    covers="A disk that lies about what it has written, and the loss of the machine that holds the database, are not covered.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

"""Promise 8: the same answer twice: one file gives one Report to 1e-4 through every door, in every process, at any time.

The doors: the command line, an upload, an address, the page, a second server, two checks at once. What may differ is what differs: times,
the name under which a file came, and what it cost to fetch. Not covered: other machines, whose processors may round otherwise.

    python -m tests.promises.same [--short] [--sabotage drift]
"""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from telltale.core.report import Report
from telltale.model import scoring as scoring
from telltale.model.classifier import BROWSER
from tests.promises.forms import CLIPS, DATA
from tests.promises.media_doors import Came, Server, command_line, lying, serving
from tests.promises.promise import Demand, Plan, Suite, main
from tests.promises.sabotage import disarmed
from tests.support.media.drawing import draw_face_video
from tests.support.web.web_server import serving as site_serving

MOST = 1e-4
APART = {"timing", "source.name", "source.title", "source.url", "source.bytes_read", "source.requests"}
"""Fields that may differ: they tell of the door, not of the file."""
TOLD = {"decoder": "model.decoder", "detector": "model.detector", "engine": "model.runtime", "model revision": "model.revision"}
TRUE = {"score": scoring.score}
CALLED: list[int] = []
FRAMES = "8"
SOON = 120_000


def measure(plan: Plan) -> Iterator[Demand]:
    """Every clip through every door."""
    with TemporaryDirectory(prefix="same-") as name:
        folder = Path(name)
        paths = clips(folder, plan)
        if plan.short:
            yield from shortly(paths[0], folder, plan)
            return
        with site_serving() as site, serving(folder / "one", frames=FRAMES, test_allow_hosts=site.host) as server:
            first = [server.upload(path) for path in paths]
            line = command_line(paths, folder / "line", None, "--num-frames", FRAMES)[0]
            page = shown(server, paths)
            with serving(folder / "two", frames=FRAMES, test_allow_hosts=site.host) as other:
                for path in paths:
                    site.answers[f"/{path.name}"] = lying(path)
                fetched = at_once(other, {path.name: f"{site.url}/{path.name}" for path in paths})
        yield control(first)
        yield compared("the command line", first, line)
        yield compared("as addresses at another server, all at once", first, fetched)
        yield page if page else Demand("the page", "no Chromium here", "the same", None)
        yield from named(first[0])


def clips(folder: Path, plan: Plan) -> list[Path]:
    """Clips of people; a drawn one where those are not here, and in the short form."""
    real = [] if plan.short else [DATA / name for name in CLIPS if (DATA / name).is_file()]
    copies = [Path(shutil.copyfile(path, folder / f"clip-{number}.mp4")) for number, path in enumerate(real)]
    return [draw_face_video(folder / "drawn.mp4", seconds=1, fps=12, size=(320, 240), people=2), *copies]


def shortly(path: Path, folder: Path, plan: Plan) -> Iterator[Demand]:
    """One file, twice in one process and once in this one, under another name."""
    from telltale.pipeline import check, load_engine

    again = Path(shutil.copyfile(path, folder / "again.mp4"))
    guards = {"drift": DRIFT, "silent": SILENT}.get(plan.off or "", {})
    with disarmed(guards) as environment:
        line = command_line([path, again], folder / "line", environment, "--num-frames", FRAMES)[0]
    here = check(path, load_engine(BROWSER, faces="mtcnn"), frames=int(FRAMES)).model_dump(mode="json")
    yield control(line)
    yield compared("the same file again", line[:1], line[1:])
    yield compared("another process", [Came(path.name, "here", 0.0, here["verdict"], report=here)], line[:1])
    yield from named(line[0])


def at_once(server: Server, addresses: dict[str, str]) -> list[Came]:
    """All addresses asked for at the same moment, by the names of their files."""
    found: dict[str, Came] = {}

    def ask(name: str, url: str) -> None:
        found[name] = server.address(url, name)

    threads = [threading.Thread(target=ask, args=each) for each in addresses.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[name] for name in addresses]


def control(came: list[Came]) -> Demand:
    """There is something to compare: a verdict, and somebody."""
    good = sum(bool(one.report and one.report["people"]) for one in came)
    return Demand("Reports with a face", f"{good} of {len(came)}", "all", good == len(came) > 0, control=True)


def compared(what: str, first: list[Came], other: list[Came]) -> Demand:
    """Field by field: numbers to 1e-4, everything else alike."""
    worst, differ = 0.0, []
    for one, two in zip(first, other, strict=True):
        if one.report is None or two.report is None:
            differ.append(f"{one.name}: {one.code or one.verdict}, {two.code or two.verdict}")
            continue
        fields, again = flat(one.report), flat(two.report)
        for name in sorted(fields.keys() | again.keys()):
            left, right = fields.get(name), again.get(name)
            if isinstance(left, float) and isinstance(right, float):
                worst = max(worst, abs(left - right))
                if abs(left - right) <= MOST:
                    continue
            if left != right:
                differ.append(f"{one.name}: {name} {left!r}, {right!r}"[:120])
    figure = f"at most {worst:.1e} apart in {len(first)} Reports" + (
        f"; {len(differ)} fields differ: {'; '.join(differ[:4])}" if differ else ""
    )
    return Demand(what, figure, f"<= {MOST:g}", not differ and bool(first))


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """A Report's fields by their path, but for those that tell of the door; numbers as floats."""
    if name.strip(".") in APART:
        return {}
    if isinstance(value, dict):
        return {key: one for part, each in value.items() for key, one in flat(each, f"{name}.{part}").items()}
    if isinstance(value, list):
        return {key: one for place, each in enumerate(value) for key, one in flat(each, f"{name}.{place}").items()}
    return {name.strip("."): float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value}


def named(came: Came) -> Iterator[Demand]:
    """What looked is in the Report."""
    fields = flat(came.report)
    for what, place in TOLD.items():
        yield Demand(f"the {what} in the Report", str(fields.get(place) or "not told"), "told", bool(fields.get(place)))


def shown(server: Server, paths: list[Path]) -> Demand | None:
    """What the page shows of the same files, against the Reports that the API gives; None where there is no browser."""
    browser = shutil.which("chromium")
    if browser is None:
        return None
    from playwright.sync_api import sync_playwright

    wrong = []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"]) as opened,
    ):
        for path in paths:
            with path.open("rb") as file:
                id = server.http.post("/api/v1/checks", files={"file": (path.name, file)}).json()["id"]
            report = Report.model_validate(server.http.get(f"/api/v1/checks/{id}").json()["report"])
            page = opened.new_page()
            page.goto(f"{server.url}/?check={id}")
            verdict = page.wait_for_selector(".tt-verdict", timeout=SOON)
            assert verdict
            words, chance = verdict.inner_text(), f"{round(100 * (report.fake_probability or 0))}"
            if report.headline not in words or chance not in words or verdict.get_attribute("data-verdict") != report.verdict:
                wrong.append(f"{path.name}: {chance} % not in {' '.join(words.split())[:120]}")
            page.close()
    return Demand("the page", f"{len(paths) - len(wrong)} of {len(paths)} alike {'; '.join(wrong)}".strip(), "all", not wrong)


def drifting(*arguments: Any, **more: Any) -> Any:
    """Scores that depend on how many there were before."""
    from dataclasses import replace

    CALLED.append(1)
    people = TRUE["score"](*arguments, **more)
    shift = 0.01 * len(CALLED)
    return [replace(person, looks=[replace(look, logit=look.logit + shift) for look in person.looks]) for person in people]


DRIFT = {"telltale.model.scoring:score": "tests.promises.same:drifting"}
SILENT = {"telltale.pipeline:DECODER": "tests.promises.same:NOTHING"}
NOTHING = ""
SUITE = Suite(
    8,
    "same",
    "The same answer twice.",
    measure,
    switches={"drift": "each check shifts the scores of the next", "silent": "the Report does not say what decoded"},
    covers="Other machines, whose processors may round otherwise; frames that a browser captured.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

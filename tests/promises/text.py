"""Promise 5: what strangers write stays text, on the page, in the PDF and the picture, in the terminal and in the log.

    python -m tests.promises.text [--short] [--sabotage escape]

Each of forty strings is a file's name, its title, its codec, who signed it, with what, and what the file says of itself. The page is a real
browser's; it is compared, element by element, with the page of a harmless name. See also: the extension
(``tests/extension/test_hostile_server.py``).
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import httpx
from playwright.sync_api import Dialog, Error, Page
from rich.console import Console

from space.core.job import Work
from space.core.ownership import owner_of
from space.storage.store import Store
from telltale.cli.report_table import show
from telltale.core.report import Claim, CredentialProblem, Report
from telltale.core.text import HARMFUL, JOINERS, harmless
from telltale.render.contact_sheet import contact_sheet
from telltale.render.formatting import Translator
from telltale.render.pdf import case_file
from tests.engine.render.test_contact_sheet import made
from tests.promises.promise import Demand, Plan, Suite, main
from tests.promises.standing import Standing, standing
from tests.promises.text_strings import STRINGS
from tests.support.browser.gradio_page import launched
from tests.support.owner import OWNER, SECRET
from tests.support.web.web_server import watching

STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")
"""What a terminal or a reader of a log obeys, but for the line's end."""
BENIGN = "holiday.mp4"
WALK = "[...document.querySelectorAll('.tt-result *')].map((one) => one.tagName + [...one.attributes].map((a) => a.name).sort().join())"
LOADED = 20_000
"""Milliseconds that a page may take."""
CARDS = ("verdict", "details", "provenance")
SWITCHES = {
    "escape": "the page does not escape what strangers wrote",
    "harmless": "control characters and reading directions are left in names for the terminal and the PDF",
}


def bare(text: str, quote: bool = True) -> str:
    """Instead of escaping."""
    return text


ESCAPING = {f"space.page.result.{card}:escape": "tests.promises.text:bare" for card in CARDS}


def report_with(name: str, others: Sequence[str]) -> Report:
    """A Report in which ``name`` is wherever a stranger can write one line, and ``others`` wherever a file may say many things."""
    report = made("cannot_tell", name=name)
    claims = [Claim(basis="c2pa", kind="ai_edited", message=text, tool=text, action=text) for text in others]
    problems = [CredentialProblem(code=text, message=text) for text in others]
    said = report.provenance.model_copy(
        update={"state": "invalid", "message": name, "signer": name, "organisation": name, "generator": name, "trust_list": name}
        | {"signed_at": name, "claims": claims, "problems": problems}
    )
    source = report.source.model_copy(update={"title": name, "codec": name, "url": f"https://example.org/{name}"})
    return report.model_copy(update={"provenance": said, "source": source})


def of_page(server: Standing, ids: list[str], page: Page, shown: list[str], astray: list[str]) -> Iterator[Demand]:
    """Every check's page beside the benign one's."""
    benign = opened(page, server, ids[0])
    yield Demand("a harmless name on the page", page.locator(".tt-source bdi").inner_text(), BENIGN, benign[1] == BENIGN, control=True)
    changed, different = [], []
    for id, name in zip(ids[1:], shown, strict=True):
        skeleton, text = opened(page, server, id)
        if skeleton != benign[0]:
            changed.append(name)
        if text != name:
            different.append(name)
    count = len(shown)
    yield Demand("names that changed the page's elements", f"{len(changed)} of {count} {changed[:2]}", "0", not changed)
    yield Demand("names not shown as typed", f"{len(different)} of {count} {different[:2]}", "0", not different)
    yield Demand("dialogs, strange requests, script errors", f"{len(astray)} {astray[:2]}", "0", not astray)


def opened(page: Page, server: Standing, id: str) -> tuple[list[str], str]:
    """The result's elements with their attributes' names, and its source's name."""
    try:
        page.goto(f"{server.url}/?check={id}&lang=de", timeout=LOADED)
        page.wait_for_selector("#tt-headline", timeout=LOADED)
        page.wait_for_timeout(150)  # what would run has run
        return page.evaluate(WALK), page.locator(".tt-source").first.text_content() or ""
    except Error as error:  # such as: somebody's markup led the page away
        return [str(error)], ""


def store_of(folder: Path, reports: list[Report]) -> list[str]:
    """Finished checks in the server's store, before it is started."""
    store, ids = Store(folder / "store"), []
    for place, report in enumerate(reports):
        work = Work("file", f"/none/{place}", report.source.name, f"key-{place}")
        job, _ = store.add(work, engine="one", bound=1000, owner=owner_of(SECRET))
        taken = store.take(job.id, "a suite")
        assert taken and store.finish(taken, engine="one", report=report.model_dump_json(), pictures_of=report.pictures)
        ids.append(job.id)
    store.close()
    return ids


def of_downloads(server: Standing, ids: list[str]) -> Iterator[Demand]:
    """PDF and picture over HTTP."""
    with httpx.Client(base_url=server.url, headers=OWNER, timeout=120) as http:
        told = [http.get(f"/api/v1/checks/{id}/report.{kind}") for id in ids for kind in ("pdf", "jpg")]
    bad = [answer.status_code for answer in told if answer.status_code != 200 or not plain(answer)]
    yield Demand("PDF and picture of such checks", f"{len(told) - len(bad)} of {len(told)} plain", "all", not bad)


def of_drawings(names: list[str]) -> Iterator[Demand]:
    """The same, drawn here and taken apart."""
    shape = re.findall(rb"/[A-Za-z]+", without_streams(case_file(report_with(BENIGN, ()), "Today.")))
    strange, untrue = [], []
    for name in names:
        pdf = without_streams(case_file(report_with(name, ()), "Today."))
        title = pdf.partition(b"/Title ")[2].partition(b"\n")[0]
        strange += [name] if re.findall(rb"/[A-Za-z]+", pdf.replace(title, b"")) != shape else []
        untrue += [name] if not said_in(title, harmless(name)) else []
        contact_sheet(report_with(name, (name,)))
    yield Demand("names that changed a PDF's objects", f"{len(strange)} of {len(names)} {strange[:2]}", "0", not strange)
    yield Demand("PDF titles that are not the name as typed", f"{len(untrue)} of {len(names)} {untrue[:2]}", "0", not untrue)


def plain(answer: httpx.Response) -> bool:
    """A picture or a PDF without a script, saved under a name of ours."""
    named = re.fullmatch(r'attachment; filename="telltale-[0-9a-f]{8}\.(pdf|jpg)"', answer.headers.get("content-disposition", ""))
    return bool(named) and not re.search(rb"/(JavaScript|JS|OpenAction|AA|URI|Launch)\b", without_strings(without_streams(answer.content)))


def without_streams(pdf: bytes) -> bytes:
    """A PDF without its pictures' bytes."""
    return re.sub(rb"stream.*?endstream", b"", pdf, flags=re.DOTALL)


def without_strings(pdf: bytes) -> bytes:
    """A PDF without its literal strings, escapes in them or not."""
    return re.sub(rb"\((?:\\.|[^\\()])*\)", b"()", pdf, flags=re.DOTALL)


def said_in(title: bytes, name: str) -> bool:
    """Whether a PDF's string begins with this name."""
    text = re.sub(rb"\\(.)", rb"\1", title.strip().removeprefix(b"(").removesuffix(b")"), flags=re.DOTALL)
    return (
        text.removeprefix(b"\xfe\xff").decode("utf-16-be", "replace").startswith(name) if text[:2] == b"\xfe\xff" else name.encode() in text
    )


def of_terminal(names: list[str]) -> Iterator[Demand]:
    """The result in a terminal."""
    steered = []
    for name in names:
        written = io.StringIO()
        console = Console(file=written, force_terminal=True, width=400, color_system=None, legacy_windows=False)
        show(console, report_with(name, (name,)), Translator())
        if STEERS.search(re.sub(r"\x1b\[[0-9;]*m", "", written.getvalue())) or "forged" in written.getvalue().splitlines():
            steered.append(name)
    yield Demand("names that steer a terminal", f"{len(steered)} of {len(names)} {steered[:2]}", "0", not steered)


def of_log(server: Standing, names: Sequence[str]) -> Iterator[Demand]:
    """Uploads of such names and addresses with them, at every door; then the log is read."""
    refused = []
    with httpx.Client(base_url=server.url, timeout=60) as http:
        for place, name in enumerate(names):
            wire = (
                name.encode("utf-8", "surrogateescape")
                .replace(b"\r", b"%0D")
                .replace(b"\n", b"%0A")
                .replace(b'"', b"%22")
                .replace(b"\0", b"")
            )
            form = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="' + wire + b'"\r\n\r\n%d\r\n--edge--\r\n' % place
            answers = [
                http.post("/api/v1/checks", content=form, headers={"Content-Type": "multipart/form-data; boundary=edge"}),
                http.post("/api/v1/checks", json={"url": f"https://example.org/{name}"}),
                http.post("/gradio_api/call/check", json={"data": [name]}),
                http.get(
                    f"/api/v1/checks/{name.replace('/', '')}".encode("ascii", "ignore").decode().replace("\0", ""), params={"lang": name}
                )
                if name.isprintable()
                else http.get("/health"),
            ]
            refused += [f"{name!r}: {answer.status_code}" for answer in answers if answer.status_code >= 500]
            kinds = {answer.headers["content-type"].partition(";")[0] for answer in answers}
            refused += [f"{name!r}: {kinds}"] if kinds - {"application/json", "application/problem+json"} else []
    yield Demand("such names that met a fault, or an answer that is not JSON", f"{len(refused)} {refused[:2]}", "0", not refused)
    log = server.log
    bad = STEERS.findall(log)
    yield Demand("the log's signs that steer a terminal, and forged lines", f"{len(bad)}", "0", not bad and "forged" not in log)


@contextmanager
def names_left(switch: str | None) -> Iterator[None]:
    """With "harmless" off, in this process too."""
    if switch != "harmless":
        yield
        return
    with (
        patch("telltale.cli.report_table.harmless", bare),
        patch("telltale.render.pdf.harmless", bare),
        patch("telltale.render.contact_sheet.harmless", bare),
    ):
        yield


def measure(plan: Plan) -> Iterator[Demand]:
    """The page, then what is kept, printed and logged. With a guard off, what shows it."""
    with watching() as canary, names_left(plan.off):
        strings = [text.replace("PORT", str(canary.port)) for text in STRINGS]
        some = [strings[2], strings[33], *([] if plan.off else strings[11:40:9])] if plan.short else strings
        if plan.off != "harmless":
            yield from of_server(plan, strings, some)
            asked = canary.connects
            yield Demand("requests to the canary", str(asked), "0", asked == 0)
        if plan.off != "escape":
            yield from of_drawings(strings[::8] if plan.short else strings)
            yield from of_terminal(strings)
        kept = "".join(sign for sign in strings[-1] if sign in JOINERS or sign.isprintable())
        yield Demand("a name in several scripts is left whole", as_typed(kept), kept, as_typed(kept) == kept, control=True)
        left = "".join(sign for sign in harmless(kept) if sign in kept)
        yield Demand("the product leaves it whole too", left, kept, left == kept, control=True)


def of_server(plan: Plan, strings: list[str], some: list[str]) -> Iterator[Demand]:
    """All that a server shows, hands out and logs."""
    chromium = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder:
        benign = report_with(BENIGN, [BENIGN] * len(strings))
        ids = store_of(Path(folder), [benign, *(report_with(name, strings) for name in some)])
        with standing(Path(folder), ESCAPING if plan.off else {}, {"TELLTALE_MAX_QUEUED": "1000"}) as server:
            if chromium:
                yield from in_browser(chromium, server, ids, [as_typed(name) for name in some])
            else:
                yield Demand("the page", "no chromium here", "40 strings", None)
            if plan.off is None:
                yield from of_downloads(server, ids[1:6])
                yield from of_log(server, strings)


def as_typed(name: str) -> str:
    """``name`` as it is to be shown: typed, on one line, what steers replaced. Written anew, so that it may be held against the product."""
    import unicodedata

    return "".join("\ufffd" if unicodedata.category(sign) in HARMFUL and sign not in JOINERS else sign for sign in name)


def in_browser(chromium: str, server: Standing, ids: list[str], shown: list[str]) -> Iterator[Demand]:
    """The pages in a browser that notes whatever goes astray."""
    astray: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        astray.append(f"dialog {dialog.message}")
        dialog.dismiss()

    with launched(chromium) as browser:
        context = browser.new_context(locale="en-GB")
        context.add_init_script(f"localStorage.setItem('telltale-owner', '{SECRET}')")
        page = context.new_page()
        page.on("dialog", dismissed)
        page.on("pageerror", lambda error: astray.append(f"script error: {error}"))
        page.on("request", lambda asked: astray.extend([] if at_home(asked.url, server.url) else [asked.url]))
        page.on("console", lambda message: astray.extend([message.text] if "Content Security Policy" in message.text else []))
        yield from of_page(server, ids, page, shown, astray)


def at_home(url: str, home: str) -> bool:
    """Whether a request stays on the server or within the browser."""
    return url.startswith((home + "/", "data:", "blob:"))


SUITE = Suite(
    5,
    "text",
    "Strangers' text stays text: shown as typed, never run.",
    measure,
    switches=SWITCHES,
    covers="Not covered: what a reader of the JSON does with it; letters that look like others are shown as they are.",
)

if __name__ == "__main__":
    sys.exit(main(SUITE))

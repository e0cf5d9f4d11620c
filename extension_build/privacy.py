"""What the extension can send, place by place in its code, and the privacy policy that is written of it: ``extension/store/privacy.md``.

``PLACES`` has every construct by which a script of the extension can ask anything of the network. A test finds those in the code and
compares (``tests/extension/test_privacy_page.py``), so that none is added without a line in the policy. See also: ``generate.py``.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

CONSTRUCTS = re.compile(
    r"\b(fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|WebTransport|RTCPeerConnection|importScripts|tabs\.create\(|window\.open)"
    r"|(\.src = )"
)
"""What can cause a request."""
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """One construct in one file of the extension; of what stays in the package only where it is."""

    file: str
    construct: str
    to: str = ""
    what: str = ""
    when: str = ""


CHECK = "the address of that video, link or page, or pictures taken from it and its page's title; the server's token; your language"
ASKED = "when you ask a server for a check, follow, cancel or delete it, or test the connection"
FILE = "the file's address, without cookies and without the page that it stood on"
LEAVE = "when you ask for a check of that file, and the browser gave leave for that site"
OWN = "the file's address, with what your browser sends there anyway"
PLACES = (
    Place("api/client.js", "fetch(", "the server that you chose", CHECK, ASKED),
    Place("api/client.js", "fetch(", "the server that you chose", "its token", "when a private server's pictures are shown with a result"),
    Place("panel/dom.js", ".src = ", "the server that you chose", "nothing", "when a server's pictures are shown with a result"),
    Place("capture/media-file.js", "fetch(", "the site where a video or picture file lies", FILE, LEAVE),
    Place(
        "capture/media-file.js", "fetch(", "the page's own site, by the page itself", OWN, "when you ask for a check of a file of that site"
    ),
    Place(
        "panel/panel.js",
        "tabs.create(",
        "the page of a video",
        "what your browser sends when you open it",
        "when you press “Open the page”",
    ),
    *(Place(file, "fetch(") for file in ("local/verdict/classifier.js", "local/verdict/classifier.js", "local/faces/mtcnn.js")),
    Place("i18n/catalogue.js", "fetch("),
    Place("local/decode/video-element.js", ".src = "),
    *(Place(file, "tabs.create(") for file in ("background/background.js", "options/shortcuts.js")),
)
"""Those without ``to`` read the package, a file in memory, or open a page of the extension or the browser."""

POLICY = """# Privacy policy of the Telltale extension

(Written by `python -m extension_build.generate` of the places in the code that can send anything; a test compares it with the code.)

Checks are made on your device unless you chose a server in the options. Nothing is sent before you ask, and nothing but this:

| To whom | What | When |
|---|---|---|
{rows}

The makers of Telltale get nothing: there are no statistics, no accounts and no advertising. Your settings, an access token, the list of
past checks, and whatever a check needs while it waits or runs (its address, and pictures or files at the longest until the browser starts
again) stay on your computer, are never synchronised, sold or used for anything else, and are gone when you delete them or the extension.
"""


def policy() -> str:
    """The text of the privacy policy."""
    return POLICY.format(rows="\n".join(f"| {place.to} | {place.what} | {place.when} |" for place in PLACES if place.to))


def constructs(extension: Path) -> Counter[tuple[str, str]]:
    """How often each construct stands in each of the extension's own scripts, by (file, construct)."""
    found: Counter[tuple[str, str]] = Counter()
    for path in sorted(extension.rglob("*.js")):
        code = COMMENT.sub("", path.read_text(encoding="utf-8"))
        found.update((str(path.relative_to(extension)), match[0]) for match in CONSTRUCTS.finditer(code))
    return found

"""Promise 10: known holes are watched: every pin of both locks against OSV's advisories (osv.dev), which PyPA's own are part of.

Where the service cannot be reached that is said, and not taken for good news; the reader of its answers is then tried on a recorded one.
FFmpeg comes inside PyAV's wheel, where no list of Python packages sees it: its version is named here, and its advisories
(ffmpeg.org/security.html) are read by a person. The extension takes no package; a lock of npm's, should there be one, goes to npm audit.
Not covered: holes that nobody has published; the Python, Chromium and system libraries of whoever runs this.

    python -m tests.promises.holes
"""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.promises.promise import Demand, Plan, Suite, main
from tests.promises.sabotage import ROOT

SERVICE = "https://api.osv.dev/v1/querybatch"
SECONDS = 20
LOCKS = ("requirements.txt", "space/requirements.txt")
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)")
OLD = ("jinja2", "2.4.1")
"""A pin with holes that everybody knows: who finds nothing there looks nowhere."""
RECORDED = {OLD: ("GHSA-462w-v97r-4m45",)}
ACCEPTED: dict[str, str] = {}
"""Advisory -> why it does not concern this project. Empty is best."""
HEADINGS = ("How to report", "What is covered", "What is not covered")

Pin = tuple[str, str]


@dataclass(frozen=True)
class Told:
    """Advisories by pin, or why the service did not tell."""

    holes: dict[Pin, tuple[str, ...]]
    silent: str = ""


def measure(plan: Plan) -> Iterator[Demand]:
    """The pins, FFmpeg, npm's lock, and what SECURITY.md says."""
    pins = sorted({pin for lock in LOCKS for pin in pins_of(ROOT.joinpath(lock).read_text())})
    if plan.off == "old":
        pins.append(OLD)
    told = recorded([*pins, OLD]) if plan.short else asked([*pins, OLD])
    if told.silent:
        told = Told(recorded([*pins, OLD]).holes, told.silent)
    yield Demand(
        "a pin with holes that everybody knows",
        ", ".join(told.holes.get(OLD, ())[:2]) or "nothing found",
        "found",
        OLD in told.holes,
        control=True,
    )
    holes = [f"{name} {version}: {', '.join(ids)}" for (name, version), ids in told.holes.items() if (name, version) in pins]
    unknown = not holes and (plan.short or told.silent)
    reason = "not asked in the short form" if plan.short else told.silent
    figure = reason if unknown else "; ".join(holes) or f"0 of {len(pins)} pins"
    yield Demand("pins of the locks with known holes", figure, "0, but for those accepted with a reason", None if unknown else not holes)
    loose = [
        line for lock in LOCKS for line in ROOT.joinpath(lock).read_text().splitlines() if line and line[0] != "#" and not PIN.match(line)
    ]
    yield Demand("lines of the locks that are no pins", ", ".join(loose[:3]) or f"0, {len(pins)} pins", "0", not loose)
    yield ffmpeg()
    yield npm()
    yield paper()


def pins_of(lock: str) -> Iterator[Pin]:
    """Name and version of every pin."""
    for line in lock.splitlines():
        if found := PIN.match(line):
            yield found[1].lower(), found[2].partition("+")[0]


def asked(pins: list[Pin]) -> Told:
    """What OSV knows of these pins; one request for all of them."""
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in pins]
    request = urllib.request.Request(SERVICE, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            results = json.load(answer)["results"]
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        return Told({}, f"the advisory service could not be asked: {getattr(error, 'reason', error)}")
    return Told(found(pins, results))


def found(pins: list[Pin], results: Iterable[dict[str, list[dict[str, str]]]]) -> dict[Pin, tuple[str, ...]]:
    """Advisories by pin, of an answer, without those that are accepted."""
    each = (
        (pin, tuple(hole["id"] for hole in result.get("vulns") or () if hole["id"] not in ACCEPTED))
        for pin, result in zip(pins, results, strict=True)
    )
    return {pin: ids for pin, ids in each if ids}


def recorded(pins: list[Pin]) -> Told:
    """The answer of a service that knows only what is recorded here."""
    return Told(found(pins, [{"vulns": [{"id": hole} for hole in RECORDED.get(pin, ())]} for pin in pins]))


def ffmpeg() -> Demand:
    """The FFmpeg that decodes strangers' files, by its own word."""
    import av

    libraries = ", ".join(
        f"{name} {'.'.join(map(str, version))}"
        for name, version in sorted(av.library_versions.items())
        if name in ("libavcodec", "libavformat")
    )
    return Demand(
        "FFmpeg inside PyAV's wheel",
        f"FFmpeg {av.ffmpeg_version_info} in PyAV {av.__version__} ({libraries})",
        "named",
        bool(av.ffmpeg_version_info),
    )


def npm() -> Demand:
    """Locks of npm's in the tree, of which there are none: the extension is plain modules that import each other."""
    locks = [path for path in ROOT.glob("*/package-lock.json") if "node_modules" not in path.parts]
    foreign = [
        f"{path.name}: {named}"
        for path in sorted(ROOT.glob("extension/**/*.js"))
        for named in re.findall(r'(?<![\w.])(?:from|import)\s*\(?\s*"([^"]+)"', path.read_text())
        if not named.startswith(("./", "../"))
    ]
    if not locks:
        return Demand(
            "packages of npm's", ", ".join(foreign) or "0: the extension imports its own files only", "0 with known holes", not foreign
        )
    if shutil.which("npm") is None:
        return Demand("packages of npm's", "npm is not here", "0 with known holes", None)
    command = ["npm", "audit", "--omit=dev", "--json"]
    told = [
        json.loads(subprocess.run(command, cwd=lock.parent, capture_output=True, text=True, check=False).stdout or "{}") for lock in locks
    ]
    silent = any("vulnerabilities" not in one.get("metadata", {}) for one in told)
    holes = sum(one.get("metadata", {}).get("vulnerabilities", {}).get("total", 0) for one in told)
    return Demand("packages of npm's", "npm audit could not ask" if silent else f"{holes} holes", "0", None if silent else not holes)


def paper() -> Demand:
    """What SECURITY.md must say."""
    path = ROOT / "SECURITY.md"
    text = path.read_text() if path.is_file() else ""
    lacking = [heading for heading in HEADINGS if f"## {heading}\n" not in text]
    return Demand("SECURITY.md", f"lacks {', '.join(lacking)}" if lacking else ", ".join(HEADINGS).lower(), "says all three", not lacking)


SUITE = Suite(
    10,
    "holes",
    "Known holes are watched, those of the FFmpeg inside PyAV's wheel by name.",
    measure,
    switches={"old": "the lock pins a version with known holes"},
    covers="Holes that nobody has published; FFmpeg's advisories, which a person reads; the system under it all.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

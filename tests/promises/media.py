"""Promise 1: no file takes the service down: 85 bad and odd files and 400 seeded mutations, as uploads, as addresses, on the command line.

A decoder with planted holes (``media_planted.py``) shows that a crash, a hang or hunger in it stays a refusal. The forms of one clip
(``forms.py``) are measured with it. Not covered: a hole in the decoder that gets out of its bounded child by the kernel.

    python -m tests.promises.media [--short] [--sabotage apart]
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from telltale.core.errors import CODES
from tests.promises import forms
from tests.promises.fuzzing import damaged
from tests.promises.media_doors import Came, Server, command_line, lying, lying_in, serving
from tests.promises.media_planted import ANYSIZE, HOLED, HOLES, LASTING, TOGETHER
from tests.promises.media_samples import LARGE, SAMPLES, Sample, bases
from tests.promises.promise import Demand, Plan, Suite, main
from tests.promises.sabotage import disarmed
from tests.support.processes import belonging
from tests.support.web.web_server import Site
from tests.support.web.web_server import serving as site_serving

SHORT = frozenset(
    {"zero.mp4", "html.mp4", "hls_self.m3u8", "dref.mov", "trunc_faststart.mp4", "zero_mdat.mp4", "flip1.mp4", "nest.mp4"}
    | {"res_16k.mkv", "res_9k.mkv", "audio_only.m4a", "cenc.mp4", "rot90.mp4", "xss.mp4", "sparse_100g.mp4"}
)
SOUND = "frag.mp4"
"""What must get a verdict whatever is off."""
MUTATIONS, FEW = 400, 12
EDITS = ("flip", "flip", "flip", "cut", "put", "repeat", "splice", "number", "drop")
MOST_SECONDS, MOST_GROWTH, MOST_MEMORY, MOST_BOMB, GONE = 30.0, 50.0, 2048, 512, 2.0
FRAMES = "8"


def measure(plan: Plan) -> Iterator[Demand]:
    """The files, made; then the doors."""
    with TemporaryDirectory(prefix="media-") as name:
        folder = Path(name)
        (folder / "files").mkdir()
        wanted = [sample for sample in (*SAMPLES, LARGE) if not plan.short or sample.name in SHORT | {SOUND}]
        made, failed = make(wanted, folder / "files")
        if plan.off == "apart":
            yield from holes(folder, plan)
        elif plan.off == "pixels":
            with disarmed(ANYSIZE) as environment:
                some = [sample for sample in made if sample.name in (SOUND, LARGE.name)]
                yield from judged(some, command_line([folder / "files" / one.name for one in some], folder / "line", environment)[0])
        elif plan.off == "leaves":
            with disarmed(LASTING) as environment:
                yield control(command_line([folder / "files" / SOUND], folder / "line", environment)[0])
            yield unlittered(folder / "line")
        else:
            yield from whole(plan, folder, made)
            yield from holes(folder, plan)
        for sample, why in failed:
            yield Demand(f"{sample.name} (group {sample.group})", f"could not be made here: {why}", sample.then, None)
    if not plan.short and plan.off is None:
        yield from forms.measure(Plan(seed=plan.seed))


def make(wanted: Iterable[Sample], folder: Path) -> tuple[list[Sample], list[tuple[Sample, str]]]:
    """The files that could be made, and those that could not, with why."""
    import av.error
    import av.logging

    av.logging.set_level(av.logging.PANIC)
    bases(folder)
    made, failed = [], []
    for sample in wanted:
        try:
            sample.make(folder / sample.name)
            made.append(sample)
        except (av.error.FFmpegError, ValueError) as error:
            failed.append((sample, f"{type(error).__name__} {error}"[:100]))
    return made, failed


def whole(plan: Plan, folder: Path, made: list[Sample]) -> Iterator[Demand]:
    """All doors."""
    files = folder / "files"
    damaged_files = list(mutations(files, FEW if plan.short else MUTATIONS, plan.seed))
    paths = [files / sample.name for sample in made]
    line, status = command_line([*paths, *damaged_files], folder / "line", None, "--num-frames", FRAMES)
    yield Demand("exit of the command line", str(status), "of a finding", status in (0, 10, 11, 12))
    yield unlittered(folder / "line")
    yield from judged(made, line[: len(made)])
    small = [path for path in paths if path.stat().st_size < 2**30]
    with site_serving() as site, serving(folder / "server", frames=FRAMES, test_allow_hosts=site.host) as server:
        warm = [server.upload(files / SOUND), fetched(server, site, files / SOUND)]
        yield control(warm)
        before, lay, memory = server.processes(), server.left(), server.memory
        uploaded, bombs = [], {}
        for path in small:
            known = len(server.peaks)
            uploaded.append(server.upload(path))
            bombs[path.name] = max(server.peaks[known:], default=0)
        yield from judged([sample for sample in made if files / sample.name in small], uploaded)
        uploaded += [server.upload(path) for path in damaged_files]
        some = (small[1:3] + damaged_files[:1]) if plan.short else [*small, *damaged_files]
        by_address = [fetched(server, site, path) for path in some]
        yield from behind(server, len(uploaded) + len(by_address), before, lay, memory)
        yield from counted([*line, *uploaded, *by_address], len(damaged_files))
        yield agreed(line, uploaded)
        big = {sample.name: bombs[sample.name] for sample in made if sample.group == "C" and sample.code and sample.name in bombs}
        yield Demand("memory of the child at most", f"{max(server.peaks)} MB", f"<= {MOST_MEMORY} MB", max(server.peaks) <= MOST_MEMORY)
        told = ", ".join(f"{name} {peak} MB" for name, peak in big.items())
        yield Demand("memory for bombs", told, f"<= {MOST_BOMB} MB", max(big.values()) <= MOST_BOMB)


def mutations(files: Path, count: int, seed: int) -> Iterator[Path]:
    """Sound files, each with a few edits that the seed decides."""
    dice = random.Random(seed)
    sound = [path for path in sorted(files.iterdir()) if 500 < path.stat().st_size < 300_000 and not path.name.startswith(("flip", "aaaa"))]
    contents = {path: path.read_bytes() for path in sound}
    for number in range(count):
        path, other = dice.choice(sound), dice.choice(sound)
        edits = [(dice.choice(EDITS), dice.random(), dice.randbytes(dice.randrange(1, 9))) for _ in range(dice.choice((1, 2, 4, 16)))]
        changed = files / f"mutation-{number}{path.suffix}"
        changed.write_bytes(damaged(contents[path], contents[other], edits))
        yield changed


def fetched(server: Server, site: Site, path: Path) -> Came:
    """A file by its address."""
    place = f"/{len(site.answers)}{path.suffix}"
    site.answers[place] = lying(path)
    return server.address(site.url + place, path.name)


def control(came: list[Came]) -> Demand:
    """What is sound gets a verdict."""
    good = sum(one.verdict is not None for one in came)
    return Demand("a sound clip gets a verdict", f"{good} of {len(came)}", "all", good == len(came), control=True)


def judged(samples: list[Sample], came: list[Came]) -> Iterator[Demand]:
    """Each group at a door: as it must come. The sound clip is a control of its own."""
    by_name = {one.name: one for one in came}
    yield control([by_name[SOUND]] if SOUND in by_name else [])
    for group in sorted({sample.group for sample in samples}):
        those = [sample for sample in samples if sample.group == group]
        wrong = [f"{one.name[:30]}: {why}" for one in those if (why := wrongly(one, by_name.get(one.name)))]
        figure = f"{len(those) - len(wrong)} of {len(those)} {'; '.join(wrong[:6])}".strip()
        yield Demand(f"group {group}, {came[0].door if came else 'no answer'}", figure, "all as they must", not wrong)


def wrongly(sample: Sample, came: Came | None) -> str:
    """What is wrong with what a sample came to, or nothing."""
    if came is None:
        return "no answer"
    if not came.told or came.code == "internal":
        return f"neither verdict nor refusal: {came.code} {came.sentence}"
    if sample.then != "either" and (sample.then == "verdict") != (came.verdict is not None):
        return f"{came.verdict or came.code}, not {sample.then}"
    return f"{came.code}, not {sample.code}" if sample.code and sample.code != came.code else ""


def counted(came: Sequence[Came], mutated: int) -> Iterator[Demand]:
    """What holds of every answer at every door."""
    doors = {door: sum(one.door == door for one in came) for door in ("command line", "upload", "address")}
    yield Demand("checks", ", ".join(f"{count} {door}" for door, count in doors.items()) + f", {mutated} mutations", "each", bool(came))
    rules: tuple[tuple[str, Callable[[Came], bool]], ...] = (
        ("neither a verdict nor a listed code with a sentence", lambda one: not one.told or one.code not in {"", *CODES}),
        ("a fault of Telltale's own (5xx, internal)", lambda one: one.status >= 500 or one.code == "internal"),
        (f"longer than {MOST_SECONDS:.0f} s", lambda one: one.seconds > MOST_SECONDS),
        ("body or path told", lambda one: "alert(1)" in one.sentence or "/tmp/" in one.sentence),
    )
    for what, missed in rules:
        wrong = [f"{one.name[:30]} ({one.door}: {one.code})" for one in came if missed(one)]
        yield Demand(what, f"{len(wrong)} of {len(came)} {', '.join(wrong[:5])}".strip(), "0", not wrong)
    yield Demand("longest check", f"{max(one.seconds for one in came):.1f} s", f"<= {MOST_SECONDS:.0f} s", True)


def agreed(line: list[Came], uploaded: list[Came]) -> Demand:
    """A code is stable: the same at both doors through which a file comes whole."""
    other = {one.name: (one.verdict, one.code) for one in uploaded}
    both = [one for one in line if one.name in other]
    differ = [f"{one.name}: {one.verdict or one.code}, {other[one.name]}" for one in both if (one.verdict, one.code) != other[one.name]]
    return Demand("another answer as upload", f"{len(differ)} of {len(both)} {'; '.join(differ[:5])}".strip(), "0", not differ)


def unlittered(place: Path) -> Demand:
    """What the command line left among its temporary files."""
    left = lying_in(place / "tmp")
    return Demand("files left by the command line", f"{len(left)} {', '.join(sorted(left)[:3])}".strip(), "0", not left)


def behind(server: Server, checks: int, before: list[str], lay: set[str], memory: float) -> Iterator[Demand]:
    """The server after it all: the same process, no larger, nothing left."""
    ended = monotonic()
    yield Demand("the server", f"process {server.process.pid}, answers" if server.alive else "gone", "the same process", server.alive)
    while monotonic() - ended < GONE and (server.left() - lay or server.processes() != before or server.memory - memory > MOST_GROWTH):
        sleep(0.05)
    left, grown = sorted(server.left() - lay), server.memory - memory
    yield Demand("files left", f"{len(left)} {', '.join(left[:4])}".strip(), f"0 after {GONE:.0f} s", not left)
    more = [one for one in server.processes() if one not in before]
    yield Demand("processes left", f"{len(more)} {', '.join(more[:3])}".strip(), f"0 after {GONE:.0f} s", server.processes() == before)
    yield Demand("memory of the server", f"{grown:+.0f} MB after {checks} checks", f"<= +{MOST_GROWTH:.0f} MB", grown <= MOST_GROWTH)


def holes(folder: Path, plan: Plan) -> Iterator[Demand]:
    """A decoder that crashes, takes memory, forks, or hangs; with ``apart`` off it does so in the process that asked."""
    files, place = folder / "files", folder / "holes"
    words = HOLES[:3] if plan.short else HOLES
    paths = [files / SOUND]
    for word in words:
        paths.append(files / f"{word.decode()}.mp4")
        paths[-1].write_bytes(word + b"es the decoder")
    with disarmed(TOGETHER if plan.off == "apart" else HOLED) as environment:
        came, status = command_line([*paths, files / SOUND], place, environment, "--num-frames", FRAMES)
    ended = monotonic()
    yield control(came[:1])
    for number, word in enumerate(words, 1):
        one = came[number] if number < len(came) else None
        told = f"{one.code} in {one.seconds:.1f} s" if one else f"the process ended with {status}"
        good = one is not None and one.code.startswith("media.") and one.seconds <= MOST_SECONDS
        yield Demand(f"a decoder that {word.decode() if word != b'crash' else 'crashes'}", told, "a refusal", good)
    yield Demand("the next file", came[-1].verdict or came[-1].code, "a verdict", len(came) == len(paths) + 1 and bool(came[-1].verdict))
    while belonging(place) and monotonic() - ended < GONE:
        sleep(0.05)
    left = belonging(place)
    yield Demand("processes that the decoder left", f"{len(left)}", f"0 after {GONE:.0f} s", not left)


SUITE = Suite(
    1,
    "media",
    "No file takes the service down.",
    measure,
    switches={
        "apart": "files are decoded in the process that asked, whose decoder has holes",
        "pixels": "pictures of any size are decoded",
        "leaves": "a check's folder is not removed",
    },
    covers="A hole in the decoder that breaks out of its bounded process through the kernel; Theora, which PyAV's FFmpeg cannot write.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

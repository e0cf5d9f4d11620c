"""Promise 4: nothing that was downloaded is run. Models by their sums only, broken heads refused in little memory, data sets read in place.

What is tried: 25 ways to harm a model's folder and 19 heads that lie, each in a child whose memory is read afterwards; archives
with links, devices, paths that climb out and bombs; the syntax tree of every room. Not covered: flaws of onnxruntime, torch and
safetensors in files that are on the list; a list that was exchanged together with the model (its hash is the publisher's word).
"""

import bz2
import gzip
import io
import json
import os
import pickle
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.server.server_process import free_port
from telltale.core.errors import TelltaleError
from telltale.model.checksums import write_sums
from telltale.model.classifier import BROWSER
from tests.promises.promise import Demand, Plan, Suite, main
from tests.promises.sabotage import ROOT, disarmed
from tests.security.test_no_code_execution import ROOMS, dangers
from trainer.data.tar_members import LARGEST, contents, members_of

MOST_MEMORY = 512
WEIGHTS, ONNX = "model.safetensors", "onnx/model.onnx"
FILES = (WEIGHTS, ONNX, "config.json", "telltale.json", "preprocessor_config.json")
ASK = """
import json, pathlib, re, sys
from telltale.core.errors import TelltaleError
from telltale.model.classifier import load_model
def peak():  # of this program alone: getrusage counts the parent's too, from before it was replaced
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024
for folder in sys.argv[1:]:
    try:
        told = "loaded " + load_model(folder).engine
    except TelltaleError as error:
        told = error.code
    except BaseException as error:
        told = "broke: " + type(error).__name__
    print(json.dumps([folder, told, peak()]), flush=True)
"""
MARK = "ran"
"""The file that a pickle writes where it is run."""


class Running:
    """What a pickle does where it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, (str(self.path), "w")


def measure(plan: Plan) -> Iterator[Demand]:
    """Models, archives, and what our own code calls."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        if plan.off != "calls":
            yield from models(plan, folder)
        yield from archives(plan, folder)
    yield from calls(plan)


def models(plan: Plan, folder: Path) -> Iterator[Demand]:
    """Harmed models, asked for in a child."""
    sound = copied(folder / "sound")
    harmed = list(harms(folder, plan.short))
    guards = {"sums": {"telltale.model.checksums:check_sums": "tests.promises.weights:believed"}, "head": HEAD}.get(plan.off or "", {})
    with disarmed(guards) as environment:
        told = asked([sound, *(path for path, _ in harmed)], environment)
    engine, memory = told[str(sound)]
    yield Demand(
        "the model that came with this", f"{engine}, {memory} MiB", "loaded on onnxruntime", engine == "loaded onnxruntime", control=True
    )
    for kind in ("changed", "head"):
        of_kind = [(path, *told[str(path)]) for path, said in harmed if said == kind]
        wrong = [
            f"{path.name}: {answer}" for path, answer, _ in of_kind if answer not in ("model.changed", "model.broken", "model.not_found")
        ]
        most = max(memory for _, _, memory in of_kind)
        what = "models that differ from their list" if kind == "changed" else "weights whose head lies, listed as they are"
        yield Demand(f"{what}, loaded all the same", "; ".join(wrong[:3]) or f"0 of {len(of_kind)}", "0", not wrong)
        yield Demand(f"{what}: memory of the process", f"{most} MiB", f"at most {MOST_MEMORY}", most <= MOST_MEMORY)
    if not plan.short:
        yield health(harmed[0][0], folder)
    ran = list(folder.rglob(MARK))
    yield Demand("pickles that were run", str(len(ran)), "0", not ran)


HEAD = {"telltale.model.safetensors_header:check_weights": "tests.promises.weights:believed"}


def health(model: Path, folder: Path) -> Demand:
    """What a service says that was started on a model that is refused."""
    port = free_port()
    command = [sys.executable, "-m", "telltale", "serve", "--port", str(port), "--data-dir", str(folder / "store")]
    said = "nothing"
    server = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"TELLTALE_MODEL": str(model)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and said in ("nothing", "200 loading"):
            time.sleep(0.5)
            with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                said = answer(f"http://127.0.0.1:{port}/health")
    finally:
        server.terminate()
        server.wait(20)
    return Demand("/health of a service on a model that is refused", said, "503 failed", said == "503 failed")


def answer(url: str) -> str:
    """The status of /health, and the one that it tells."""
    try:
        with urllib.request.urlopen(url, timeout=5) as told:
            return f"{told.status} {json.load(told)['status']}"
    except urllib.error.HTTPError as error:
        return f"{error.code} {json.load(error)['status']}"


def believed(path: Path) -> frozenset[str]:
    """A folder that is taken at its word: in place of ``check_sums`` and ``check_weights``."""
    return frozenset({ONNX}) if path.is_dir() else frozenset()


def copied(folder: Path) -> Path:
    """A copy of the small model."""
    return Path(shutil.copytree(BROWSER, folder))


def harms(folder: Path, short: bool) -> Iterator[tuple[Path, str]]:
    """Folders that are harmed, and how: by being changed, or by a head that lies and is listed."""
    changes: dict[str, Callable[[Path], object]] = {
        "flipped": lambda path: path.write_bytes(flipped(path.read_bytes())),
        "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
        "pickle": lambda path: path.write_bytes(pickle.dumps(Running(folder / MARK))),
        "zip of a pickle": lambda path: zipped(path, folder / MARK),
        "lost": Path.unlink,
    }
    for harm, change in list(changes.items())[:: 2 if short else 1]:
        for name in FILES[:2] if short else FILES:
            made = copied(folder / f"{harm} {name.replace('/', ' ')}")
            change(made / name)
            yield made, "changed"
    for number, head in enumerate(list(heads(folder))[:: 4 if short else 1]):
        made = copied(folder / f"head {number}")
        (made / WEIGHTS).write_bytes(head)
        write_sums(made)
        yield made, "head"
    made = copied(folder / "head onnx")
    (made / ONNX).write_bytes(b"\x08\x07" + b"\xff" * 64)
    write_sums(made)
    yield made, "head"


def heads(folder: Path) -> Iterator[bytes]:
    """Weights that are none, or whose head lies."""
    yield from (b"", bytes(7), struct.pack("<Q", 2**63), struct.pack("<Q", 2**31) + b"{}", pickle.dumps(Running(folder / MARK)))
    one = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    wrong: list[object] = [
        *(
            *([], {}, {"a": 1}, {"a": one | {"shape": [2**40, 2**40]}}, {"a": one | {"data_offsets": [-8, 0]}}),
            {"a": one | {"dtype": "OBJECT"}},
        ),
        *({"a": one | {"data_offsets": [0, 2**62]}}, {"a": one, "b": one}, {"a": one | {"shape": ["2"]}}, {"a": one | {"shape": [1e9]}}),
    ]
    for head in wrong:
        text = json.dumps(head).encode()
        yield struct.pack("<Q", len(text)) + text + bytes(8)
    for text in (b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe{}"):
        yield struct.pack("<Q", len(text)) + text + bytes(8)


def flipped(content: bytes) -> bytes:
    """With one bit in the middle the other way round."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def zipped(path: Path, mark: Path) -> None:
    """What torch.save writes: a zip with a pickle in it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Running(mark)))


def asked(folders: list[Path], environment: dict[str, str]) -> dict[str, tuple[str, int]]:
    """What loading each of them comes to, and the memory of the process so far; one that breaks the process is told."""
    told: dict[str, tuple[str, int]] = {}
    left = [str(path) for path in folders]
    while left:
        done = subprocess.run(
            [sys.executable, "-c", ASK, *left], capture_output=True, text=True, timeout=300, check=False, cwd=ROOT, env=environment
        )
        for line in done.stdout.splitlines():
            name, answer, memory = json.loads(line)
            told[name] = (answer, memory)
        left = [name for name in left if name not in told]
        if left:
            told[left.pop(0)] = (f"broke the process ({done.returncode})", 0)
    return told


def archives(plan: Plan, folder: Path) -> Iterator[Demand]:
    """Archives of data sets: nothing is written, no link is followed, no bomb is unpacked."""
    place = folder / "sets"
    place.mkdir()
    (place / "secret").write_bytes(b"secret")
    before = sorted(path.name for path in place.iterdir())
    read = read_archive(place / "sound.tar.gz", gzip.compress(packed([("x/1.png", tarfile.REGTYPE, b"abcd", "")])))
    yield Demand("a sound archive", f"{read}", "its picture", read == [b"abcd"], control=True)
    hostile = [
        ("x/../../climbed", tarfile.REGTYPE, b"climbed", ""),
        ("/tmp/climbed", tarfile.REGTYPE, b"climbed", ""),
        ("x/link", tarfile.SYMTYPE, b"", str(place / "secret")),
        ("x/hard", tarfile.LNKTYPE, b"", str(place / "secret")),
        ("x/pipe", tarfile.FIFOTYPE, b"", ""),
        ("x/device", tarfile.CHRTYPE, b"", ""),
    ]
    got = read_archive(place / "hostile.tar", packed(hostile))
    bombs = {
        "bomb.tar.gz": gzip.compress(packed([("x/1.png", tarfile.REGTYPE, bytes(LARGEST + 1), "")]), 1),
        "bomb.tar.bz2": bz2.compress(gzip.compress(bytes(1 << 20))),
        "lie.tar": packed([("x/1.png", tarfile.REGTYPE, b"", "")]).replace(b"00000000000", b"77777777777", 1),
        "cut.tar.gz": gzip.compress(packed([("x/1.png", tarfile.REGTYPE, b"abcd", "")]))[:40],
    }
    unpacked = [name for name, content in bombs.items() if read_archive(place / name, content) not in ([], None)]
    left = sorted(path.name for path in place.iterdir())
    yield Demand("links and devices of an archive that were read", str(len(got or [])), "0", not got)
    yield Demand("bombs, lies and cut archives that were unpacked", ", ".join(unpacked) or f"0 of {len(bombs)}", "0", not unpacked)
    yield Demand("files that reading archives left", str(len(left) - len(before)), "0", left == before)


def packed(entries: list[tuple[str, bytes, bytes, str]]) -> bytes:
    """A tar of names, kinds, contents and where links lead."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, kind, content, link in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content), link
            archive.addfile(entry, io.BytesIO(content))
    return held.getvalue()


def read_archive(path: Path, content: bytes) -> list[bytes] | None:
    """The members in its folder x; None where it is refused. The file is taken away again."""
    path.write_bytes(content)
    try:
        return [read for _, read in contents(path, members_of(path, "x"))]
    except TelltaleError:
        return None
    finally:
        path.unlink()


def calls(plan: Plan) -> Iterator[Demand]:
    """What our own code calls, by its syntax tree."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    found = [f"{path.relative_to(ROOT)}: {danger}" for path in paths for danger in dangers(path.read_text())]
    if plan.off == "calls":
        found += [f"a file of the test's: {danger}" for danger in dangers("import torch as t\nt.load('x', weights_only=False)")]
    yield Demand("calls that run what a file says", "; ".join(found[:3]) or f"0 in {len(paths)} files", "0", not found)


SUITE = Suite(
    4,
    "weights",
    "Nothing that was downloaded is run: models by their list of SHA-256 sums only, data sets read in place.",
    measure,
    switches={
        "sums": "the list of sums is not looked at",
        "head": "the head of the weights is not looked at",
        "calls": "a file of ours loads a pickle",
    },
    covers="Flaws of onnxruntime, torch and safetensors in files that are on the list; a list that its publisher exchanged with the model.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))

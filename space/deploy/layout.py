"""What a Space's repository holds: this project's serving part, laid out as Hugging Face expects it, each file with its place.

    README.md, requirements.txt, packages.txt, app.py      at the root, from ``space/`` (README with what was chosen in its metadata)
    telltale/, space/, hub_card/, LICENSE                  as they lie here, without what only publishing needs
    insightface/models/PACK/                               the face detector of an InsightFace pack, where its licence was accepted

Only files of known kinds are taken: what else lies about in a working tree stays at home. See also: sending (``hub.py``).
"""

from dataclasses import dataclass
from pathlib import Path

from space.deploy import requirements as pins

ROOT = pins.ROOT
KINDS = frozenset({".py", ".css", ".js", ".sql", ".json", ".svg", ".html", ".pem", ".md", ".safetensors", ".onnx", ".txt"})
NAMES = frozenset({"SHA256SUMS", "weights.bin"})
ROOMS = ("telltale", "space", "hub_card")
AT_THE_ROOT = ("README.md", "requirements.txt", "packages.txt", "app.py", "LICENSE")
MOVED = frozenset({"space/README.md", "space/requirements.txt", "space/packages.txt", "space/deploy/space_entrypoint.py"})
ONLY_TO_PUBLISH = ("space/publish.py", "space/deploy/")
HEADING = "# What serving needs, pinned as in the project's lock; written by `python -m space.publish`.\n"
PACK_TERMS = """The face detector in this folder is part of InsightFace's model pack “{pack}” (https://github.com/deepinsight/insightface).
Its owners allow its use for non-commercial research only. Whoever published this Space accepted that licence; whoever copies it has to
as well.
"""


@dataclass(frozen=True)
class Choice:
    """What an operator chose: the detection model of an InsightFace pack, another classifier of the Hub, whether it runs on ZeroGPU."""

    pack: Path | None = None
    model: str | None = None
    zero: bool = True


@dataclass(frozen=True)
class Sent:
    """One file: its place in the repository, and what it holds or where that lies."""

    place: str
    content: bytes | Path

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def read(self) -> bytes:
        """What it holds."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


def laid_out(choice: Choice, root: Path = ROOT) -> list[Sent]:
    """Every file of the Space, in order of its place. Raises BadRequest where the lock is not installed."""
    files = [
        Sent("README.md", readme((root / "space/README.md").read_text(encoding="utf-8"), choice).encode()),
        Sent("requirements.txt", requirements(choice).encode()),
        Sent("packages.txt", root / "space/packages.txt"),
        Sent("app.py", root / "space/deploy/space_entrypoint.py"),
        Sent("LICENSE", root / "LICENSE"),
        *(Sent(place, root / place) for room in ROOMS for place in places(root, room)),
    ]
    if choice.pack:
        folder = f"insightface/models/{choice.pack.parent.name}"
        files.append(Sent(f"{folder}/{choice.pack.name}", choice.pack))
        files.append(Sent("insightface/LICENSE.md", PACK_TERMS.format(pack=choice.pack.parent.name).encode()))
    return sorted(files, key=lambda file: file.place)


def places(root: Path, room: str) -> list[str]:
    """The files of one folder that go along."""
    found = (path.relative_to(root) for path in (root / room).rglob("*") if path.is_file() and (path.suffix in KINDS or path.name in NAMES))
    named = (path.as_posix() for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts))
    return [place for place in named if place not in MOVED and not place.startswith(ONLY_TO_PUBLISH)]


def readme(text: str, choice: Choice) -> str:
    """The Space's card; another classifier is named in its metadata, and fetched when the Space is built rather than when it starts."""
    if choice.model is None:
        return text
    name, _, revision = choice.model.partition("@")
    lines = f"models:\n  - {name}\n" + ("" if revision else f"preload_from_hub:\n  - {name}\n")
    return text.replace("tags:\n", f"{lines}tags:\n", 1)


def requirements(choice: Choice) -> str:
    """The Space's requirements.txt."""
    more = (pins.LARGER if choice.model else frozenset()) | (pins.PACK if choice.pack else frozenset())
    return HEADING + "\n".join(pins.adapt_to_space(pins.pin_lines(more), zero=choice.zero)) + "\n"

"""The architecture as data: who may import whom, how large rooms and files may be, which names are not used; and that it is documented."""

import ast
import importlib.metadata
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = (
    *("telltale.messages", "telltale.core", "telltale.parallel", "telltale.net", "telltale.video", "telltale.streaming"),
    *("telltale.sandbox", "telltale.fetch", "telltale.faces", "telltale.provenance", "telltale.render", "telltale.checkpoints"),
    "telltale.model",
    *("telltale.verdict", "telltale", "telltale.cli"),
)
SERVER = (
    *("space.core", "space.storage", "space.i18n", "space.jobs", "space.middleware", "space.runtime", "space.api"),
    *("space.page.result", "space.page", "space.deploy", "space"),
)
TRAINER = (
    *("trainer.data", "trainer.datasets.readers", "trainer.datasets", "trainer.synthesis", "trainer.learning"),
    *("trainer.evaluation", "trainer.reporting", "trainer.calibration", "trainer.frozen", "trainer.hub", "trainer.shortcuts"),
    *("trainer.analysis", "trainer"),
)
LAYERS = {"telltale": ENGINE, "space": SERVER, "trainer": TRAINER}
"""Rooms of each package, lowest first: a room imports only rooms before it."""
MAY_IMPORT = {
    "telltale": {"telltale"},
    "space": {"space", "telltale"},
    "trainer": {"trainer", "telltale"},
    "benchmarks": {"benchmarks", "trainer", "telltale", "space", "extension_build"},
    "extension_build": {"extension_build", "telltale", "space"},
}
ENTRY_POINTS = {"telltale/__main__.py", "telltale/cli/main.py", "space/app.py", "space/deploy/space_entrypoint.py"}
"""Programs, which nothing imports: `telltale serve` starts the server, and the server's programs are that command."""
FILES_A_ROOM = {"trainer/evaluation": 16}
"""12 elsewhere."""
SHORTER = {
    "extension_build/zip.py": "a zip that is the same each time",
    "space/api/idempotency.py": "the header alone; its table lies in storage",
    "telltale/core/extras.py": "a table and its one rule",
    "telltale/core/text.py": "imported by eight rooms",
    "space/middleware/root_path.py": "one of a row of middleware",
    "space/page/result/share.py": "one of a row of cards",
    "benchmarks/server/empty_report.py": "shared with the tests",
}
"""Files of fewer than 25 lines, and why."""
HOME_MADE = {
    *("apart", "nursery", "guardian", "guard", "told", "kept", "chosen", "moofs", "boxes", "locks", "pieces", "looks", "colours", "planes"),
    *("crew", "staff", "workshop", "company", "walls", "gate", "shut", "bodies", "patience", "interpreter", "sayings", "tongues", "shares"),
    *("forging", "forge", "couples", "pairs", "levelling", "surroundings", "seam", "doomed", "knocking", "seat", "floors", "shelf", "site"),
}
"""Names that say nothing to a newcomer, or something else."""
SAME_STEM = {
    "catalogue": "of messages; of models",
    "localize": "a Report; the answers of the API",
    "clips": "videos of a training step; videos of a benchmark",
    "errors": "the engine's errors; a model's errors looked at",
    "evidence": "chosen by the verdict; shown by the page",
    "features": "the command and what it runs",
    "media": "rows' files of the trainer; uploads in the store",
    "plots": "of calibration; of evaluation",
    "provenance": "read by the engine; shown by the page",
    "publish": "a Space; a model",
    "robustness": "of a model; of the extension",
    "run": "one in each benchmark, and the command line's",
    "throughput": "of a folder; of training",
    "verdict": "reached by the engine; shown by the page",
    "worker": "that fetches; that takes jobs",
}
"""Stems that two files have, and why."""


def sources(top: str) -> list[Path]:
    return sorted((ROOT / top).rglob("*.py"))


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever it does so, dotted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                within = f"{node.module}.{alias.name}"
                yield within if (ROOT / (within.replace(".", "/") + ".py")).is_file() else node.module


def room_of(module: str) -> str:
    """The folder that a module lies in, dotted."""
    return module.rpartition(".")[0] if (ROOT / (module.replace(".", "/") + ".py")).is_file() else module


@pytest.mark.parametrize("top", MAY_IMPORT)
def test_packages_import_only_what_they_may(top: str) -> None:
    found = sources(top)
    assert found, f"{top} has no files: the test would pass for nothing"
    for path in found:
        tops = {module.split(".")[0] for module in imported(path)} & set(MAY_IMPORT)
        if place(path) not in ENTRY_POINTS:
            assert tops <= MAY_IMPORT[top], f"{place(path)} imports {tops - MAY_IMPORT[top]}"


@pytest.mark.parametrize("top", LAYERS)
def test_rooms_import_only_rooms_below_them(top: str) -> None:
    layers = LAYERS[top]
    rooms = {".".join(path.relative_to(ROOT).parent.parts) for path in sources(top)}
    assert rooms == set(layers), "a room is missing from its layers, or is no more"
    for path in sources(top):
        room = ".".join(path.relative_to(ROOT).parent.parts)
        above = layers[layers.index(room) + 1 :]
        if place(path) not in ENTRY_POINTS:
            wrong = {module for module in imported(path) if room_of(module) in above}
            assert not wrong, f"{place(path)} imports {wrong}"


def test_the_server_is_loaded_only_when_it_is_started() -> None:
    tree = ast.parse((ROOT / "telltale/cli/main.py").read_text())
    top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert any(module.startswith("space") for module in imported(ROOT / "telltale/cli/main.py"))
    assert not any(module and module.startswith("space") for module in top)


@pytest.mark.parametrize("top", [*MAY_IMPORT, "tests"])
def test_files_are_neither_long_nor_scraps(top: str) -> None:
    for path in sources(top):
        lines = path.read_text().count("\n")
        assert lines <= 320, f"{place(path)} has {lines} lines"
        if top != "tests" and path.name not in ("__init__.py", "__main__.py") and place(path) not in SHORTER:
            assert lines >= 25, f"{place(path)} has {lines} lines"
    assert all((ROOT / name).read_text().count("\n") < 25 for name in SHORTER), "a file of SHORTER has grown"


@pytest.mark.parametrize("top", MAY_IMPORT)
def test_rooms_stay_small(top: str) -> None:
    files = Counter(path.parent for path in sources(top) if path.name != "__init__.py")
    for room, count in files.items():
        assert count <= FILES_A_ROOM.get(place(room), 12), f"{place(room)} has {count} files"


def test_names_are_the_field_s() -> None:
    found = {place(path): {*path.relative_to(ROOT).parent.parts, path.stem} for top in MAY_IMPORT for path in sources(top)}
    assert {name: parts & HOME_MADE for name, parts in found.items() if parts & HOME_MADE} == {}


def test_no_stem_is_used_twice_without_a_reason() -> None:
    stems = Counter(path.stem for top in MAY_IMPORT for path in sources(top) if not path.name.startswith("__"))
    assert {stem for stem, count in stems.items() if count > 1} == set(SAME_STEM)


@pytest.mark.parametrize(
    ("tests", "package"), [("engine", "telltale"), ("space", "space"), ("trainer", "trainer"), ("benchmarks", "benchmarks")]
)
def test_tests_mirror_rooms(tests: str, package: str) -> None:
    rooms = [path for path in (ROOT / "tests" / tests).iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [path.name for path in rooms if not (ROOT / package / path.name).is_dir()] == []


def test_every_room_is_in_the_document() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    rooms = {place(path.parent) for top in LAYERS for path in sources(top)}
    assert [room for room in sorted(rooms) if f"`{room}`" not in text] == []


@pytest.mark.parametrize("name", ["tensorflow", "torchvision", "timm", "albumentationsx", "ultralytics", "boxmot", "opencv-python"])
def test_packages_that_must_not_be_installed(name: str) -> None:
    installed = {(dist.metadata["Name"] or "").lower() for dist in importlib.metadata.distributions()}
    assert "torch" in installed
    assert name not in installed


def test_cv2_needs_no_libgl() -> None:
    """The headless build links neither libGL nor X."""
    listed = [subprocess.run(["ldd", str(path)], capture_output=True, text=True).stdout for path in Path(cv2.__file__).parent.glob("*.so")]
    assert any(listed)
    assert not [text for text in listed if "libGL.so" in text or "libxcb.so" in text]

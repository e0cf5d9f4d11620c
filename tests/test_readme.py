"""The README says what is so: its tree names every file, its commands exist, its figures are those of the card's metrics."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
TRAINER = ("recipes", "readers", "preparation", "forging", "learning", "frozen", "calibration", "evaluation", "probing", "publication")
PANEL = ("panel", "panel/views", "panel/report", "options")
LOCAL = ("local", "local/media", "local/decode", "local/image", "local/faces", "local/verdict")
PARTS = ("background", *PANEL, "capture", "storage", "api", "i18n", *LOCAL, "store")
EXTENSION = ("extension", *(f"extension/{part}" for part in PARTS), "extension_build")
SPACE = ("space", "space/publication", "space/tongues")
ROOMS = ("detector", *SPACE, *EXTENSION, "trainer", *(f"trainer/{room}" for room in TRAINER), "benchmarks")
UNLISTED = ("__init__.py", "__main__.py")


def tree() -> dict[str, list[str]]:
    """Folder -> the files that the README's tree lists in it."""
    block = README.split("## The tree")[1].split("```")[1]
    found: dict[str, list[str]] = {}
    room = ""
    for line in block.strip("\n").splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            room = name.rstrip("/")
            found[room] = []
            assert (ROOT / name).exists(), f"the tree names {name}, which does not exist"
        else:
            found[room].append(name)
        assert len(line.split()) > 2, f"{name} has no line of its own"
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_the_tree_names_every_file_once(room: str) -> None:
    files = {path.name for path in (ROOT / room).iterdir() if path.is_file() and path.name not in UNLISTED}
    listed = tree()[room]
    assert len(listed) == len(set(listed))
    assert set(listed) == files


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test", "setup"} <= named <= targets


def test_the_modules_named_as_commands_exist() -> None:
    named = set(re.findall(r"python -m ([a-z]+(?:\.[a-z]+)+)", README))
    assert len(named) >= 6
    for module in named:
        assert (ROOT / (module.replace(".", "/") + ".py")).is_file(), module


def test_the_accuracy_figures_are_those_that_were_measured() -> None:
    """README and card quote `metrics.json` of the released model, to the digit."""
    metrics = json.loads((ROOT / "hub_card" / "metrics.json").read_text())
    for name in ("video_auc", "frame_auc"):
        figure = metrics[name]
        quoted = f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
        assert quoted in README, f"README does not quote {name} {quoted}"
        assert quoted in (ROOT / "hub_card" / "README.md").read_text(), f"the card does not quote {name} {quoted}"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_nothing_names_a_registry_or_this_machine() -> None:
    words = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|/work/|/root/")
    for path in [*ROOT.glob("*.*"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "hub_card").glob("*.*"), *(ROOT / "detector").rglob("*.py")]:
        if path.is_file() and path.suffix in (".md", ".py", ".toml", ".txt", ".sh", ".json"):
            assert not words.search(path.read_text()), path.name

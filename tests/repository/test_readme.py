"""README and docs say what is so: their commands exist, their figures are those of the card's metrics, their links lead somewhere."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DOCS = "\n".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])


def test_it_can_be_read_in_one_sitting() -> None:
    assert README.count("\n") <= 200


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", DOCS, re.MULTILINE))
    assert {"run", "test", "setup"} <= named <= targets


def test_the_modules_named_as_commands_exist() -> None:
    named = set(re.findall(r"python -m ([a-z]+(?:\.[a-z_]+)+)", DOCS))
    assert len(named) >= 6
    for module in named:
        assert (ROOT / (module.replace(".", "/") + ".py")).is_file() or (ROOT / module.replace(".", "/") / "__main__.py").is_file(), module


def test_the_accuracy_figures_are_those_that_were_measured() -> None:
    """README and card quote `metrics.json` of the released model, to the digit."""
    metrics = json.loads((ROOT / "hub_card" / "metrics.json").read_text())
    for name in ("video_auc", "frame_auc"):
        figure = metrics[name]
        quoted = f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
        assert quoted in README, f"README does not quote {name} {quoted}"
        assert quoted in (ROOT / "hub_card" / "README.md").read_text(), f"the card does not quote {name} {quoted}"


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_nothing_names_a_registry_or_this_machine() -> None:
    words = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|/work/|/root/")
    for path in [*ROOT.glob("*.*"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "hub_card").glob("*.*"), *(ROOT / "telltale").rglob("*.py")]:
        if path.is_file() and path.suffix in (".md", ".py", ".toml", ".txt", ".sh", ".json"):
            assert not words.search(path.read_text()), path.name

"""CONTRIBUTING's five walks: their files and names exist, they are counted, and the data set of the example is read and trained on."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.datasets import dataset_layouts
from trainer.data.manifest import read_manifest
from trainer.data.splits import divide
from trainer.datasets import discover

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
WALKS = {
    title: (int(count), body)
    for title, count, body in re.findall(r"^### (Add an? [a-z ]+) \((\d) files?[^)]*\)\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL)
}
FILE = re.compile(r"`([a-z_]+(?:/[\w.-]+)+\.\w+|pyproject\.toml)`")
NAME = re.compile(r"`([A-Za-z_]\w+)`")


def steps(title: str) -> list[str]:
    """The numbered lines of a walk."""
    return re.findall(r"^\d\. (.*)$", WALKS[title][1], re.MULTILINE)


def example(language: str) -> str:
    """The example in that language in the walk of a data set."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", WALKS["Add a data set"][1], re.MULTILINE | re.DOTALL)
    return found


def test_there_are_five_walks() -> None:
    assert list(WALKS) == ["Add a reason", "Add a language", "Add a signal", "Add a data set", "Add a runtime"]


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_counts_its_files_and_names_what_is_in_them(title: str) -> None:
    files = [name for step in steps(title) for name in FILE.findall(step)]
    assert len(set(files)) == WALKS[title][0], files
    for step in steps(title):
        here = FILE.findall(step)
        assert here, f"a step names no file: {step}"
        held = "".join((ROOT / name).read_text() for name in here)
        missing = [name for name in NAME.findall(step) if not re.search(rf"\b{name}\b", held)]
        assert not missing, f"{here} hold no {missing}"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The example as a module, added to the readers as its second step says."""
    (tmp_path / "example_reader.py").write_text(example("python"))
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("example_reader")
    monkeypatch.setattr(discover, "READERS", (*discover.READERS, module))
    return module


def test_the_reader_of_the_example_reads_its_data_set(reader: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "stock").mkdir()
    stock = dataset_layouts.stock(tmp_path / "stock")
    names = [f"clips/{name}{ending}.mp4" for name in ("anna", "ben", "cem", "dana", "eli") for ending in ("", "_fake")]
    rows = discover.read_sets([dataset_layouts.lay(tmp_path / "MySet", names, stock)]).rows
    assert [(row.file.name, row.label, row.method) for row in rows[:2]] == [
        ("anna.mp4", "real", "pristine"),
        ("anna_fake.mp4", "fake", "FaceSwap"),
    ]
    assert {row.source for row in rows} == {reader.NAME} and len(rows) == 10
    split = {row.file.stem: row.split for row in divide(rows, test=(), validation=(), test_share=0.3).rows}
    assert len(set(split.values())) > 1 and all(split[name] == split[f"{name}_fake"] for name in ("anna", "ben", "cem", "dana", "eli"))


def test_the_manifest_of_the_example_is_one(tmp_path: Path) -> None:
    (tmp_path / "stock").mkdir()
    stock = dataset_layouts.stock(tmp_path / "stock")
    dataset_layouts.lay(tmp_path, ["clips/a.mp4", "clips/a_fake.mp4"], stock)
    (tmp_path / "manifest.jsonl").write_text(example("json"))
    rows = read_manifest(tmp_path / "manifest.jsonl").rows
    assert [(row.label, row.group) for row in rows] == [("real", "a"), ("fake", "a")]

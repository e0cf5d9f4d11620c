"""The extension as it is packed: the same bytes each time, nothing that does not belong, and nothing its judges warn of."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from extension_build.__main__ import build
from extension_build.unpacked import BROWSERS, CHROMIUM, EXTENSION, FIREFOX, manifest_for, own_files
from extension_build.vendor import check_fit, close_imports, vendor
from extension_build.zip import pack
from telltale.core.errors import BadModel
from telltale.model.checksums import EXPORTED, write_sums
from telltale.model.classifier import BROWSER
from tests.support.browser.npm_packages import web_packages
from tests.support.browser.npm_tools import FOLDER, web_tool

LARGEST = 25_000_000
MANIFEST = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``make extension`` fills."""
    web_packages()
    into = tmp_path_factory.mktemp("build")
    build(into)
    return into


def test_zip_is_the_same_wherever_and_whenever_it_is_made(tmp_path: Path) -> None:
    for name, order in (("one", "abc"), ("two", "cba")):
        for letter in order:
            path = tmp_path / name / letter / "file.js"
            path.parent.mkdir(parents=True)
            path.write_text(letter * 1000)
            path.chmod(0o600 if name == "one" else 0o755)
        pack(tmp_path / name, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_zips_hold_what_belongs_and_are_small_enough(packed: Path) -> None:
    for browser in BROWSERS:
        archive = packed / f"telltale-{MANIFEST['version']}-{browser}.zip"
        assert archive.stat().st_size <= LARGEST
        names = zipfile.ZipFile(archive).namelist()
        assert {"manifest.json", "LICENSE", "vendor/classifier/model.onnx", "vendor/mtcnn/pnet.onnx"} <= set(names)
        assert {str(path.relative_to(EXTENSION)) for path in own_files()} <= set(names)
        assert not [
            name for name in names if name.endswith((".py", ".md", ".map", ".d.ts")) or "jsconfig" in name or "extension_build" in name
        ]


def test_each_browser_gets_the_keys_it_knows() -> None:
    chromium, firefox = (manifest_for(browser, MANIFEST) for browser in (CHROMIUM, FIREFOX))
    assert chromium["background"] == {"service_worker": "background/background.js", "type": "module"}
    assert firefox["background"] == {"scripts": ["background/background.js"], "type": "module"}
    assert firefox["permissions"] == [name for name in chromium["permissions"] if name != "sidePanel"]
    assert "sidebar_action" in firefox and "sidebar_action" not in chromium
    shared = set(chromium) & set(firefox) - {"background", "permissions"}
    assert all(chromium[key] == firefox[key] == MANIFEST[key] for key in shared)
    assert set(chromium) | set(firefox) == set(MANIFEST)


def test_unknown_library_is_not_packed(tmp_path: Path) -> None:
    bundle = tmp_path / "ort.mjs"
    bundle.write_text("const other = async (n) => import(n);")
    with pytest.raises(ValueError, match="not the library that is known"):
        close_imports(bundle)


def in_another_file(folder: Path) -> None:
    """The net's weights beside the net."""
    net = onnx.load(folder / EXPORTED)
    onnx.save(net, folder / EXPORTED, save_as_external_data=True, location="weights.bin", size_threshold=0)


def cropped_otherwise(folder: Path) -> None:
    settings = json.loads((folder / "telltale.json").read_text())
    (folder / "telltale.json").write_text(json.dumps(settings | {"crop": "loose"}))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda folder: (folder / EXPORTED).unlink(), "names no onnx/model.onnx"),
        (cropped_otherwise, "its crop is 'loose'"),
        (in_another_file, "keeps weights in a file of its own"),
    ],
)
def test_model_that_the_browser_could_not_run_is_refused(tmp_path: Path, change: Callable[[Path], None], why: str) -> None:
    """Before anything is copied."""
    folder = Path(shutil.copytree(BROWSER, tmp_path / "model"))
    check_fit(folder)  # the control
    change(folder)
    write_sums(folder)
    with pytest.raises(BadModel, match=why):
        vendor(tmp_path / "extension", tmp_path, str(folder))
    assert not (tmp_path / "extension").exists()


@pytest.mark.long
def test_mozilla_s_linter_warns_of_nothing(packed: Path) -> None:
    lint = [web_tool("web-ext"), "lint", "--source-dir", packed / FIREFOX, "--output", "json", "--no-config-discovery"]
    done = subprocess.run(lint, capture_output=True, text=True, timeout=120, check=False)
    told = json.loads(done.stdout)
    assert [f"{found['code']} {found.get('file')}: {found['message']}" for kind in ("errors", "warnings") for found in told[kind]] == []
    assert told["metadata"]["name"]  # it has looked at something


def test_types_are_right(tmp_path: Path) -> None:
    check = [web_tool("tsc"), "--project", EXTENSION / "jsconfig.json", "--typeRoots", FOLDER / "node_modules" / "@types"]
    done = subprocess.run(check, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_wrong_type_would_be_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.js"
    wrong.write_text('/** @type {number} */\nexport const wrong = "text";\n')
    options = json.loads((EXTENSION / "jsconfig.json").read_text())
    (tmp_path / "jsconfig.json").write_text(json.dumps({**options, "include": ["wrong.js"]}))
    check = [web_tool("tsc"), "--project", tmp_path / "jsconfig.json", "--typeRoots", FOLDER / "node_modules" / "@types"]
    assert "TS2322" in subprocess.run(check, capture_output=True, text=True, timeout=60, check=False).stdout

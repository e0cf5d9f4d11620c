"""A page of a real Chromium that has the extension's own code for the device, its nets, and whatever a test lays beside them.

Pictures go there as raw RGB files, and come back as base64. See also: the extension as it is loaded (``loaded_extension.py``).
"""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from telltale.faces.mtcnn import weights_folder
from tests.support.browser.loaded_extension import EXTENSION
from tests.support.browser.npm_packages import web_packages
from tests.support.web.static_server import Web

PRELUDE = """
const load = name => import(`${site}/local/${name}.js`);
const blobOf = async (name, type = "") => new Blob([await (await fetch(`${site}/${name}`, { cache: "no-store" })).arrayBuffer()], { type });
const rgb = async ({ name, width, height }) => ({ data: new Uint8Array(await (await blobOf(name)).arrayBuffer()), width, height });
const rgba = ({ data, width, height }) => {
  const image = new ImageData(width, height);
  for (let from = 0, to = 0; from < data.length; to++) image.data[to] = to % 4 === 3 ? 255 : data[from++];
  return image;
};
const sent = bytes => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};
"""


@dataclass(frozen=True)
class Device:
    """The page and the folder that it can read."""

    page: Page
    folder: Path
    url: str

    def run(self, script: str, *given: Any) -> Any:
        """What a function body gives; it knows ``given``, ``site``, and the names above."""
        return self.page.evaluate(f"async ([site, given]) => {{ {PRELUDE} {script} }}", [self.url, list(given)])

    def lay(self, name: str, rgb: np.ndarray) -> dict[str, Any]:
        """An RGB picture for the page, and what to call it there."""
        (self.folder / name).write_bytes(np.ascontiguousarray(rgb).tobytes())
        return {"name": name, "width": rgb.shape[1], "height": rgb.shape[0]}

    def copy(self, path: Path) -> str:
        """A file for the page."""
        return Path(shutil.copyfile(path, self.folder / path.name)).name


def received(text: str, *shape: int) -> np.ndarray:
    """Bytes that the page sent, as an array."""
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape)


@contextmanager
def device_page(chromium: str, web: Web, folder: Path) -> Iterator[Device]:
    """Opened, with onnxruntime-web at ``ort/`` and MTCNN's nets at ``mtcnn/``. Skips where npm cannot be had."""
    for name, target in (
        ("local", EXTENSION / "local"),
        ("ort", web_packages() / "onnxruntime-web" / "dist"),
        ("mtcnn", weights_folder()),
    ):
        (folder / name).symlink_to(target)
    (folder / "empty.html").write_text("<!doctype html><title>empty</title>")
    (web.folder / folder.name).symlink_to(folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{web.url}/{folder.name}/empty.html")
        yield Device(page, folder, f"{web.url}/{folder.name}")
        browser.close()

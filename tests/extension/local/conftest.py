"""The packed extension with its checks on this device, in one browser for all tests of a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from extension_build.unpacked import lay_out
from tests.conftest import ROOT
from tests.support.browser.loaded_extension import Extension, extended
from tests.support.browser.npm_packages import web_packages
from tests.support.browser.shown_words import NOWHERE


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as the store gets it, unpacked."""
    folder = tmp_path_factory.mktemp("packed") / "chromium"
    lay_out("chromium", folder, web_packages(), ROOT)
    return folder


@pytest.fixture(scope="module")
def loaded(chromium: str, packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Extension]:
    """One browser for all tests but those that need one of their own."""
    with extended(chromium, tmp_path_factory.mktemp("profile"), "--headless=new", folder=packed) as extension:
        yield extension


@pytest.fixture
def extension(loaded: Extension) -> Extension:
    """As on the first day, agreed to, with the server switched off and checks on this device."""
    loaded.reset(NOWHERE)
    choose(loaded, "device")
    return loaded


def choose(extension: Extension, mode: str) -> None:
    """Where checks are made."""
    extension.worker.evaluate("mode => chrome.storage.local.set({ mode })", mode)

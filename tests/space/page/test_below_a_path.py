"""The server below a path of a proxy: the page starts and checks there, and all that it asks for lies there; ``/docs`` too."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from benchmarks.server.server_process import space_server
from tests.support.browser.gradio_page import SOON, check, id_in, watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address, at whose root a browser may ask for nothing."""
    with space_server(tmp_path_factory.mktemp("below"), {"TELLTALE_ROOT_PATH": "telltale/"}) as server:
        yield f"{server.url}/telltale"


def test_the_page_checks_a_file_below_its_path(browser: Browser, below: str, drawn_video: Path) -> None:
    with watched(browser, below) as open_at:  # which fails where a request leaves the path
        page = open_at("/")
        page.set_input_files("input[type=file]", drawn_video)
        check(page)
        expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
        expect(page.locator(".tt-person img").first).to_have_js_property("complete", True)
        assert page.locator(".tt-person img").first.evaluate("image => image.naturalWidth") > 0
        assert page.url.startswith(f"{below}/?check=")
        page.reload()
        assert page.locator("link[rel=canonical]").get_attribute("href") == f"{below}/?check={id_in(page)}"
        page.goto(f"{below}/docs")
        expect(page.get_by_text("/api/v1/checks/{id}/events").first).to_be_visible()
        page.get_by_role("link", name="OpenAPI").click()
        assert page.url == f"{below}/api/v1/openapi.json"


def test_a_proxy_may_cut_the_path_off(below: str) -> None:
    root = below.removesuffix("/telltale")
    for path in ("/health", "/docs", "/api/v1/openapi.json", "/page/page.js"):
        assert httpx.get(root + path).status_code == httpx.get(below + path).status_code == 200
    assert httpx.get(f"{root}/telltales/health").status_code == 404
    assert f'content="{below}/page/card.jpg' in httpx.get(f"{root}/").text

"""How long after the server is up the page can be used, and whom the first paint asks. Fails where that is over the demand.

    python -m benchmarks.server.page_load [--times 3]

Starts a server of its own, waits until it is up (``/health`` answers), opens the page in a fresh Chromium, types an address that is none
and presses the button: the page is usable when its answer is there. See also: how fast a check is (``benchmarks.remote.full_download``).
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.server.server_process import free_port

MOST_SECONDS = 2.0


@dataclass(frozen=True)
class Opening:
    """One opening of the page in a browser that has kept nothing: seconds, requests to the server, requests to anywhere else."""

    seconds: float
    requests: int
    elsewhere: tuple[str, ...]


def main() -> None:
    """Print a table; exit 1 where a demand is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="servers that are started (default: %(default)s)")
    openings = [one for _ in range(parser.parse_args().times) for one in openings_of_a_server()]
    for one in openings:
        print(f"usable after {one.seconds:5.2f} s, {one.requests} requests to the server, {len(one.elsewhere)} elsewhere")
    first = statistics.median(one.seconds for one in openings[::2])
    elsewhere = sorted({address for one in openings for address in one.elsewhere})
    print(f"\nright after the start {first:.2f} s (median; demand: at most {MOST_SECONDS:g} s); asked elsewhere: {elsewhere or 'nobody'}")
    sys.exit(first > MOST_SECONDS or bool(elsewhere))


def openings_of_a_server() -> list[Opening]:
    """The page right after the start of a server, and once more."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with serving() as url:
            openings = [open_page(browser, url) for _ in range(2)]
        browser.close()
    return openings


@contextmanager
def serving() -> Iterator[str]:
    """The address of a new server, from the moment it answers."""
    url = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "telltale", "serve", "--port", url.rpartition(":")[2], "--data-dir", str(Path(folder) / "store")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            while not is_up(url):
                if server.poll() is not None:
                    sys.exit("The server did not start.")
                time.sleep(0.02)
            yield url
            server.terminate()


def is_up(url: str) -> bool:
    """Whether anybody answers there."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def open_page(browser: Browser, url: str) -> Opening:
    """Open the page and use it."""
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    started = time.monotonic()
    page.goto(url, wait_until="commit")
    page.locator("#tt-link").fill("not an address")
    painted = list(asked)
    page.locator(".tt-form [type=submit]").click()
    page.locator(".tt-problem code").get_by_text("fetch.bad_address").wait_for()
    seconds = time.monotonic() - started
    context.close()
    elsewhere = tuple(address for address in asked if not address.startswith(f"{url}/") and not address.startswith(("data:", "blob:")))
    return Opening(seconds, len(painted), elsewhere)


if __name__ == "__main__":
    main()

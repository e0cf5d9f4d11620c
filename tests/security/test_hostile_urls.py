"""The list of hostile addresses (``../shared/security``): what must be refused is, nobody comes to the canaries, and what is fine passes.

Literal rows are judged in this process; the others are played by ``tests/support/web/hostile_urls.py`` through the real yt-dlp, where it is
allowed in a network namespace of its own. See also: the guard by itself (``tests/engine/net/test_egress_proxy.py``).
"""

import json
import logging
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest

from telltale.core.errors import FetchFailed
from telltale.fetch.fetch import fetch
from telltale.net.egress_proxy import run_proxy
from telltale.net.ip_ranges import Ip
from telltale.net.limits import FetchLimits
from telltale.net.url_policy import Rules, require_public_url
from tests.engine.sandbox.test_namespaces import allowed as networks_allowed
from tests.support.web.hostile_outcomes import JUDGES, Came, wrong
from tests.support.web.stub_servers import PUBLIC, Row, rows
from tests.support.web.web_server import SECRET, proved, serving

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
TRICKS_ON_A_LIST = ("u252", "u253")
"""Names of strangers that resemble one on a list of allowed sites; they are judged with such a list."""

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not rows("accept"), reason="the list of hostile addresses (../shared/security) is not here"),
]


def limits_for(row: dict[str, Any]) -> FetchLimits:
    """The limits under which a row is judged."""
    return FetchLimits(only_hosts=frozenset({"youtube.com"}) if row["id"] in TRICKS_ON_A_LIST else frozenset())


def test_literal_rows_are_refused_without_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Counted(socket.socket):
        def __init__(self, *given: Any, **named: Any) -> None:
            made.append("socket")
            super().__init__(*given, **named)

    def resolve(host: str, port: int) -> list[str]:
        made.append(host)
        return [PUBLIC]

    def started(*given: Any, **named: Any) -> NoReturn:
        raise AssertionError("a process was started")

    literal = rows("refuse")
    assert len(literal) == 183
    monkeypatch.setattr("socket.socket", Counted)
    monkeypatch.setattr("subprocess.Popen", started)
    fetch_refused(literal[0], tmp_path, resolve)
    medians = {row["id"]: statistics.median(fetch_refused(row, tmp_path, resolve) for _ in range(5)) for row in literal}
    slowest = max(medians, key=lambda id: medians[id])
    log.info("the slowest of %d literal rows, %s, is refused in %.2f ms (median of 5)", len(medians), slowest, 1000 * medians[slowest])
    assert medians[slowest] < 0.05, slowest
    assert made == [] and list(tmp_path.iterdir()) == []


def fetch_refused(row: dict[str, Any], folder: Path, resolve: Any) -> float:
    """The seconds after which a row was refused; it must be."""
    started = time.perf_counter()
    with pytest.raises(FetchFailed) as caught:
        fetch(row["url"], folder, limits=limits_for(row), resolve=resolve)
    assert caught.value.code in ("fetch.refused", "fetch.bad_address"), row["id"]
    return time.perf_counter() - started


def authorities(kind: str) -> list[tuple[dict[str, Any], str]]:
    """Rows of a kind whose host and port can be asked of the guard, and how they are written there."""
    found = []
    for row in rows(kind):
        scheme, _, rest = row["url"].partition("://")
        authority = rest.partition("/")[0]
        if scheme in ("http", "https") and authority.isascii() and authority.isprintable() and " " not in authority and authority:
            found.append((row, authority))
    return found


def test_the_guard_agrees_on_literal_rows() -> None:
    """Whatever the child may be made to ask for: rows that are refused for their host are refused by the guard, and nobody is dialled."""
    dialled: list[Ip] = []

    def dial(ip: Ip, port: int) -> socket.socket:
        dialled.append(ip)
        raise ConnectionRefusedError

    asked = [(row, host) for row, host in authorities("refuse") if row["code"] in ("url.private_address", "url.port", "url.credentials")]
    assert len(asked) > 70
    for row, authority in asked:
        with run_proxy(limits_for(row).rules, 10_000, resolve=lambda *_: [PUBLIC], dial=dial) as guard:
            with socket.create_connection(("127.0.0.1", urlsplit(guard.url).port), timeout=5) as line:
                line.sendall(proved(guard.url, f"GET http://{authority}/ HTTP/1.1\r\n\r\n".encode()))
                assert line.recv(100) == b"", row["id"]
            assert guard.failure is not None and guard.failure.code == "fetch.refused", row["id"]
    assert dialled == []


def test_rows_to_accept_are_accepted() -> None:
    fine = rows("accept")
    assert len(fine) == 14
    with serving() as site:
        site.file("/", b"fine")
        for row in fine:
            checked = require_public_url(row["url"], resolve=lambda *_: [PUBLIC])
            dialled: list[tuple[str, int]] = []

            def dial(ip: Ip, port: int, dialled: list[tuple[str, int]] = dialled) -> socket.socket:
                dialled.append((str(ip), port))
                return socket.create_connection((site.ip, site.port), timeout=5)

            with run_proxy(Rules(), 10_000, resolve=lambda *_: [PUBLIC], dial=dial) as guard:
                with socket.create_connection(("127.0.0.1", urlsplit(guard.url).port), timeout=5) as line:
                    named = f"[{checked.host}]" if ":" in checked.host else checked.host
                    line.sendall(proved(guard.url, f"CONNECT {named}:{checked.port} HTTP/1.1\r\n\r\n".encode()))
                    assert line.recv(100).startswith(b"HTTP/1.1 200 "), row["id"]
                assert guard.failure is None
            judged = checked.host if ":" in checked.host or checked.host.replace(".", "").isdigit() else PUBLIC
            assert dialled == [(judged, checked.port)], row["id"]


def played(*more: str) -> dict[str, Any]:
    """What ``tests/support/web/hostile_urls.py`` tells; in a namespace of its own where that is allowed."""
    own = ["unshare", "--user", "--map-root-user", "--net"]
    program = [sys.executable, "-m", "tests.support.web.hostile_urls", "--json", *more]
    try:
        allowed = subprocess.run([*own, "ip", "link"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    done = subprocess.run([*own, *program, "--everywhere"] if allowed else program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert SECRET not in done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.long
@pytest.mark.parametrize("more", [("--flips", "10"), ("--beside",)])
def test_stub_rows_through_the_real_downloader(more: tuple[str, ...]) -> None:
    """With a network of the child's own, where the system allows one, and without."""
    told = played(*more)
    assert len(told["rows"]) == 49 + (10 if "--flips" in more else 0)
    assert told["hits"] == [] and told["wrong"] == [] and told["processes"] == 0 and not told["log_leaked"]
    assert bool(told["apart"]) is ("--beside" not in more and networks_allowed())


def came(row: Row, **more: Any) -> Came:
    """What comes of a row where nothing is wrong, but for ``more``."""
    fine = Came(row["id"], "fetch.refused", 1.0, 0, None, (), (("pub.test", "/", ("host",)),), (), 0, False)
    if row["then"] in ("no_cookie_on_other_host", "fixed_file_name_and_text_only"):
        fine = replace(fine, code=None, title="x", asked=(("pub2.test", "/c", ("host",)),), files=("download",))
    return replace(fine, **({"code": "fetch.timeout"} if row["then"] == "stop_at_time_limit" else {}) | more)


def test_every_then_is_judged_and_every_judge_can_say_no() -> None:
    bad: dict[str, dict[str, Any]] = {
        "refuse": {"code": None, "files": ("download",)},
        "refuse_within_6s": {"seconds": 7.0},
        "stop_at_size_limit": {"code": "fetch.upstream", "received": 10_000_000},
        "stop_at_time_limit": {"seconds": 40.0},
        "refuse_or_bounded_60s": {"seconds": 61.0},
        "no_cookie_on_other_host": {"asked": (("pub2.test", "/c", ("cookie",)),)},
        "fixed_file_name_and_text_only": {"files": ("x.desktop",)},
        "no_authorization_header_sent": {"asked": (("pub.test", "/401", ("authorization",)),)},
    }
    stubs = rows("needs_stub_server", "needs_stub_resolver")
    assert len(stubs) == 49 and {row["then"] for row in stubs} == set(bad) == set(JUDGES)
    for row in stubs:
        assert wrong(came(row), row) == [], row
        for ill in (bad[row["then"]], {"received": 40_000_000}, {"files": ("left",)}, {"processes": 1}, {"leaked": True}):
            assert wrong(came(row, **ill), row), (row, ill)


@pytest.mark.long
def test_without_the_guard_the_canaries_see_them() -> None:
    """The control: the same rows with nothing refused."""
    told = played("--off")
    assert len(told["hits"]) >= 30

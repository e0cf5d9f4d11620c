"""The list of hostile addresses (``../shared/security``): what must be refused is, nobody comes to the canaries, and what is fine passes.

Literal rows are judged in this process; the others are played by ``tests/hostile.py`` through the real yt-dlp, where it is allowed in a
network namespace of its own. Not here: the guard by itself (``test_guard.py``).
"""

import ipaddress
import json
import random
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from detector.address import Rules, refuse_unless_public
from detector.errors import FetchFailed
from detector.fetch import FetchLimits, fetch
from detector.guard import guarding
from detector.networks import CLOSED_V4, CLOSED_V6, OPEN_V6, Ip, is_public
from tests.hostile import PUBLIC, rows
from tests.site import SECRET, serving

ROOT = Path(__file__).parent.parent
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

    literal = rows("refuse")
    assert len(literal) == 183
    monkeypatch.setattr("socket.socket", Counted)
    fetch_refused(literal[0], tmp_path, resolve)
    for row in literal:
        assert min(fetch_refused(row, tmp_path, resolve) for _ in range(3)) < 0.05, row["id"]
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
        with guarding(limits_for(row).rules, 10_000, resolve=lambda *_: [PUBLIC], dial=dial) as guard:
            with socket.create_connection(("127.0.0.1", urlsplit(guard.url).port), timeout=5) as line:
                line.sendall(f"GET http://{authority}/ HTTP/1.1\r\n\r\n".encode())
                assert line.recv(100) == b"", row["id"]
            assert guard.failure is not None and guard.failure.code == "fetch.refused", row["id"]
    assert dialled == []


def test_rows_to_accept_are_accepted() -> None:
    fine = rows("accept")
    assert len(fine) == 14
    with serving() as site:
        site.file("/", b"fine")
        for row in fine:
            checked = refuse_unless_public(row["url"], resolve=lambda *_: [PUBLIC])
            dialled: list[tuple[str, int]] = []

            def dial(ip: Ip, port: int, dialled: list[tuple[str, int]] = dialled) -> socket.socket:
                dialled.append((str(ip), port))
                return socket.create_connection((site.ip, site.port), timeout=5)

            with guarding(Rules(), 10_000, resolve=lambda *_: [PUBLIC], dial=dial) as guard:
                with socket.create_connection(("127.0.0.1", urlsplit(guard.url).port), timeout=5) as line:
                    named = f"[{checked.host}]" if ":" in checked.host else checked.host
                    line.sendall(f"CONNECT {named}:{checked.port} HTTP/1.1\r\n\r\n".encode())
                    assert line.recv(100).startswith(b"HTTP/1.1 200 "), row["id"]
                assert guard.failure is None
            judged = checked.host if ":" in checked.host or checked.host.replace(".", "").isdigit() else PUBLIC
            assert dialled == [(judged, checked.port)], row["id"]


def spelled(ip: ipaddress.IPv4Address, dice: random.Random) -> str:
    """One of the many ways to write an IPv4 address as a host."""
    a, b, c, d = (int(part) for part in str(ip).split("."))
    number = int(ip)
    part = [lambda n: str(n), lambda n: f"0{n:o}", lambda n: f"{n:#x}", lambda n: f"0X{n:X}", lambda n: f"000{n:o}"]
    one = [dice.choice(part)(value) for value in (a, b, c, d)]
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in str(ip))
    return dice.choice(
        [
            *(str(ip), f"{ip}.", ".".join(one), f"{one[0]}.{one[1]}.{(c << 8) + d}", f"{one[0]}.{(b << 16) + (c << 8) + d}"),
            *(
                str(number),
                hex(number),
                f"0{number:o}",
                f"{number + 2**32}",
                wide,
                str(ip).replace(".", "\u3002"),
                str(ip).replace(".", "\uff0e"),
            ),
            *(f"[::ffff:{ip}]", f"[::{ip}]", f"[::ffff:0:{ip}]", f"[64:ff9b::{ip}]", f"[64:ff9b:1::{ip}]", f"[2606:4700::5efe:{ip}]"),
            *(f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::{dice.randrange(9)}]", f"[0:0:0:0:0:FFFF:{a:02X}{b:02x}:{c:02x}{d:02X}]"),
            *(f"%{ord(str(ip)[0]):x}{str(ip)[1:]}", f"[{ip}]", f"[::ffff:{ip}%25lo]", f"u@{ip}", f"{ip}%00.example.com"),
        ]
    )


def drawn(network: ipaddress.IPv4Network | ipaddress.IPv6Network, dice: random.Random) -> Ip:
    """Some address of a network."""
    return network[dice.randrange(network.num_addresses)]


def test_property_any_spelling_of_any_closed_address() -> None:
    """10,000 draws of address and spelling: closed ones are refused however they are written, open ones pass in their plain spelling."""
    dice = random.Random(5)
    outside = [
        ipaddress.IPv6Network(text) for text in ("::/8", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64", "64:ff9b:1::/48")
    ]
    for draw in range(10_000):
        if draw % 4 == 0:
            closed6 = drawn(dice.choice([*CLOSED_V6, *outside]), dice)
            host = f"[{closed6}]" if dice.random() < 0.5 else f"[{closed6.exploded.upper()}]"
            open_one = drawn(OPEN_V6[0], dice)
        else:
            host = spelled(drawn(dice.choice(CLOSED_V4), dice), dice)  # type: ignore[arg-type]
            open_one = ipaddress.IPv4Address(dice.randrange(2**32))
        if host.startswith("[64:ff9b::") and is_public(ipaddress.ip_address(host[1:-1])):
            continue
        with pytest.raises(FetchFailed):
            refuse_unless_public(f"http://{host}/v.mp4", resolve=lambda *_: [PUBLIC])
        if is_public(open_one):
            refuse_unless_public(f"http://[{open_one}]/" if open_one.version == 6 else f"http://{open_one}/")


def played(*more: str) -> dict[str, Any]:
    """What ``tests/hostile.py`` tells; in a namespace of its own where that is allowed."""
    own = ["unshare", "--user", "--map-root-user", "--net"]
    program = [sys.executable, "-m", "tests.hostile", *more]
    try:
        allowed = subprocess.run([*own, "ip", "link"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    done = subprocess.run([*own, *program, "--everywhere"] if allowed else program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert SECRET not in done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


THEN_MAY_PASS = ("stop_at_size_limit", "no_cookie_on_other_host", "fixed_file_name_and_text_only", "refuse_or_bounded_60s")


@pytest.mark.slow
def test_stub_rows_through_the_real_downloader() -> None:
    told = played("--flips", "10")
    rule = {row["id"]: row for row in rows("needs_stub_server", "needs_stub_resolver")}
    assert len(rule) == 49 and len(told["rows"]) == 59
    assert told["hits"] == [] and told["processes"] == 0
    for came in told["rows"]:
        then = rule[came["id"].partition("-")[0]]["then"]
        assert came["code"] is not None or then in THEN_MAY_PASS or "-" in came["id"], came
        assert came["seconds"] < 60 and came["received"] < 3_000_000 + 32_000_000 and not came["leaked"], came
        assert came["left"] == ([] if came["code"] else ["download"]), came
    by_id = {came["id"]: came for came in told["rows"]}
    assert by_id["u119"]["code"] == "fetch.bad_address" and by_id["u119"]["seconds"] < 6
    assert by_id["u157"]["code"] == "fetch.timeout"
    assert by_id["u159"]["code"] is None and by_id["u160"]["code"] is None


@pytest.mark.slow
def test_without_the_guard_the_canaries_see_them() -> None:
    """The control: the same rows with nothing refused."""
    told = played("--off")
    assert len(told["hits"]) >= 30

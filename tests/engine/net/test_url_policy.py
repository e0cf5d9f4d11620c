"""telltale/net/url_policy.py: what is refused before anything is connected, and what is not."""

import ipaddress
import random
import time

import pytest

from telltale.core.errors import FetchFailed
from telltale.net.url_policy import Rules, require_public_url

OPEN = ["93.184.215.14"]


def code(url: str, *answers: str) -> str | None:
    """The code with which an address is refused, or None; every name resolves to ``answers``."""
    try:
        require_public_url(url, resolve=lambda host, port: list(answers) or OPEN)
    except FetchFailed as failure:
        return failure.code
    return None


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://example.com/clip.mp4", "https://example.com/clip.mp4"),
        ("HTTPS://Example.COM:443/Clip.mp4?x=1#t=3", "https://example.com/Clip.mp4?x=1"),
        ("http://example.com", "http://example.com/"),
        ("https://example.com?v=1", "https://example.com/?v=1"),
        ("https://example.com/a clip/ä.mp4", "https://example.com/a%20clip/%C3%A4.mp4"),
        ("https://example.com/@somebody/video/1", "https://example.com/@somebody/video/1"),
        ("https://münchen.example.com/", "https://xn--mnchen-3ya.example.com/"),
        ("http://93.184.215.14/v.mp4", "http://93.184.215.14/v.mp4"),
        ("http://[2606:4700:4700:0::1111]/v.mp4", "http://[2606:4700:4700::1111]/v.mp4"),
        ("http://[64:ff9b::5db8:d70e]/v.mp4", "http://[64:ff9b::5db8:d70e]/v.mp4"),
    ],
)
def test_accepted_in_one_plain_form(url: str, plain: str) -> None:
    assert require_public_url(url, resolve=lambda host, port: OPEN).url == plain


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
        *("http://127.0.0.1./", "http://0.0.0.0/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/"),
        *("http://168.63.129.16/", "http://224.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::127.0.0.1]/"),
        *("http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::7f00:1]/", "http://[2002:7f00:1::]/"),
        *("http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "http://[2606:4700::5efe:7f00:1]/", "http://[::1%25lo]/"),
        *("http://[fd00:ec2::254]/", "http://localhost/", "http://LOCALHOST./", "http://metadata.google.internal/"),
        *("http://intranet/", "http://①②⑦.⓪.⓪.①/", "http://loca\u200dlhost/", "http://user:pass@example.com/"),
        *("http://example.com@127.0.0.1/", "http://example.com\\@127.0.0.1/", "http://example.com#@127.0.0.1/"),
        *("http://example.com:22/", "http://example.com:0/", "http://example.com:99999/", "http://example.com/%0d%0aHost:%20a"),
        *("http://example.com/\nx", "http://yоutube.com/", "https://example.com/#__youtubedl_smuggle=%7B%7D", "http://1.2.3.4.5/"),
        *("http://a..b/", "http:///v.mp4", "http://", "//example.com/", "example.com/v.mp4", "file:///etc/passwd"),
        *("ftp://example.com/", "javascript:alert(1)", "ytsearchall:cats", "--config-locations=/tmp/x", " http://example.com/"),
        *("http://example.com/" + "a" * 5000, ""),
    ],
)
def test_refused(url: str) -> None:
    assert code(url) in ("fetch.refused", "fetch.bad_address")


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], ["100.64.0.7"], ["0.0.0.0"], [*OPEN, "127.0.0.1"], ["fe80::1%eth0"]],
)
def test_one_private_answer_refuses_the_name(answers: list[str]) -> None:
    assert code("http://example.com/", *answers) == "fetch.refused"


def test_unknown_name() -> None:
    with pytest.raises(FetchFailed, match="no site of this name") as caught:
        require_public_url("https://example.com/", resolve=lambda host, port: [])
    assert caught.value.code == "fetch.bad_address"


def test_only_the_pair_that_a_test_allows_passes() -> None:
    allowed = frozenset({"127.0.0.1:8801"})
    assert require_public_url("http://127.0.0.1:8801/x", Rules(allow_hosts=allowed)).url == "http://127.0.0.1:8801/x"
    for url in (
        "http://127.0.0.1:8802/x",
        "http://127.0.0.1/x",
        "http://127.1:8801/x",
        "http://localhost:8801/x",
        "http://u@127.0.0.1:8801/",
    ):
        with pytest.raises(FetchFailed):
            require_public_url(url, Rules(allow_hosts=allowed))


def test_a_slow_resolver_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(1.5)
        return []

    monkeypatch.setattr("telltale.net.url_policy.RESOLVE_SECONDS", 0.2)
    monkeypatch.setattr("socket.getaddrinfo", slow)
    started = time.monotonic()
    with pytest.raises(FetchFailed, match="no site of this name"):
        require_public_url("http://example.com/")
    assert time.monotonic() - started < 1.4


def test_any_spelling_of_any_private_address_is_refused() -> None:
    dice = random.Random(1)
    closed = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")]
    for _ in range(500):
        network = dice.choice(closed)
        number = int(network.network_address) + dice.randrange(network.num_addresses)
        a, b, c, d = number.to_bytes(4, "big")
        for host in (
            *(f"{a}.{b}.{c}.{d}", str(number), hex(number), f"0{number:o}", f"{a}.{(b << 16) + (c << 8) + d}", f"{a}.{b}.{(c << 8) + d}"),
            *(f"0{a:o}.{b}.{c}.{d}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"[::ffff:{a}.{b}.{c}.{d}]", f"[::{a}.{b}.{c}.{d}]"),
            *(f"[64:ff9b::{a}.{b}.{c}.{d}]", f"[64:ff9b:1::{a}.{b}.{c}.{d}]", f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]"),
        ):
            assert code(f"http://{host}/") is not None, host

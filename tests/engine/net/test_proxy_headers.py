"""telltale/net/proxy_headers.py: which HTTP heads are understood, and what of them is passed on."""

import pytest

from telltale.net.proxy_headers import BadHeadError, parse_request, parse_response


@pytest.mark.parametrize(
    "head",
    [
        *("GET / HTTP/1.1\r\nHost: example.com", "GET https://example.com/ HTTP/1.1", "GET file:///etc/passwd HTTP/1.1"),
        *("GET ftp://example.com/ HTTP/1.1", "GET http:///x HTTP/1.1", "GET http://example.com/a b HTTP/1.1"),
        *("GET http://example.com/", "GET http://example.com/ HTTP/2.0", "GET http://example.com/\nX HTTP/1.1"),
        *("get http://example.com/ HTTP/1.1", "GET http://example.com/ HTTP/1.1\r\n folded"),
        *("GET http://example.com/ HTTP/1.1\r\nA: b\nC: d", "GET http://example.com/ HTTP/1.1\r\nA : b"),
        "POST http://example.com/ HTTP/1.1\r\nTransfer-Encoding: chunked",
        "POST http://example.com/ HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4",
        *("POST http://example.com/ HTTP/1.1\r\nContent-Length: +3", ""),
    ],
)
def test_requests_that_are_not_understood(head: str) -> None:
    with pytest.raises(BadHeadError):
        parse_request(head.encode())


def test_what_is_passed_on() -> None:
    order = parse_request(
        b"POST http://Example.com?q=1 HTTP/1.1\r\nHost: inside\r\nProxy-Authorization: x\r\nConnection: X\r\nContent-Length: 2\r\nA: b"
    )
    assert (order.authority, order.tunnel, order.body) == ("Example.com", False, 2)
    assert order.head == b"POST /?q=1 HTTP/1.1\r\nHost: Example.com\r\nContent-Length: 2\r\nA: b\r\nConnection: close\r\n\r\n"
    assert parse_response(b"HTTP/1.0 302 Found\r\nLocation: http://10.0.0.1/\r\nKeep-Alive: 5") == (
        302,
        b"HTTP/1.0 302 Found\r\nLocation: http://10.0.0.1/\r\nConnection: close\r\n\r\n",
    )
    for head in (b"hello", b"HTTP/1.1 20 OK", b"SSH-2.0-x", b"HTTP/1.1 200 OK\r\nno field"):
        with pytest.raises(BadHeadError):
            parse_response(head)

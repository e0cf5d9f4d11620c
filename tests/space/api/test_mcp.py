"""space/api/mcp.py through the protocol's own client, over HTTP: the tool, its answers in words and as JSON, its walls."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from pydantic import SecretStr
from starlette.testclient import TestClient

Server = Callable[..., TestClient]
TOKEN = "a-token-of-sixteen"


async def call(server: str, url: str) -> tuple[Any, list[str]]:
    """The tool's answer, and what was told meanwhile."""
    progress: list[str] = []

    async def listen(done: float, total: float | None, message: str | None) -> None:
        progress.append(message or "")

    async with streamable_http_client(f"{server}/mcp") as (read, write, _), ClientSession(read, write) as client:
        await client.initialize()
        assert [tool.name for tool in (await client.list_tools()).tools] == ["check_video"]
        return await client.call_tool("check_video", {"url": url}, progress_callback=listen), progress


def test_a_video_is_checked_to_its_report(space_url: str, web: Any, drawn_video: Any) -> None:
    (web.folder / "for-mcp.mp4").write_bytes(drawn_video.read_bytes())
    url = f"{web.url}/for-mcp.mp4"
    answer, progress = asyncio.run(call(space_url, url))
    assert not answer.isError, answer.content
    check = answer.structuredContent
    assert check["state"] == "done" and check == httpx.get(f"{space_url}{check['links']['self']}").json() | {"owned": True}, (
        "the very check of the API"
    )
    assert check["report"]["source"]["url"] == url
    text = answer.content[0].text
    assert text.startswith(check["report"]["headline"]) and all(caveat["message"] in text for caveat in check["report"]["caveats"])
    assert text.endswith(f"{space_url}/?check={check['id']}")
    assert progress, "how far it is was told"


def test_what_cannot_be_checked_is_told_as_an_error(space_url: str) -> None:
    refused, _ = asyncio.run(call(space_url, "http://127.0.0.1:9/video.mp4"))
    assert refused.isError and refused.structuredContent["error"]["code"] == "fetch.refused"
    assert refused.structuredContent["error"]["detail"] in refused.content[0].text
    for nonsense in ("/etc/passwd", "", "https://example.org/" + "x" * 3000):
        answer, _ = asyncio.run(call(space_url, nonsense))
        assert answer.isError and answer.structuredContent is None


def talk(app: Any, what: Callable[[ClientSession], Coroutine[Any, Any, Any]], **headers: str) -> Any:
    """Speak with an application that no port serves."""

    async def run() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as http:
            spoken = streamable_http_client("http://127.0.0.1/mcp", http_client=http)
            async with spoken as (read, write, _), ClientSession(read, write) as client:
                await client.initialize()
                found = await what(client)
            await app.state.assistants.close()
            return found

    return asyncio.run(run())


def test_callers_share_and_a_full_queue_are_told_with_their_wait(still_server: Server) -> None:
    http = still_server(max_queued=1, rate_limit_per_minute=3)
    http.app.state.assistants._wait = 0.3  # type: ignore[attr-defined]

    async def ask(client: ClientSession) -> list[Any]:
        return [await client.call_tool("check_video", {"url": f"https://example.org/{name}"}) for name in ("a", "a", "b", "c")]

    first, again, full, many = talk(http.app, ask)
    assert not first.isError and first.structuredContent["state"] == "queued"
    assert "Call again with the same address" in first.content[0].text
    assert again.structuredContent["id"] == first.structuredContent["id"], "and that is no second check"
    assert full.isError and "job.queue_full" in full.content[0].text and " seconds" in full.content[0].text
    assert many.isError and "request.too_many" in many.content[0].text and " seconds" in many.content[0].text
    metrics = http.get("/metrics").text
    assert 'problems_total{code="job.queue_full"} 1' in metrics and 'problems_total{code="request.too_many"} 1' in metrics


def test_it_stands_behind_the_gate_and_the_tokens(still_server: Server) -> None:
    http = still_server(api_tokens=frozenset({SecretStr(TOKEN)}))
    message: Any = {"json": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}}
    assert http.post("/mcp", **message).json()["code"] == "request.no_token"
    assert http.post("/mcp", headers={"Host": "evil.test"}, **message).json()["code"] == "request.wrong_host"
    assert http.post("/mcp", headers={"Origin": "https://evil.test"}, **message).json()["code"] == "request.wrong_origin"

    async def tools(client: ClientSession) -> int:
        return len((await client.list_tools()).tools)

    assert talk(http.app, tools, authorization=f"Bearer {TOKEN}") == 1


def test_there_are_no_sessions_and_no_long_messages(space_url: str) -> None:
    for method in ("GET", "DELETE"):
        answer = httpx.request(method, f"{space_url}/mcp", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, "POST", "request.invalid")
    accepts = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    assert httpx.post(f"{space_url}/mcp", content=b" " * 70_000, headers=accepts).status_code == 413
    assert httpx.post(f"{space_url}/mcp", content=b"{", headers=accepts).status_code == 400
    assert httpx.post(f"{space_url}/gradio_api/mcp/", json={}).status_code == 404, "Gradio's own is off"

"""``/docs``: every operation, parameter and problem is on it, and nothing comes from elsewhere."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from space.api.docs_page import render_docs
from telltale.core.errors import CODES


def test_it_shows_all_operations_and_problems_and_loads_nothing(still_server: Callable[..., TestClient]) -> None:
    http = still_server()
    answer = http.get("/docs")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    page, document = answer.text, http.get("/api/v1/openapi.json").json()
    operations = [told for methods in document["paths"].values() for told in methods.values()]
    assert len(operations) > 12
    assert all(f'id="{told["operationId"]}"' in page for told in operations)
    assert all(f"<code>{one['name']}</code>" in page for told in operations for one in told.get("parameters", []))
    assert all(f"<code>{code}</code>" in page for code in CODES)
    assert not re.search(r"<script|<link|<img|@import|url\(|src=", page)
    assert re.findall(r'href="([^"]*)"', page) == ["api/v1/openapi.json"]


def test_what_the_document_says_stays_text() -> None:
    told = {"operationId": "x", "description": "<b>bold</b>", "parameters": [], "responses": {"200": {"content": {}}}}
    problem = {"content": {"application/problem+json": {"examples": {"a<b": {"value": {"status": 1, "detail": "<i>"}}}}}}
    told["responses"]["default"] = problem  # type: ignore[index]
    page = render_docs({"info": {"title": "<u>"}, "openapi": "3", "paths": {"/<s>": {"get": told}}}, "there")
    assert not [tag for tag in ("<b>bold", "<i>", "<u>", "<s>", "a<b") if tag in page]

"""The OpenAPI document as a page at ``/docs``, for people: plain HTML written here, which loads nothing and runs no script.

See also: the document itself (``openapi.py``).
"""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

STYLE = """
:root { color-scheme: light dark; font: 16px/1.55 ui-sans-serif, system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; overflow-wrap: anywhere; }
h1 { margin-bottom: 0.25rem; } h2 { font-size: 1.125rem; margin: 0; } h3 { font-size: 0.9375rem; margin: 1.25rem 0 0.25rem; }
details { border: 1px solid color-mix(in srgb, currentColor 22%, transparent); border-radius: 12px; margin: 0.75rem 0; }
summary { padding: 0.75rem 1rem; cursor: pointer; } summary h2 { display: inline; } summary p { margin: 0.25rem 0 0; }
details > div { padding: 0 1rem 1rem; } code, pre { font-family: ui-monospace, monospace; font-size: 0.875em; }
pre { padding: 0.75rem; border-radius: 8px; overflow: auto; max-height: 24rem;
  background: color-mix(in srgb, currentColor 7%, transparent); }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; } th { text-align: left; font-weight: 600; }

:is(th, td) { padding: 0.375rem 0.75rem 0.375rem 0; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
b { display: inline-block; min-width: 4.5rem; }
"""


@router.get("/docs")
def show(request: Request) -> HTMLResponse:
    """The document of the server that answers."""
    return HTMLResponse(render_docs(request.app.openapi(), "api/v1/openapi.json"))


def render_docs(document: dict[str, Any], address: str) -> str:
    """The page. ``address`` is that of the JSON, relative to the page."""
    operations = [
        render_operation(method, path, told, document) for path, methods in document["paths"].items() for method, told in methods.items()
    ]
    title = f"{document['info']['title']}: HTTP API"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>'
        f'<h1>{escape(title)}</h1><p>The same as JSON: <a href="{escape(address)}">OpenAPI {escape(document["openapi"])}</a></p>'
        f"{''.join(operations)}<h2>Problems</h2>{render_problems(document)}</main></body></html>"
    )


def render_operation(method: str, path: str, told: dict[str, Any], document: dict[str, Any]) -> str:
    """One operation: what it does, what it is asked with, what it answers."""
    parts = []
    if rows := [parameter_row(one) for one in told.get("parameters", [])]:
        parts.append(f"<h3>Parameters</h3><table><tr><th>name<th>in<th>type<th>what it says</tr>{''.join(rows)}</table>")
    for kind, content in told.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h3>Body: {escape(kind)}</h3>{render_content(content)}")
    for status, answer in told["responses"].items():
        if status != "default":
            for kind, content in answer.get("content", {}).items():
                parts.append(f"<h3>{escape(status)}: {escape(kind)}</h3>{render_content(content)}")
    first, _, rest = told.get("description", "").partition("\n")
    return (
        f'<details id="{escape(told["operationId"])}"><summary><h2><b>{escape(method.upper())}</b><code>{escape(path)}</code></h2>'
        f"<p>{escape(first)}</p></summary><div>{f'<p>{escape(rest.strip())}</p>' if rest.strip() else ''}{''.join(parts)}</div></details>"
    )


def parameter_row(one: dict[str, Any]) -> str:
    """One parameter of a path, a query or a header."""
    shape = one.get("schema", {})
    kind = " or ".join(sorted(kinds_of(shape))) + ("" if one.get("required") else ", optional")
    said = one.get("description", "")
    return f"<tr><td><code>{escape(one['name'])}</code><td>{escape(one['in'])}<td>{escape(kind)}<td>{escape(said)}</tr>"


def kinds_of(shape: dict[str, Any]) -> Iterator[str]:
    """The types that a schema allows, but null."""
    for each in shape.get("anyOf", [shape]):
        if (kind := each.get("type")) and kind != "null":
            yield kind


def render_content(content: dict[str, Any]) -> str:
    """A body: its example where it has one, else its schema."""
    shown = content["example"] if "example" in content else content.get("schema", {})
    text = shown if isinstance(shown, str) else json.dumps(shown, indent=2, ensure_ascii=False)
    return f"<pre>{escape(text)}</pre>"


def render_problems(document: dict[str, Any]) -> str:
    """Every code of a problem, once: all operations may answer them."""
    told = next(each for methods in document["paths"].values() for each in methods.values() if "default" in each["responses"])
    examples = told["responses"]["default"]["content"]["application/problem+json"]["examples"]
    rows = "".join(
        f"<tr><td><code>{escape(code)}</code><td>{one['value']['status']}<td>{escape(one['value']['detail'])}</tr>"
        for code, one in sorted(examples.items())
    )
    return f"<table><tr><th>code<th>status<th>such as</tr>{rows}</table>"

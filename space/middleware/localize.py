"""The interpreter: with ``?lang=de`` the API says its sentences in that language; without it all it says stays English, byte for byte.

Only what is meant for people changes: the ``detail`` of a problem, ``text`` and ``count`` of a step, the sentences of a Report. Codes and
numbers stay, and so do names. It stands before all that may refuse, so that refusals are interpreted too. See also: the languages
(``space/i18n/languages.py``).
"""

import json
from typing import Annotated, Any

from fastapi import Query
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.i18n.languages import ENGLISH, LANGUAGES, spoken
from space.i18n.messages import Words
from space.i18n.report import in_language
from telltale.core.report import Report

JSON_KINDS = ("application/json", "application/problem+json")
EVENTS = "text/event-stream"
HEARD = ("/api/", "/health")


Lang = Annotated[str, Query(description=f"Language of the sentences: {', '.join(LANGUAGES)}; English for any other.")]


def declared(lang: Lang = "en") -> str:
    """So that the OpenAPI document knows ``lang``."""
    return lang


class LocalizationMiddleware:
    """ASGI middleware that puts the sentences of JSON answers and of events into the language that ``lang`` names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        words = asked_in(scope)
        if words is ENGLISH:
            return await self._app(scope, receive, send)
        await self._app(scope, receive, Answer(words, send).pass_on)


class Answer:
    """One answer on its way: JSON is gathered and sent whole; of a stream each event by itself; anything else is untouched."""

    def __init__(self, words: Words, send: Send) -> None:
        self._words = words
        self._send = send
        self._start: Message = {}
        self._kind = ""
        self._body = b""

    async def pass_on(self, message: Message) -> None:
        """One ASGI message."""
        if message["type"] == "http.response.start":
            self._start = message
            self._kind = MutableHeaders(scope=message).get("content-type", "").partition(";")[0]
            if self._kind in JSON_KINDS:
                return
        elif self._kind == EVENTS:
            message = {**message, "body": b"\n".join(self._line(line) for line in message.get("body", b"").split(b"\n"))}
        elif self._kind in JSON_KINDS:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            said = interpreted(self._body, self._words)
            headers = MutableHeaders(scope=self._start)
            headers["content-length"], headers["content-language"] = str(len(said)), self._words.LANGUAGE
            await self._send(self._start)
            message = {**message, "body": said}
        await self._send(message)

    def _line(self, line: bytes) -> bytes:
        data = b"data: "
        return data + interpreted(line.removeprefix(data), self._words) if line.startswith(data) else line


def asked_in(scope: Scope) -> Words:
    """The language that a request to the API names; English where it names none."""
    if scope["type"] != "http" or not scope["path"].startswith(HEARD):
        return ENGLISH
    return spoken(QueryParams(scope.get("query_string", b"")).get("lang"))


def interpreted(body: bytes, words: Words) -> bytes:
    """A JSON answer, its sentences in another language; as it is where it is no object."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    if not isinstance(answer, dict):
        return body
    return json.dumps(put(answer, words), ensure_ascii=False, separators=(",", ":")).encode()


def put(answer: dict[str, Any], words: Words) -> dict[str, Any]:
    """A problem, a check, a batch or the server's health."""
    changed = dict(answer)
    for name in ("detail", "text", "count"):
        if isinstance(answer.get(name), str):
            changed[name] = words.say(answer[name])
    for name in ("error", "progress"):
        if isinstance(answer.get(name), dict):
            changed[name] = put(answer[name], words)
    if isinstance(answer.get("items"), list):
        changed["items"] = [put(item, words) for item in answer["items"]]
    if isinstance(answer.get("report"), dict):
        changed["report"] = in_language(Report.model_validate(answer["report"]), words).model_dump(mode="json")
    return changed

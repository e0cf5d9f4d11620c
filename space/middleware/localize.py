"""The API in the caller's language: that of ``?lang=de``, else of Accept-Language, else English.

Only what is meant for people changes: the ``detail`` of a problem, ``text`` and ``count`` of a step, the messages of a Report. They are
rendered anew from code and parameters; codes, numbers and names stay. It stands before all that may refuse, so that refusals are localized
too. See also: the choice of a language (``space/i18n/languages.py``).
"""

import json
from typing import Annotated, Any

from fastapi import Query
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.i18n.languages import spoken
from telltale.core.errors import message_id
from telltale.core.progress import STEPS, Progress
from telltale.core.report import Report
from telltale.messages.catalogue import ENGLISH, languages
from telltale.render.formatting import Translator
from telltale.render.localize import localized

JSON_KINDS = ("application/json", "application/problem+json")
EVENTS = "text/event-stream"
HEARD = ("/api/", "/health")


LANG = f"Language of the messages: {', '.join(languages())}; by default that of Accept-Language, and English for any other."
Lang = Annotated[str, Query(description=LANG)]


def declared(lang: Lang = "") -> str:
    """So that the OpenAPI document knows ``lang``."""
    return lang


class LocalizationMiddleware:
    """ASGI middleware that renders the messages of JSON answers and of events in the caller's language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        words = asked_in(scope)
        if words.language == ENGLISH:
            return await self._app(scope, receive, send)
        await self._app(scope, receive, Answer(words, send).pass_on)


class Answer:
    """One answer on its way: JSON is gathered and sent whole; of a stream each event by itself; anything else is untouched."""

    def __init__(self, words: Translator, send: Send) -> None:
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
            said = translated(self._body, self._words)
            headers = MutableHeaders(scope=self._start)
            headers["content-length"], headers["content-language"] = str(len(said)), self._words.language
            await self._send(self._start)
            message = {**message, "body": said}
        await self._send(message)

    def _line(self, line: bytes) -> bytes:
        data = b"data: "
        return data + translated(line.removeprefix(data), self._words) if line.startswith(data) else line


def asked_in(scope: Scope) -> Translator:
    """The language that a request to the API asks for; English where it asks for none."""
    if scope["type"] != "http" or not scope["path"].startswith(HEARD):
        return Translator()
    return spoken(QueryParams(scope.get("query_string", b"")).get("lang"), Headers(scope=scope).get("accept-language", ""))


def translated(body: bytes, words: Translator) -> bytes:
    """A JSON answer, its messages in another language; as it is where it is no object."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    if not isinstance(answer, dict):
        return body
    return json.dumps(put(answer, words), ensure_ascii=False, separators=(",", ":")).encode()


def put(answer: dict[str, Any], words: Translator) -> dict[str, Any]:
    """A problem, a check, a batch or the server's health."""
    changed = dict(answer)
    if isinstance(answer.get("detail"), str) and isinstance(answer.get("variant"), str):
        changed["detail"] = words.stored(message_id(answer["code"], answer["variant"]), answer["params"], answer["detail"])
    if answer.get("step") in STEPS:
        progress = Progress(answer["step"], answer["done"], answer["total"])
        changed |= {"text": progress.text(words.language), "count": progress.count(words.language)}
    for name in ("error", "progress"):
        if isinstance(answer.get(name), dict):
            changed[name] = put(answer[name], words)
    if isinstance(answer.get("items"), list):
        changed["items"] = [put(item, words) for item in answer["items"]]
    if isinstance(answer.get("report"), dict):
        changed["report"] = localized(Report.model_validate(answer["report"]), words).model_dump(mode="json")
    return changed

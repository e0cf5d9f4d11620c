"""Every error that a user may see, as one family.

    TelltaleError
    ├── BadMedia        what was given is not a video or picture that can be read
    ├── FetchFailed     an address could not, or must not, be fetched
    ├── BadModel        the model asked for is absent, broken or not a real/fake classifier
    ├── JobProblem      a queued check that is unknown, cancelled or has no room
    └── BadRequest      a request or an argument that makes no sense

Each error carries a stable ``code`` and parameters (for programs), a message in the catalogue (for people), one HTTP status and one exit
code. Any exception outside this family is a bug and shows its traceback. The codes are listed in ``CODES`` and tested against the docs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telltale.messages.catalogue import ENGLISH, Params, parameters_of, render

LONGEST_PARAMETER = 300
"""Letters of a value that a child process tells."""


@dataclass(frozen=True)
class Code:
    """What a code means to a program: its HTTP status and the process's exit code."""

    status: int
    exit: int = 2


CODES: dict[str, Code] = {
    "media.not_found": Code(404),
    "media.empty": Code(422),
    "media.not_media": Code(422),
    "media.no_picture": Code(422),
    "media.no_frames": Code(422),
    "media.encrypted": Code(422),
    "media.too_large": Code(413),
    "media.timeout": Code(422),
    "media.crashed": Code(422),
    "media.no_media_in_folder": Code(422),
    "fetch.bad_address": Code(422),
    "fetch.refused": Code(403),
    "fetch.not_a_video": Code(422),
    "fetch.live": Code(422),
    "fetch.playlist": Code(422),
    "fetch.drm": Code(422),
    "fetch.login": Code(422),
    "fetch.age": Code(422),
    "fetch.region": Code(422),
    "fetch.robot": Code(422),
    "fetch.gone": Code(410),
    "fetch.too_large": Code(413),
    "fetch.timeout": Code(504),
    "fetch.upstream": Code(502),
    "model.not_found": Code(500, 3),
    "model.broken": Code(500, 3),
    "model.unsupported": Code(500, 3),
    "model.changed": Code(500, 3),
    "model.no_detector": Code(500, 3),
    "model.unknown_labels": Code(500, 3),
    "model.pickled": Code(500, 3),
    "model.not_pinned": Code(500, 3),
    "job.not_found": Code(404),
    "job.cancelled": Code(409),
    "job.interrupted": Code(500, 3),
    "job.queue_full": Code(429),
    "request.invalid": Code(422),
    "request.too_large": Code(413),
    "request.too_many": Code(429),
    "request.wrong_host": Code(421),
    "request.wrong_origin": Code(403),
    "request.no_token": Code(401),
    "request.wrong_token": Code(403),
    "request.key_reused": Code(422),
    "request.not_owner": Code(403),
    "internal": Code(500, 3),
}


class TelltaleError(Exception):
    """An error with a stable code, parameters, and a message in every language of the catalogue.

    ``BadRequest("request.invalid", "frames_form", most=64)`` has the message ``error.request.invalid.frames_form``; without a variant the
    message is that of the code. A developer's own tools may give an English ``text`` instead, which is shown as it is.
    """

    def __init__(self, code: str, variant: str = "", /, *, text: str | None = None, **params: str | int | float) -> None:
        if code not in CODES:
            raise KeyError(f"unlisted error code {code!r}")
        super().__init__(code, variant, params)
        self.code = code
        self.variant = variant
        self.params = params
        self.text = text

    def render(self, language: str = ENGLISH) -> str:
        """The message in that language."""
        return message_of(self.code, self.variant, self.params, self.text, language)

    @property
    def sentence(self) -> str:
        """The message in English."""
        return self.render()

    def __str__(self) -> str:
        """The message in English: what a traceback shows."""
        return self.sentence

    @property
    def status(self) -> int:
        """The HTTP status of this error."""
        return CODES[self.code].status

    @property
    def exit(self) -> int:
        """The process exit code of this error."""
        return CODES[self.code].exit

    def as_json(self) -> dict[str, Any]:
        """What a child process tells of it (``told_error``)."""
        return {"code": self.code, "variant": self.variant, "params": self.params}

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders whole."""
        return restored, (type(self), self.code, self.variant, self.params, self.text)


def restored(kind: type[TelltaleError], code: str, variant: str, params: dict[str, Any], text: str | None) -> TelltaleError:
    """An error that came from another process, or out of a store."""
    return kind(code, variant, text=text, **params)


def told_error(kind: type[TelltaleError], said: Mapping[str, Any]) -> TelltaleError:
    """The error that a child process told, believed as far as it is one: a known message, with short values for just its parameters.

    Raises ValueError for what is none.
    """
    code, variant, params = said.get("code"), said.get("variant"), said.get("params")
    if code not in CODES or not isinstance(variant, str) or not isinstance(params, dict):
        raise ValueError("a child process told no known error")
    wanted = parameters_of(message_id(code, variant))
    if wanted is None or not wanted <= params.keys() or not all(isinstance(params[name], str | int | float) for name in wanted):
        raise ValueError("a child process told no known error")
    values = {name: value[:LONGEST_PARAMETER] if isinstance(value := params[name], str) else value for name in wanted}
    return kind(code, variant, **values)


def message_of(code: str, variant: str, params: Params, text: str | None = None, language: str = ENGLISH) -> str:
    """What an error says: its ``text`` where it has one, else its message in the catalogue."""
    return text if text is not None else render(message_id(code, variant), params, language)


def message_id(code: str, variant: str) -> str:
    """Where the message of an error stands in the catalogue."""
    return f"error.{code}.{variant}" if variant else f"error.{code}"


class BadMedia(TelltaleError):
    """What was given is not a video or picture that can be read. Its ``name`` is a file's, unless ``where`` is ``link``."""

    def __init__(self, code: str, variant: str = "", /, *, text: str | None = None, **params: str | int | float) -> None:
        if "name" in params:
            params.setdefault("where", "file")
        super().__init__(code, variant, text=text, **params)


class FetchFailed(TelltaleError):
    """An address could not, or must not, be fetched."""


class BadModel(TelltaleError):
    """The model asked for is absent, broken or not a real/fake classifier."""


class JobProblem(TelltaleError):
    """A queued check that is unknown, cancelled or has no room."""


class BadRequest(TelltaleError):
    """A request or an argument that makes no sense."""

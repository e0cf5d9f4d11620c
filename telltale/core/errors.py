"""Every error that a user may see, as one family.

    TelltaleError
    ├── BadMedia        what was given is not a video or picture that can be read
    ├── FetchFailed     an address could not, or must not, be fetched
    ├── BadModel        the model asked for is absent, broken or not a real/fake classifier
    ├── JobProblem      a queued check that is unknown, cancelled or has no room
    └── BadRequest      a request or an argument that makes no sense

Each error carries a stable ``code`` (for programs), a plain sentence (for people), one HTTP status and one exit code. Any
exception outside this family is a bug and shows its traceback. The codes are listed in ``CODES`` and tested against the docs.
"""

from dataclasses import dataclass


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
    "internal": Code(500, 3),
}


class TelltaleError(Exception):
    """An error with a stable code and a sentence that a person understands."""

    def __init__(self, code: str, sentence: str) -> None:
        if code not in CODES:
            raise KeyError(f"unlisted error code {code!r}")
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

    @property
    def status(self) -> int:
        """The HTTP status of this error."""
        return CODES[self.code].status

    @property
    def exit(self) -> int:
        """The process exit code of this error."""
        return CODES[self.code].exit

    def __reduce__(self) -> tuple[type["TelltaleError"], tuple[str, str]]:
        """Errors cross process borders whole."""
        return type(self), (self.code, self.sentence)


class BadMedia(TelltaleError):
    """What was given is not a video or picture that can be read."""


class FetchFailed(TelltaleError):
    """An address could not, or must not, be fetched."""


class BadModel(TelltaleError):
    """The model asked for is absent, broken or not a real/fake classifier."""


class JobProblem(TelltaleError):
    """A queued check that is unknown, cancelled or has no room."""


class BadRequest(TelltaleError):
    """A request or an argument that makes no sense."""

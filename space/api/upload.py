"""An upload: a multipart body streamed to disk, counted and hashed as it comes.

The number of bytes is counted, never believed. A form holds exactly one part named ``file``, or captured frames (``frames_upload.py``);
anything else is refused.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from space.api.frames_upload import FIELDS, CapturedFrames
from space.core.job import Upload
from telltale.core.errors import BadMedia, BadRequest
from telltale.video.captured_frames import SUFFIX

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

OVERHEAD = 65_536
"""Bytes that boundaries and headers of the form may add to the file."""


async def receive(stream: AsyncIterator[bytes], content_type: str, folder: Path, max_bytes: int) -> Upload:
    """Take one file from a request's body into ``folder``. Raises BadRequest (misshapen, too large) and BadMedia (empty)."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadRequest("request.invalid", "upload_form")
    path = folder / secrets.token_hex(16)
    try:
        with path.open("xb") as file:
            form = _Form(_Sink(file, max_bytes))
            parser = MultipartParser(options[b"boundary"], form.callbacks())
            received = 0
            async for chunk in stream:
                received += len(chunk)
                if received > max_bytes + OVERHEAD:
                    raise too_large(max_bytes)
                parser.write(chunk)
            parser.finalize()
            upload = form.upload(path)
        return replace(upload, path=path.rename(path.with_suffix(SUFFIX))) if form.captured else upload
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, FormParserError):
            raise BadRequest("request.invalid", "upload_form") from error
        raise


def too_large(max_bytes: int) -> BadRequest:
    """The refusal of a body beyond the limit."""
    return BadRequest("request.too_large", "file", megabytes=round(max_bytes / 1e6))


class _Sink:
    """Where the bytes go: a file that counts and hashes what is written."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Raises BadRequest beyond the limit."""
        self.size += len(data)
        if self.size > self._max_bytes:
            raise too_large(self._max_bytes)
        self._hash.update(data)
        self._file.write(data)

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._hash.hexdigest()


class _File:
    """The form's one file."""

    def __init__(self, sink: _Sink) -> None:
        self._sink = sink
        self.name = ""

    def begin(self, field: str, filename: str | None) -> None:
        """A part begins. Raises BadRequest where it is not the one file."""
        if self.name or field != "file":
            raise BadRequest("request.invalid", "upload_form")
        self.name = tidy(filename or "")

    def data(self, data: bytes) -> None:
        """Some of the part."""
        self._sink.write(data)

    def finish(self) -> None:
        """The form is whole. Raises BadMedia where the file is empty."""
        if self._sink.size == 0:
            raise BadMedia("media.empty", "upload")


class _Form:
    """What the parser of the form reports, handed on to whoever takes the parts; the first part's name decides who that is."""

    def __init__(self, sink: _Sink) -> None:
        self._sink = sink
        self._taker: _File | CapturedFrames | None = None
        self._ended = False
        self._field = b""
        self._disposition = b""
        self._header = b""

    @property
    def captured(self) -> bool:
        """Whether the form holds captured frames."""
        return isinstance(self._taker, CapturedFrames)

    def callbacks(self) -> "MultipartCallbacks":
        """The parser's hooks."""
        return {
            "on_part_begin": self._part_begin,
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._disposition = b""

    def _header_begin(self) -> None:
        self._field = self._header = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end].lower()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        if self._field == b"content-disposition":
            self._disposition = self._header

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        field = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options[b"filename"].decode("utf-8", "replace") if b"filename" in options else None
        if self._taker is None:
            self._taker = CapturedFrames(self._sink) if field in FIELDS else _File(self._sink)
        self._taker.begin(field, filename)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._taker:
            self._taker.data(data[start:end])

    def _end(self) -> None:
        self._ended = True

    def upload(self, path: Path) -> Upload:
        """The whole file. Raises BadRequest where the form broke off, BadMedia where the file is empty."""
        if self._taker is None or not self._ended:
            raise BadRequest("request.invalid", "upload_form")
        self._taker.finish()
        return Upload(path, self._taker.name, self._sink.sha256, self._sink.size)


def tidy(name: str) -> str:
    """A sender's file name as one short printable line without folders."""
    printable = "".join(letter for letter in PureWindowsPath(name).name if letter.isprintable())
    return printable[:200] or "upload"

"""An uploaded file: a multipart body streamed to disk, counted and hashed as it comes.

The number of bytes is counted, never believed. Exactly one part named ``file`` is taken; anything else in the form is refused.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from detector.errors import BadMedia, BadRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

OVERHEAD = 16_384
"""Bytes that boundaries and headers of the form may add to the file."""
MISSHAPEN = "The upload must be a form (multipart/form-data) with exactly one part, a file named “file”."


@dataclass(frozen=True)
class Upload:
    """A whole file on disk. ``name`` is what its sender calls it: a stranger's text, never a path."""

    path: Path
    name: str
    sha256: str
    size: int


async def receive(stream: AsyncIterator[bytes], content_type: str, folder: Path, max_bytes: int) -> Upload:
    """Take one file from a request's body into ``folder``. Raises BadRequest (misshapen, too large) and BadMedia (empty)."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadRequest("request.invalid", MISSHAPEN)
    path = folder / secrets.token_hex(16)
    try:
        with path.open("xb") as file:
            form = _Form(file, max_bytes)
            parser = MultipartParser(options[b"boundary"], form.callbacks())
            received = 0
            async for chunk in stream:
                received += len(chunk)
                if received > max_bytes + OVERHEAD:
                    raise too_large(max_bytes)
                parser.write(chunk)
            parser.finalize()
        return form.upload(path)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, FormParserError):
            raise BadRequest("request.invalid", MISSHAPEN) from error
        raise


def too_large(max_bytes: int) -> BadRequest:
    """The refusal of a body beyond the limit."""
    return BadRequest("request.too_large", f"The file is larger than the {max_bytes / 1e6:.0f} MB that this server takes.")


class _Form:
    """What the parser of the form reports, written down as it comes."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._size = 0
        self._name: str | None = None
        self._ended = False
        self._field = b""
        self._disposition = b""
        self._header = b""

    def callbacks(self) -> "MultipartCallbacks":
        """The parser's hooks."""
        return {
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

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
        if self._name is not None or options.get(b"name") != b"file" or b"filename" not in options:
            raise BadRequest("request.invalid", MISSHAPEN)
        self._name = tidy(options[b"filename"].decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        self._hash.update(data[start:end])
        self._file.write(data[start:end])

    def _end(self) -> None:
        self._ended = True

    def upload(self, path: Path) -> Upload:
        """The whole file. Raises BadRequest where the form broke off, BadMedia where the file is empty."""
        if self._name is None or not self._ended:
            raise BadRequest("request.invalid", MISSHAPEN)
        if self._size == 0:
            raise BadMedia("media.empty", "The file is empty.")
        return Upload(path, self._name, self._hash.hexdigest(), self._size)


def tidy(name: str) -> str:
    """A sender's file name as one short printable line without folders."""
    printable = "".join(letter for letter in PureWindowsPath(name).name if letter.isprintable())
    return printable[:200] or "upload"

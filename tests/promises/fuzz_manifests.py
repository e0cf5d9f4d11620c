"""The readers of lists and heads that strangers write: each gives what it announces, or refuses in its own words.

An input is the name of a reader on its first line, then the content of its file. They are: a manifest of training media, a data set's own
lists, an archive of pictures, a list of addresses, the index of captured frames, a model's sums, settings, configuration and weights, the
account of Content Credentials, and the head of an HTTP message at the guard. Nothing is loaded that a head describes.
"""

import io
import json
import re
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from unittest.mock import patch

from hypothesis import strategies as st

from telltale.cli.url_lists import read_list
from telltale.core.errors import BadMedia, TelltaleError
from telltale.core.model_settings import FILE, read_settings
from telltale.model.checksums import read_sums
from telltale.model.classifier import classes, read_json
from telltale.model.safetensors_header import check_weights
from telltale.net.proxy_headers import BadHeadError, parse_request, parse_response
from telltale.provenance.c2pa_worker import LARGEST_ANSWER, MOST_ACTIONS, manifest_of
from telltale.video.captured_frames import read_index
from tests.promises.fuzzing import Target
from trainer.data.manifest import read_manifest
from trainer.data.tar_members import LARGEST, contents, members_of
from trainer.datasets.readers.dfdc import entries_of

REFUSALS = (TelltaleError, BadHeadError)


@cache
def folder() -> Path:
    """Where the files lie, with the one that the manifests name."""
    made = Path(mkdtemp(prefix="fuzz-"))
    (made / "a.mp4").write_bytes(b"x")
    return made


def check(content: bytes) -> bool:
    """Whether the reader took it."""
    name, _, body = content.partition(b"\n")
    reader = READERS.get(name.decode(errors="replace"))
    if reader is None:
        return False
    try:
        reader(body)
    except REFUSALS as refused:
        assert isinstance(refused, BadHeadError) or refused.sentence
        return False
    return True


def written(body: bytes, name: str) -> Path:
    """The body as a file."""
    path = folder() / name
    path.write_bytes(body)
    return path


def manifest(body: bytes) -> None:
    """``trainer.data.manifest``."""
    rows = read_manifest(written(body, "manifest.jsonl")).rows
    assert rows and all(row.label in ("real", "fake") for row in rows)


def archive(body: bytes) -> None:
    """``trainer.data.tar_members``: nothing is ever written, and no more is read than the bound."""
    path = written(body, "a.tar")
    before = sorted(folder().iterdir())
    members = members_of(path, "x")
    for _, inside in contents(path, members[:3]):
        assert len(inside) <= LARGEST
    assert sorted(folder().iterdir()) == before


def index(body: bytes) -> None:
    """``telltale.video.captured_frames``: the list behind the pictures."""
    shots = read_index(io.BytesIO(body), len(body))
    assert sum(shot.size for shot in shots) <= len(body)


def addresses(body: bytes) -> None:
    """``telltale.cli.url_lists``."""
    assert all(entry.text and entry.line > 0 for entry in read_list(written(body, "list.csv")))


def sums(body: bytes) -> None:
    """``telltale.model.checksums``."""
    assert all(len(digest) == 64 and ".." not in name.split("/") for name, digest in read_sums(written(body, "SHA256SUMS")).items())


def configuration(body: bytes) -> None:
    """``telltale.model.classifier``: config.json."""
    assert len(set(classes(read_json(written(body, "config.json")), "a model"))) <= 2


def settings(body: bytes) -> None:
    """``telltale.core.model_settings``: telltale.json."""
    written(body, FILE)
    assert read_settings(folder()).size > 0


def credentials(body: bytes) -> None:
    """``telltale.provenance.c2pa_worker``: what c2pa's reader says, which its child turns into one bounded answer. Its exceptions end
    that child.
    """
    try:
        told = manifest_of(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadMedia("media.not_media", name="x") from None
    assert len(told.acts) <= MOST_ACTIONS and len(told.model_dump_json()) <= LARGEST_ANSWER


def head(body: bytes, read: Callable[[bytes], object]) -> None:
    """``telltale.net.proxy_headers``: what is passed on is one head, without a line that was not read."""
    read(body)
    if read is parse_request and (wanted := parse_request(body)).head:
        assert wanted.head.endswith(b"\r\n\r\n") and wanted.head.count(b"\r\n\r\n") == 1
        assert wanted.head.lower().count(b"\r\nhost:") == 1
        assert not set(wanted.head.replace(b"\r\n", b"")) & set(b"\r\n\0"), "a line that was not read"


def metadata(body: bytes) -> None:
    """``trainer.datasets.readers.dfdc``."""
    assert isinstance(entries_of(written(body, "metadata.json")), dict)


READERS: dict[str, Callable[[bytes], None]] = {
    "manifest": manifest,
    "archive": archive,
    "index": index,
    "addresses": addresses,
    "sums": sums,
    "configuration": configuration,
    "settings": settings,
    "weights": lambda body: check_weights(written(body, "model.safetensors")),
    "credentials": credentials,
    "metadata": metadata,
    "request": partial(head, read=parse_request),
    "answer": partial(head, read=parse_response),
}


def tar() -> bytes:
    """An archive with a picture, a link and a device in it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name, kind in (
            ("x/1.png", tarfile.REGTYPE),
            ("x/../../etc/passwd", tarfile.SYMTYPE),
            ("x/é", tarfile.REGTYPE),
            ("d", tarfile.CHRTYPE),
        ):
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, 4 if kind == tarfile.REGTYPE else 0, "/etc/passwd"
            made.addfile(entry, io.BytesIO(b"abcd") if entry.size else None)
    return held.getvalue()[:5632]


def indexed(shots: object) -> bytes:
    """Pictures of 4 bytes and their list."""
    line = json.dumps(shots).encode() + b"\n"
    return b"abcd" + line + len(line).to_bytes(8, "big")


TENSOR = b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}'
ROW = {"path": "a.mp4", "label": "fake", "kind": "video", "source": "s", "group": "g", "identities": ["x"]}
STORE = {
    "active_manifest": "m",
    "validation_state": "Valid",
    "manifests": {
        "m": {
            "signature_info": {"issuer": "x", "time": "now"},
            "claim_generator_info": [{"name": "x"}],
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [{"action": "c2pa.edited", "softwareAgent": {"name": "t"}}]}}],
        }
    },
    "validation_results": {"activeManifest": {"failure": [{"code": "a.b"}]}},
}
SOUND = {
    "manifest": json.dumps(ROW).encode(),
    "archive": tar(),
    "index": indexed([[4, 0.5]]),
    "addresses": b"name,url\nx,https://example.com/a\n",
    "sums": b"0" * 64 + b"  model.safetensors\n",
    "configuration": b'{"id2label": {"0": "real", "1": "fake"}}',
    "settings": b'{"size": 224, "temperature": 1.5}',
    "weights": len(TENSOR).to_bytes(8, "little") + TENSOR + bytes(8),
    "credentials": json.dumps(STORE).encode(),
    "metadata": b'{"a.mp4": {"label": "FAKE", "original": "b.mp4"}}',
    "request": b"GET http://example.com/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3",
    "answer": b"HTTP/1.1 302 Found\r\nLocation: /x\r\nConnection: close",
}


def inputs() -> st.SearchStrategy[bytes]:
    """JSON of the right shape with wild leaves, nests, and lines of words."""
    words = st.sampled_from(
        ("path", "label", "kind", "a.mp4", "fake", "frames", "a.tar#x", "id2label", "size", "shape", "data_offsets", "dtype")
    )
    leaf = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | words | st.text(max_size=8) | st.just("x" * 5000)
    value = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=4), inner, max_size=3), max_leaves=8
    )
    row = st.dictionaries(st.sampled_from(sorted({*ROW, *STORE, "id2label", "size", "bins", "method", "cropped"})), value, max_size=6)
    json_text = (value | row | row.map(lambda drawn: ROW | drawn)).map(lambda drawn: json.dumps(drawn).encode("utf-8", errors="replace"))
    nested = st.builds(lambda depth, mark: mark * depth, st.integers(1, 20_000), st.sampled_from((b"[", b'{"a":')))
    body = (
        json_text
        | nested
        | st.binary(max_size=60)
        | value.map(indexed)
        | json_text.map(lambda text: len(text).to_bytes(8, "little") + text)
    )
    field = st.sampled_from((b"Host: y", b"Content-Length: 3", b"Transfer-Encoding: chunked", b" folded")) | st.binary(max_size=12).map(
        b"A: ".__add__
    )
    lines = st.lists(field, max_size=3).map(lambda drawn: b"\r\n".join([b"GET http://example.com/a HTTP/1.1", *drawn]))
    heads = lines.map(b"request\n".__add__) | lines.map(
        lambda text: text.replace(b"GET http://example.com/a HTTP/1.1", b"answer\nHTTP/1.1 200 OK")
    )
    return heads | st.builds(lambda name, text: name.encode() + b"\n" + text, st.sampled_from(sorted(READERS)), body)


def off() -> AbstractContextManager[object]:
    """A field of a head may hold anything."""
    return patch("telltale.net.proxy_headers.FIELD", re.compile(rb"([^:]*):[ \t]*(.*)", re.DOTALL))


TARGET = Target(
    "manifests",
    "the readers of manifests, archives, lists, heads, sums, settings and weights",
    check,
    inputs(),
    tuple(name.encode() + b"\n" + body for name, body in SOUND.items()),
    "the fields of a head are not looked at",
    off,
)

"""Examples for the OpenAPI document: one of every body that is asked or answered, and one problem for every code.

They are sent to, or held against, a running server by the tests; what they show is made up. See also: the shapes (``schemas.py``).
"""

import json

from space.core.job import JobError
from space.core.problem_details import problem_of
from telltale.core.errors import CODES
from telltale.core.report import Params

FILE: Params = {"name": "clip.mp4", "where": "file"}
ID = "0123456789abcdef0123456789abcdef"
ADDRESS = "https://example.org/video.mp4"
LINKS = {
    "self": f"/api/v1/checks/{ID}",
    "events": f"/api/v1/checks/{ID}/events",
    "page": f"/?check={ID}",
    "pictures": f"/api/v1/checks/{ID}/evidence/",
}
URL = {"url": ADDRESS}
URLS = {"urls": [ADDRESS, "https://example.org/another.mp4"]}
ACCEPTED = {"id": ID, "state": "queued", "links": LINKS, "owner_secret": "kEv1CcXvQ0l8nJk1p2mF7a9sD3gH5jK6lZ4xW8yT0bU"}
PROGRESS = {"step": "faces", "text": "Finding faces", "count": "12 of 32", "done": 12, "total": 32}
ENDED = {"checked_at": None, "from_store": False}
CHECK = {"id": ID, "state": "running", "owned": True, **ENDED, "progress": PROGRESS, "report": None, "error": None, "links": LINKS}
CANCELLED = {"id": ID, "state": "cancelled", "owned": True, **ENDED, "progress": None, "report": None, "error": None, "links": LINKS}
ITEM = {"place": 0, "url": ADDRESS, "id": ID, "state": "queued", "links": LINKS, "error": None, "retry_after": None}
BATCH = {
    "id": ID,
    "done": False,
    "items": [ITEM],
    "owner_secret": None,
    "links": {"self": f"/api/v1/batches/{ID}", "events": f"/api/v1/batches/{ID}/events"},
}
HEALTH = {
    "status": "ready",
    "model": "embedded",
    "revision": "0123456789ab",
    "engine": "onnxruntime",
    "detector": "mtcnn",
    "error": None,
    "queue": {"queued": 0, "running": 1, "bound": 16},
    "store": {"done": 12, "failed": 1, "cancelled": 0},
}
METRICS = "# HELP telltale_queue_depth Checks that wait.\n# TYPE telltale_queue_depth gauge\ntelltale_queue_depth 0\n"
EXAMPLES: dict[str, tuple[str, Params]] = {
    "media.not_found": ("", {"name": "clip.mp4"}),
    "media.empty": ("upload", {}),
    "media.not_media": ("", FILE),
    "media.no_picture": ("", FILE | {"holds": "sound"}),
    "media.no_frames": ("", FILE),
    "media.encrypted": ("", FILE),
    "media.too_large": ("", FILE | {"width": 16000, "height": 16000}),
    "media.timeout": ("", FILE),
    "media.crashed": ("", FILE),
    "media.no_media_in_folder": ("", {"name": "clips"}),
    "fetch.refused": ("private", {}),
    "fetch.too_large": ("bytes", {"most": 200}),
    "fetch.upstream": ("status", {"status": 500}),
    "model.not_found": ("", {"model": "./model"}),
    "model.broken": ("classes", {"model": "./model"}),
    "model.unsupported": ("", {"model": "./model"}),
    "model.unknown_labels": ("", {"model": "./model"}),
    "model.pickled": ("", {"model": "./model"}),
    "model.not_pinned": ("", {"model": "./model"}),
    "model.changed": ("", {"file": "model.safetensors", "list": "SHA256SUMS"}),
    "job.queue_full": ("", {"waiting": 16}),
    "request.invalid": ("body", {}),
    "request.too_large": ("file", {"megabytes": 200}),
    "request.too_many": ("", {"seconds": 8}),
}
"""Variant and parameters of an example for each code whose message takes some."""
PROBLEMS = {code: {"summary": code, "value": problem_of(JobError(code, *EXAMPLES.get(code, ()))).model_dump()} for code in CODES}
EVENT = f"id: 3\ndata: {json.dumps(CHECK)}\n\n"
BATCH_EVENT = f"data: {json.dumps(BATCH)}\n\n"


def links_to(*operations: str) -> dict:
    """OpenAPI's own links: the ``id`` of this answer is the one that those operations ask for."""
    return {name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in operations}


CHECK_LINKS = links_to("read", "cancel", "events")
BATCH_LINKS = links_to("read_batch", "cancel_batch", "batch_events")


def response_example(example: object, kind: str = "application/json", links: dict | None = None) -> dict:
    """The part of an operation that shows what it answers, and what can be asked with it."""
    return {"content": {kind: {"example": example}}} | ({"links": links} if links else {})

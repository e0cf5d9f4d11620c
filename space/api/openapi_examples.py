"""Examples for the OpenAPI document: one of every body that is asked or answered, and one problem for every code.

They are sent to, or held against, a running server by the tests; what they show is made up. See also: the shapes (``schemas.py``).
"""

import json

from space.core.job import JobError
from space.core.problem_details import problem_of
from telltale.core.errors import CODES

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
ACCEPTED = {"id": ID, "state": "queued", "links": LINKS}
PROGRESS = {"step": "faces", "text": "Finding faces", "count": "12 of 32", "done": 12, "total": 32}
CHECK = {"id": ID, "state": "running", "progress": PROGRESS, "report": None, "error": None, "links": LINKS}
CANCELLED = {"id": ID, "state": "cancelled", "progress": None, "report": None, "error": None, "links": LINKS}
ITEM = {"place": 0, "url": ADDRESS, "id": ID, "state": "queued", "links": LINKS, "error": None, "retry_after": None}
BATCH = {
    "id": ID,
    "done": False,
    "items": [ITEM],
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
SENTENCES = {
    "media.not_found": "There is no file called “clip.mp4”.",
    "media.empty": "The file is empty.",
    "media.not_media": "“clip.mp4” is not a video or picture that Telltale can read.",
    "media.no_picture": "“clip.mp4” holds sound, but no picture: there is nothing to look at.",
    "media.no_frames": "“clip.mp4” is damaged: none of its frames could be decoded.",
    "media.encrypted": "“clip.mp4” is encrypted, and Telltale has no key to it.",
    "media.too_large": "“clip.mp4” is 16000 x 16000 pixels: more than Telltale will decode.",
    "media.timeout": "“clip.mp4” takes too long to decode; it was stopped.",
    "media.crashed": "“clip.mp4” is damaged in a way that brings the decoder down.",
    "media.no_media_in_folder": "There is no video or picture in this folder.",
    "fetch.bad_address": "This is not a web address: it must start with http:// or https://.",
    "fetch.refused": "This address is not on the public web, so Telltale does not fetch it.",
    "fetch.not_a_video": "There is no video or picture at this address.",
    "fetch.live": "This is a live stream, which has no end to look at.",
    "fetch.playlist": "This is a list of several videos. Give the address of one.",
    "fetch.drm": "This video is protected against copying (DRM).",
    "fetch.login": "The site shows this video only to people who are logged in.",
    "fetch.age": "The site asks for proof of age before it shows this video.",
    "fetch.region": "The site does not show this video in the server's country.",
    "fetch.robot": "The site takes the server for a robot and shows it nothing.",
    "fetch.gone": "This video is no longer there.",
    "fetch.too_large": "This video is larger than what Telltale fetches.",
    "fetch.timeout": "The site took too long to answer.",
    "fetch.upstream": "The site answered with an error of its own.",
    "model.not_found": "The model of this server was not found.",
    "model.broken": "The model of this server cannot be used.",
    "model.unsupported": "The model of this server cannot be used: its kind is not supported.",
    "model.unknown_labels": "The model of this server does not say which of its classes mean a fake.",
    "model.pickled": "The model of this server has its weights in a format that can run code.",
    "model.not_pinned": "The model of this server is not pinned to a commit yet.",
    "model.changed": "The model of this server is not the one that its list of sums names.",
    "model.no_detector": "The face detector of this server cannot be used.",
    "job.not_found": "There is no such check. It may have been forgotten since.",
    "job.cancelled": "This check was cancelled.",
    "job.interrupted": "The server stopped while this check was running. Please start it again.",
    "job.queue_full": "16 checks are waiting already, which is as many as fit. Please try again soon.",
    "request.invalid": "Send JSON with a “url”, or a form (multipart/form-data) with one “file” or with “frames[]”.",
    "request.too_large": "The file is larger than the 200 MB that this server takes.",
    "request.too_many": "You have asked for many checks within a minute. Please try again in 8 seconds.",
    "request.wrong_host": "This server does not answer under that name. Whoever runs it can add the name to TELLTALE_ALLOWED_HOSTS.",
    "request.wrong_origin": "A page of another site may not use this server.",
    "request.no_token": "This server wants a token: send it as “Authorization: Bearer …”, or give it as the password.",
    "request.wrong_token": "This token is not one of this server's.",
    "request.key_reused": "This Idempotency-Key was used for something else before. Send a new key with a new request.",
    "internal": "Something went wrong in Telltale itself. The fault was written to the server's log.",
}
PROBLEMS = {code: {"summary": code, "value": problem_of(JobError(code, SENTENCES[code])).model_dump()} for code in CODES}
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

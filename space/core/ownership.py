"""Ownership: a check belongs to whoever asked for it, who shows so with a secret that stands in no link.

A browser or a program sends a secret of its own as ``Telltale-Owner``; where none is sent with a new check, its answer carries one, once.
Kept is a digest. Others who have a check's link see its result, without the name of an uploaded file, and can neither cancel nor delete
it. See also: where the digest lies (``space/storage/schema.py``) and where it is asked for (``space/api/routes.py``).
"""

import hashlib
import json
import secrets
from dataclasses import replace
from typing import Annotated

from fastapi import Header
from pydantic import WithJsonSchema

from space.core.job import Job
from telltale.core.errors import BadRequest

HEADER = "Telltale-Owner"
LEAST, MOST = 32, 128
"""Letters of a secret."""
UNNAMED = "upload"
"""What others are told instead of a file's name, where a sentence needs one."""
OwnerSecret = Annotated[
    str | None,
    WithJsonSchema({"type": "string", "pattern": f"^[!-~]{{{LEAST},{MOST}}}$"}),  # a header has no null
    Header(
        alias=HEADER,
        description="The secret of whoever asked for the check: random letters of your own, or those of the first answer.",
    ),
]


def new_secret() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(32)


def owner_in(header: str | None) -> str | None:
    """The owner that a request shows; None where it shows none. Raises BadRequest for what can be no secret."""
    return None if header is None else owner_of(header)


def owner_of(secret: str) -> str:
    """What is kept of a secret. Raises BadRequest for what can be no secret."""
    if not LEAST <= len(secret) <= MOST or not all("!" <= letter <= "~" for letter in secret):
        raise BadRequest("request.invalid", "owner_secret", least=LEAST, most=MOST)
    return f"secret {hashlib.sha256(secret.encode()).hexdigest()}"


def owner_of_caller(caller: str) -> str:
    """The owner of what is asked for through a door that keeps no secrets (MCP): no secret shows it, so nobody cancels or deletes it."""
    return f"caller {hashlib.sha256(caller.encode()).hexdigest()}"


def is_owner(job: Job, owner: str | None) -> bool:
    """Whether the check is theirs. Checks of older versions are nobody's."""
    return owner is not None and job.owner == owner


def require_owner(of: str | None, owner: str | None) -> None:
    """Raises BadRequest("request.not_owner") unless ``owner`` is the one ``of`` whom it is."""
    if owner is None or of != owner:
        raise BadRequest("request.not_owner")


def seen_by(job: Job, owner: str | None) -> Job:
    """The check as ``owner``, or anybody else, sees it: the name of an uploaded file is its sender's alone."""
    if job.work.kind != "file" or is_owner(job, owner):
        return job
    fault = job.fault
    if fault and fault.text is not None:
        fault = replace(fault, text=fault.text.replace(job.work.name, UNNAMED))
    elif fault and "name" in fault.params:
        fault = replace(fault, params={**fault.params, "name": UNNAMED})
    return replace(job, work=replace(job.work, name=""), report=renamed(job.report, "") if job.report else None, fault=fault)


def renamed(report: str, name: str) -> str:
    """The JSON of a Report on an uploaded file, under another name."""
    told = json.loads(report)
    told["source"] |= {"name": name, "title": None}
    return json.dumps(told)

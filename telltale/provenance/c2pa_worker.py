"""The child process that reads Content Credentials (C2PA) with c2pa-python, behind walls: its parser is native code, the file a stranger's.

Its order comes on standard input as one JSON object (file: an open descriptor, media_type, anchors: PEM or null, parent: process id),
its one answer, a ``Manifest``, goes to standard output. Memory, processor time and what it writes are bounded; before the file is read it
may open nothing any more, neither file nor connection, so nothing that a manifest names is fetched. Whatever ends it in another way
means that the credentials could not be read. See also: starting it (``c2pa.py``); what its answer means (``provenance.py``).

    python -m telltale.provenance.c2pa_worker < order.json
"""

import json
import os
import re
import resource
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from telltale.sandbox.namespaces import end_with_parent
from telltale.sandbox.restrictions import lower_limit, set_rlimits

LARGEST_ANSWER = 64 * 1024
SECONDS = 15
LONGEST = 120
"""Characters of a name that comes from the file."""
MOST_ACTIONS, MOST_FAILURES, MOST_MANIFESTS = 64, 16, 64
CODE = re.compile(r"[\w.]{1,80}", re.ASCII)


class Act(BaseModel):
    """One thing that the credentials say was done. ``ingredient``: to something that went into the file, not to the file itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str = Field(max_length=LONGEST)
    source_type: str | None = Field(default=None, max_length=LONGEST)
    tool: str | None = Field(default=None, max_length=LONGEST)
    ingredient: bool = False


class Manifest(BaseModel):
    """What Content Credentials say. ``found`` is False where the file, after all, has none; ``failures`` are C2PA's own codes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    found: bool
    valid: bool = False
    trusted: bool = False
    signer: str | None = Field(default=None, max_length=LONGEST)
    organisation: str | None = Field(default=None, max_length=LONGEST)
    signed_at: str | None = Field(default=None, max_length=LONGEST)
    generator: str | None = Field(default=None, max_length=LONGEST)
    failures: tuple[str, ...] = Field(default=(), max_length=MOST_FAILURES)
    acts: tuple[Act, ...] = Field(default=(), max_length=MOST_ACTIONS)


def main() -> None:
    """Read the order, answer it, and end."""
    order = json.load(sys.stdin)
    set_rlimits(LARGEST_ANSWER, SECONDS)
    end_with_parent(order["parent"])
    print(read(order).model_dump_json())  # noqa: T201  # the answer


def read(order: dict[str, Any]) -> Manifest:
    """What the reader says. Raises C2paError where it cannot read the credentials."""
    import c2pa

    settings: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}, "core": {"allowed_network_hosts": []}}
    if order["anchors"]:
        settings["trust"] = {"user_anchors": order["anchors"]}
    context = c2pa.Context.from_dict(settings)
    open_nothing_more()
    with os.fdopen(order["file"], "rb") as file:
        try:
            reader = c2pa.Reader(order["media_type"], file, context=context)
        except c2pa.C2paError.ManifestNotFound:
            return Manifest(found=False)
        return manifest_of(json.loads(reader.json()))


def open_nothing_more() -> None:
    """From now on no file and no connection can be opened: every number that one could have is beyond the limit."""
    lowest = os.dup(0)
    os.close(lowest)
    lower_limit(resource.RLIMIT_NOFILE, lowest)


def manifest_of(store: dict[str, Any]) -> Manifest:
    """The reader's account of a whole store, cut down to what is told."""
    active = store["manifests"][store["active_manifest"]]
    signature, state = active.get("signature_info") or {}, store.get("validation_state")
    others = [one for label, one in store["manifests"].items() if label != store["active_manifest"]][: MOST_MANIFESTS - 1]
    acts = [*acts_of(active, ingredient=False), *(act for one in others for act in acts_of(one, ingredient=True))]
    made_with: dict[str, Any] = next(iter(active.get("claim_generator_info") or []), {})
    return Manifest(
        found=True,
        valid=state in ("Valid", "Trusted"),
        trusted=state == "Trusted",
        signer=short(signature.get("common_name")),
        organisation=short(signature.get("issuer")),
        signed_at=short(signature.get("time")),
        generator=short(made_with.get("name")) or short(active.get("claim_generator")),
        failures=tuple(dict.fromkeys(failures(store.get("validation_results") or {})))[:MOST_FAILURES],
        acts=tuple(dict.fromkeys(sorted(acts, key=lambda act: act.source_type is None)))[:MOST_ACTIONS],
    )


def acts_of(manifest: dict[str, Any], ingredient: bool) -> Iterator[Act]:
    """The actions of one manifest, in either version of their assertion (C2PA 2.2, 18.16)."""
    for assertion in manifest.get("assertions") or []:
        if not str(assertion.get("label")).startswith("c2pa.actions"):
            continue
        for one in (assertion.get("data") or {}).get("actions") or []:
            agent = one.get("softwareAgent")
            tool = agent.get("name") if isinstance(agent, dict) else agent
            yield Act(
                action=short(one.get("action")) or "unnamed",
                source_type=short(one.get("digitalSourceType")),
                tool=short(tool),
                ingredient=ingredient,
            )


def failures(results: dict[str, Any]) -> Iterator[str]:
    """The codes of the checks that failed, those of the file itself first."""
    deltas = [delta.get("validationDeltas") or {} for delta in results.get("ingredientDeltas") or []]
    every: Iterable[dict[str, Any]] = (one for part in (results.get("activeManifest") or {}, *deltas) for one in part.get("failure") or [])
    yield from (code for one in every if CODE.fullmatch(code := str(one.get("code"))))


def short(value: object) -> str | None:
    """A name of moderate length, if it is one."""
    return value.strip()[:LONGEST] or None if isinstance(value, str) else None


if __name__ == "__main__":
    main()

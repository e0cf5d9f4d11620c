"""What a file says of itself: Content Credentials (C2PA), and IPTC's digital source type in its XMP.

It never changes a verdict, and it is never an error of a check: what is broken is "not readable". Nothing is fetched for it, neither
credentials kept elsewhere nor lists of revoked certificates. Absence means nothing, and is said so. See also: finding the parts
(``metadata_segments.py``), reading them (``c2pa.py``, ``xmp.py``), their vocabulary (``claims.py``).

    from telltale.provenance.provenance import read_provenance
    read_provenance(Path("clip.mp4")).message
"""

from pathlib import Path
from typing import IO

from telltale.core.report import Claim, CredentialProblem, Params, Provenance
from telltale.core.text import harmless
from telltale.messages.catalogue import render
from telltale.provenance.c2pa import read_manifest
from telltale.provenance.c2pa_worker import Manifest
from telltale.provenance.claims import claim_of_act, claim_of_xmp, sorted_claims
from telltale.provenance.metadata_segments import read_segments
from telltale.provenance.trust_list import TrustList
from telltale.provenance.xmp import read_xmp

LARGEST_FILE = 2 * 10**9
MOST_CLAIMS = 12
UNTRUSTED = "signingCredential.untrusted"


def read_provenance(path: Path, trust: TrustList | None = None) -> Provenance:
    """What the whole file at ``path`` says of itself; ``trust`` are the signers whom the caller believes."""
    with path.open("rb") as file:
        if path.stat().st_size > LARGEST_FILE:
            return not_looked_for("too_large")
        found = read_segments(file)
        if found.media_type is None:
            return not_looked_for("unknown_kind")
        words = read_xmp(found.xmp)
        claims = [claim_of_xmp(kind) for kind in words.source_types]
        if found.credentials:
            signed = of_credentials(file, found.media_type, claims, trust)
            if signed is not None:
                return signed
    if words.elsewhere:
        return provenance_of("elsewhere", claims)
    return provenance_of("unsigned" if claims else "absent", claims)


def of_parts(joined: bool) -> Provenance:
    """Of a video of which only parts were fetched, or which was put together here from pieces: nothing is looked for."""
    return not_looked_for("joined" if joined else "parts")


def not_looked_for(why: str) -> Provenance:
    """Nothing was looked for, and why."""
    code = f"not_checked.{why}"
    return Provenance(state="not_checked", code=code, message=render(f"provenance.{code}"))


def of_credentials(file: IO[bytes], media_type: str, claims: list[Claim], trust: TrustList | None) -> Provenance | None:
    """What the credentials say, with the unsigned ``claims`` beside; None where there are none after all."""
    manifest = read_manifest(file, media_type, trust)
    if manifest is None:
        return provenance_of("not_readable", claims)
    if not manifest.found:
        return None
    every = [claim_of_act(act) for act in manifest.acts] + claims
    return provenance_of("valid" if manifest.valid else "invalid", every, manifest, trust)


def provenance_of(state: str, claims: list[Claim], manifest: Manifest | None = None, trust: TrustList | None = None) -> Provenance:
    """The part of a Report."""
    ordered = sorted_claims(claims)
    params: Params = {} if state == "absent" else {"ai": says_ai(ordered)}
    if manifest and state == "valid":
        params |= {"trust": "none" if trust is None else "listed" if manifest.trusted else "unlisted"}
        params |= {"trust_list": name(trust.name) or "" if trust else ""}
    message = render(f"provenance.{state}", params)
    said = {"state": state, "code": state, "message": message, "params": params, "claims": ordered[:MOST_CLAIMS]}
    if manifest is None:
        return Provenance.model_validate(said)
    failures = [code for code in manifest.failures if code != UNTRUSTED or trust is not None]
    signature = {
        "signer": name(manifest.signer),
        "organisation": name(manifest.organisation),
        "signed_at": name(manifest.signed_at),
        "generator": name(manifest.generator),
        "trust_list": name(trust.name) if trust else None,
        "trusted": manifest.trusted if trust else None,
        "problems": [problem(code) for code in failures],
    }
    return Provenance.model_validate(said | signature)


def problem(code: str) -> CredentialProblem:
    """A check of the credentials that failed."""
    return CredentialProblem(code=code, message=render(f"provenance.problem.{code}", otherwise=render("provenance.problem.other")))


def says_ai(claims: list[Claim]) -> str:
    """Whether the file says of itself that it was ``generated`` or ``edited`` with a trained model, or ``none`` of it."""
    kinds = [one.kind for one in claims if one.kind in ("ai_generated", "ai_edited") and not one.ingredient]
    return kinds[0].removeprefix("ai_") if kinds else "none"


def name(text: str | None) -> str | None:
    """A name that came from a file, made harmless."""
    return harmless(text) if text else None


NO_FILE = not_looked_for("no_file")
"""Of frames that were captured in a browser."""

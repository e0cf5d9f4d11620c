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
from telltale.provenance.c2pa import read_manifest
from telltale.provenance.c2pa_worker import Manifest
from telltale.provenance.claims import claim_of_act, claim_of_xmp, sorted_claims
from telltale.provenance.metadata_segments import read_segments
from telltale.provenance.trust_list import TrustList
from telltale.provenance.xmp import read_xmp

LARGEST_FILE = 2 * 10**9
MOST_CLAIMS = 12
UNTRUSTED = "signingCredential.untrusted"

NOT_LOOKED_FOR = {
    "too_large": "Content Credentials (C2PA) were not looked for: the file is too large for that.",
    "unknown_kind": "Content Credentials (C2PA) were not looked for: Telltale knows no place for them in a file of this kind.",
    "joined": "Content Credentials (C2PA) were not looked for: this video came in pieces, which were joined here.",
    "parts": "Content Credentials (C2PA) were not looked for: only parts of this video were read.",
    "no_file": "Content Credentials (C2PA) were not looked for: there was no file to look into.",
}
ABSENT = "No Content Credentials (C2PA) and no digital source type (IPTC) were found. That means nothing: most files carry none,"
ABSENT += " and most sites remove them."
NONE_BUT_WORDS = "No Content Credentials (C2PA) were found, but metadata that anybody can write or remove."
ELSEWHERE = "The file says that its Content Credentials (C2PA) are kept at another address. Telltale does not fetch them."
NOT_READABLE = "The file carries Content Credentials (C2PA), or a part of some, that could not be read. That means nothing by itself."
FITS = "The file carries Content Credentials (C2PA), and their signature fits it."
FITS_NOT = "The file carries Content Credentials (C2PA) that are not valid, so nothing that they say can be relied on."
NO_TRUST_LIST = "No trust list was used: Telltale did not verify who signed, and anybody can sign under any name."
SAYS_AI = {
    "generated": "It says of itself that it was made by a trained model (AI).",
    "edited": "It says of itself that parts of it were made or edited with a trained model (AI).",
}
PROBLEMS = {
    "assertion.dataHash.mismatch": "The file was changed after it was signed.",
    "assertion.bmffHash.mismatch": "The file was changed after it was signed.",
    "assertion.boxesHash.mismatch": "The file was changed after it was signed.",
    "assertion.collectionHash.mismatch": "The file was changed after it was signed.",
    "assertion.hashedURI.mismatch": "What the credentials say was changed after it was signed.",
    "assertion.missing": "A part of the credentials is missing.",
    "claimSignature.mismatch": "The signature does not fit what was signed.",
    "claimSignature.missing": "There is no signature.",
    "claimSignature.outsideValidity": "It was signed while the signer's certificate was not in force.",
    "signingCredential.expired": "The signer's certificate has expired.",
    "signingCredential.revoked": "The signer's certificate was revoked.",
    "signingCredential.invalid": "The signer's certificate is not fit for signing credentials.",
    UNTRUSTED: "The signer is not on the trust list.",
}
ANOTHER_PROBLEM = "A check of the credentials failed."


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
        return told("elsewhere", [ELSEWHERE], claims)
    return told("unsigned", [NONE_BUT_WORDS], claims) if claims else told("absent", [ABSENT], [])


def of_parts(joined: bool) -> Provenance:
    """Of a video of which only parts were fetched, or which was put together here from pieces: nothing is looked for."""
    return not_looked_for("joined" if joined else "parts")


def not_looked_for(why: str) -> Provenance:
    """Nothing was looked for, and why: a key of ``NOT_LOOKED_FOR``."""
    return Provenance(state="not_checked", code=f"not_checked.{why}", message=NOT_LOOKED_FOR[why])


def of_credentials(file: IO[bytes], media_type: str, claims: list[Claim], trust: TrustList | None) -> Provenance | None:
    """What the credentials say, with the unsigned ``claims`` beside; None where there are none after all."""
    manifest = read_manifest(file, media_type, trust)
    if manifest is None:
        return told("not_readable", [NOT_READABLE], claims)
    if not manifest.found:
        return None
    every = [claim_of_act(act) for act in manifest.acts] + claims
    if not manifest.valid:
        return told("invalid", [FITS_NOT], every, manifest, trust)
    return told("valid", [FITS, whom_to_believe(manifest, trust)], every, manifest, trust)


def whom_to_believe(manifest: Manifest, trust: TrustList | None) -> str:
    """What is known of the signer."""
    if trust is None:
        return NO_TRUST_LIST
    return f"The signer is {'' if manifest.trusted else 'not '}on the trust list “{harmless(trust.name)}”."


def told(
    state: str, sentences: list[str], claims: list[Claim], manifest: Manifest | None = None, trust: TrustList | None = None
) -> Provenance:
    """The part of a Report."""
    ordered = sorted_claims(claims)
    ai = says_ai(ordered)
    message = " ".join([*sentences, SAYS_AI[ai]] if ai in SAYS_AI else sentences)
    params: Params = {} if state == "absent" else {"ai": ai}
    if manifest is None:
        return Provenance.model_validate(
            {"state": state, "code": state, "message": message, "params": params, "claims": ordered[:MOST_CLAIMS]}
        )
    if state == "valid":
        params |= {"trust": "none" if trust is None else "listed" if manifest.trusted else "unlisted"}
        params |= {"trust_list": name(trust.name) or "" if trust else ""}
    failures = [code for code in manifest.failures if code != UNTRUSTED or trust is not None]
    return Provenance.model_validate(
        {
            "state": state,
            "code": state,
            "message": message,
            "params": params,
            "claims": ordered[:MOST_CLAIMS],
            "signer": name(manifest.signer),
            "organisation": name(manifest.organisation),
            "signed_at": name(manifest.signed_at),
            "generator": name(manifest.generator),
            "trust_list": name(trust.name) if trust else None,
            "trusted": manifest.trusted if trust else None,
            "problems": [CredentialProblem(code=code, message=PROBLEMS.get(code, ANOTHER_PROBLEM)) for code in failures],
        }
    )


def says_ai(claims: list[Claim]) -> str:
    """Whether the file says of itself that it was ``generated`` or ``edited`` with a trained model, or ``none`` of it."""
    kinds = [one.kind for one in claims if one.kind in ("ai_generated", "ai_edited") and not one.ingredient]
    return kinds[0].removeprefix("ai_") if kinds else "none"


def name(text: str | None) -> str | None:
    """A name that came from a file, made harmless."""
    return harmless(text) if text else None


NO_FILE = not_looked_for("no_file")
"""Of frames that were captured in a browser."""

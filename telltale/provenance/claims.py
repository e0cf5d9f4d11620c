"""What the codes mean by which a file says where it comes from and what was done to it, and their kinds.

Two vocabularies: IPTC's digital source types (cv.iptc.org/newscodes/digitalsourcetype) and the actions of C2PA 2.2 (18.16). A code that is
not known is shown as it is. See also: who says so, and whether that holds (``provenance.py``).
"""

from typing import Literal

from telltale.core.report import Claim, ClaimKind
from telltale.core.text import harmless
from telltale.messages.catalogue import ENGLISH, render
from telltale.provenance.c2pa_worker import Act

SOURCE_TYPES: dict[str, ClaimKind] = {
    "trainedAlgorithmicMedia": "ai_generated",
    "compositeWithTrainedAlgorithmicMedia": "ai_edited",
    "compositeSynthetic": "ai_edited",
    "trainedAlgorithmicData": "ai_edited",
    "algorithmicMedia": "other",
    "algorithmicallyEnhanced": "edited",
    "dataDrivenMedia": "other",
    "digitalCapture": "captured",
    "computationalCapture": "captured",
    "negativeFilm": "captured",
    "positiveFilm": "captured",
    "print": "captured",
    "screenCapture": "captured",
    "virtualRecording": "other",
    "composite": "edited",
    "compositeCapture": "edited",
    "minorHumanEdits": "edited",
    "humanEdits": "edited",
    "digitalArt": "other",
    "digitalCreation": "other",
    "softwareImage": "other",
    "empty": "other",
}
ACTIONS: dict[str, ClaimKind] = {
    "c2pa.created": "other",
    "c2pa.opened": "other",
    "c2pa.placed": "edited",
    "c2pa.removed": "edited",
    "c2pa.edited": "edited",
    "c2pa.edited.metadata": "other",
    "c2pa.color_adjustments": "edited",
    "c2pa.adjustedColor": "edited",
    "c2pa.changedSpeed": "edited",
    "c2pa.cropped": "edited",
    "c2pa.trimmed": "edited",
    "c2pa.deleted": "edited",
    "c2pa.drawing": "edited",
    "c2pa.dubbed": "edited",
    "c2pa.enhanced": "edited",
    "c2pa.filtered": "edited",
    "c2pa.orientation": "edited",
    "c2pa.resized": "edited",
    "c2pa.redacted": "edited",
    "c2pa.translated": "edited",
    "c2pa.converted": "other",
    "c2pa.transcoded": "other",
    "c2pa.repackaged": "other",
    "c2pa.published": "other",
    "c2pa.watermarked": "other",
    "c2pa.unknown": "edited",
}
FROM_THE_START = ("c2pa.created", "c2pa.opened")
"""Actions whose source type is that of the whole file; any other's is that of a part or a change."""
EDITED_BY_MODEL = "editedByTrainedAlgorithm"
"""In the catalogue: of a change that was made with a trained model."""
ORDER: tuple[ClaimKind, ...] = ("ai_generated", "ai_edited", "edited", "captured", "other")


def claim_of_act(act: Act) -> Claim:
    """What one action of the credentials says."""
    kind = ACTIONS.get(act.action, "other")
    code = code_of(act.source_type) if act.source_type else None
    if code:
        of_source = kind_of(code, act.action)
        kind = of_source if kind == "other" or of_source == "ai_edited" else kind
    return claim("c2pa", kind, code, act)


def claim_of_xmp(source_type: str) -> Claim:
    """What metadata without a signature says."""
    code = code_of(source_type)
    return claim("xmp", kind_of(code, None), code, None)


def message_of(one: Claim, language: str = ENGLISH) -> str:
    """A claim in words, built from its codes."""

    def named(prefix: str, code: str) -> str:
        unknown = render("provenance.claim.unknown", {"code": code}, language)
        return render(f"provenance.{prefix}.{code}", {}, language, otherwise=unknown)

    how = (
        named("source_type", EDITED_BY_MODEL if is_edit_by_model(one.source_type, one.action) else one.source_type)
        if one.source_type
        else ""
    )
    if one.basis == "xmp":
        return f"{how[:1].upper()}{how[1:]}."
    done = named("action", one.action or "")
    by = render("provenance.claim.tool", {"tool": one.tool}, language) if one.tool else ""
    said = ", ".join(filter(None, (done, how, by))) + "."
    return render("provenance.claim.ingredient", {"claim": said}, language) if one.ingredient else said


def is_edit_by_model(source_type: str | None, action: str | None) -> bool:
    """Whether a trained model changed the file: such a change does not make all of it generated."""
    return SOURCE_TYPES.get(source_type or "") == "ai_generated" and action is not None and action not in FROM_THE_START


def kind_of(source_type: str, action: str | None) -> ClaimKind:
    """What a source type means of what was done."""
    return "ai_edited" if is_edit_by_model(source_type, action) else SOURCE_TYPES.get(source_type, "other")


def claim(basis: Literal["c2pa", "xmp"], kind: ClaimKind, code: str | None, act: Act | None) -> Claim:
    """A Claim; what comes from the file is made harmless."""
    made = Claim(
        basis=basis,
        kind=kind,
        message="",
        source_type=code,
        action=harmless(act.action) if act else None,
        tool=harmless(act.tool) if act and act.tool else None,
        ingredient=bool(act and act.ingredient),
    )
    return made.model_copy(update={"message": message_of(made)})


def code_of(source_type: str) -> str:
    """``http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture`` -> ``digitalCapture``."""
    return harmless(source_type.rstrip("/").rpartition("/")[2])


def sorted_claims(claims: list[Claim]) -> list[Claim]:
    """Those that speak of AI first, those of the file before those of its ingredients; each once."""
    unique = {(one.basis, one.message): one for one in claims}.values()
    return sorted(unique, key=lambda one: (ORDER.index(one.kind), one.ingredient))

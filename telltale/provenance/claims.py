"""What the codes mean by which a file says where it comes from and what was done to it, in plain words.

Two vocabularies: IPTC's digital source types (cv.iptc.org/newscodes/digitalsourcetype) and the actions of C2PA 2.2 (18.16). A code that is
not known is shown as it is. See also: who says so, and whether that holds (``provenance.py``).
"""

from typing import Literal

from telltale.core.report import Claim, ClaimKind
from telltale.core.text import Say, harmless
from telltale.provenance.c2pa_worker import Act

Meaning = tuple[ClaimKind, str]

SOURCE_TYPES: dict[str, Meaning] = {
    "trainedAlgorithmicMedia": ("ai_generated", "made by a trained model (AI)"),
    "compositeWithTrainedAlgorithmicMedia": ("ai_edited", "edited or put together with a trained model (AI)"),
    "compositeSynthetic": ("ai_edited", "put together from parts, some of them generated"),
    "trainedAlgorithmicData": ("ai_edited", "data made by a trained model (AI)"),
    "algorithmicMedia": ("other", "made by an algorithm that was not trained on data"),
    "algorithmicallyEnhanced": ("edited", "enhanced by an algorithm"),
    "dataDrivenMedia": ("other", "drawn from data"),
    "digitalCapture": ("captured", "captured by a camera"),
    "computationalCapture": ("captured", "captured by a camera that computes with several shots"),
    "negativeFilm": ("captured", "digitised from a negative"),
    "positiveFilm": ("captured", "digitised from a positive"),
    "print": ("captured", "digitised from a print"),
    "screenCapture": ("captured", "captured from a screen"),
    "virtualRecording": ("other", "recorded from a virtual scene"),
    "composite": ("edited", "put together from parts"),
    "compositeCapture": ("edited", "put together from captured parts"),
    "minorHumanEdits": ("edited", "edited a little by a person"),
    "humanEdits": ("edited", "edited by a person"),
    "digitalArt": ("other", "drawn by a person with digital tools"),
    "digitalCreation": ("other", "made by a person with digital tools"),
    "softwareImage": ("other", "made by a program"),
    "empty": ("other", "begun empty"),
}
ACTIONS: dict[str, Meaning] = {
    "c2pa.created": ("other", "Created"),
    "c2pa.opened": ("other", "Opened"),
    "c2pa.placed": ("edited", "Something was placed into it"),
    "c2pa.removed": ("edited", "Something was removed"),
    "c2pa.edited": ("edited", "Edited"),
    "c2pa.edited.metadata": ("other", "Metadata edited"),
    "c2pa.color_adjustments": ("edited", "Colours adjusted"),
    "c2pa.adjustedColor": ("edited", "Colours adjusted"),
    "c2pa.changedSpeed": ("edited", "Speed changed"),
    "c2pa.cropped": ("edited", "Cropped"),
    "c2pa.trimmed": ("edited", "Trimmed"),
    "c2pa.deleted": ("edited", "Parts deleted"),
    "c2pa.drawing": ("edited", "Drawn on"),
    "c2pa.dubbed": ("edited", "Dubbed"),
    "c2pa.enhanced": ("edited", "Enhanced"),
    "c2pa.filtered": ("edited", "Filtered"),
    "c2pa.orientation": ("edited", "Turned"),
    "c2pa.resized": ("edited", "Resized"),
    "c2pa.redacted": ("edited", "Redacted"),
    "c2pa.translated": ("edited", "Translated"),
    "c2pa.converted": ("other", "Converted"),
    "c2pa.transcoded": ("other", "Encoded anew"),
    "c2pa.repackaged": ("other", "Packed anew"),
    "c2pa.published": ("other", "Published"),
    "c2pa.watermarked": ("other", "Marked invisibly"),
    "c2pa.unknown": ("edited", "Changed in a way that is not named"),
}
FROM_THE_START = ("c2pa.created", "c2pa.opened")
"""Actions whose source type is that of the whole file; any other's is that of a part or a change."""
ORDER: tuple[ClaimKind, ...] = ("ai_generated", "ai_edited", "edited", "captured", "other")


def claim_of_act(act: Act) -> Claim:
    """What one action of the credentials says."""
    kind, _ = ACTIONS.get(act.action, ("other", ""))
    code = code_of(act.source_type) if act.source_type else None
    if code:
        of_source, _ = source_of(code, act.action)
        kind = of_source if kind == "other" or of_source == "ai_edited" else kind
    return claim("c2pa", kind, code, act)


def claim_of_xmp(source_type: str) -> Claim:
    """What metadata without a signature says."""
    code = code_of(source_type)
    return claim("xmp", meaning(code)[0], code, None)


def sentence_of(one: Claim, say: Say = str) -> str:
    """A claim in words, built from its codes; ``say`` puts each phrase into another language."""
    how = say(source_of(one.source_type, one.action)[1]) if one.source_type else ""
    if one.basis == "xmp":
        return f"{how[:1].upper()}{how[1:]}."
    done = say(ACTIONS[one.action][1]) if one.action in ACTIONS else f"“{one.action}”"
    by = say("by “{tool}”").format(tool=one.tool) if one.tool else ""
    about = say("Of something that went into it:") + " " if one.ingredient else ""
    return about + ", ".join(filter(None, (done, how, by))) + "."


def source_of(code: str, action: str | None) -> Meaning:
    """What a source type means of what was done: a change made with a trained model does not make all of it generated."""
    kind, how = meaning(code)
    if kind == "ai_generated" and action is not None and action not in FROM_THE_START:
        return "ai_edited", "with a trained model (AI)"
    return kind, how


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
    return made.model_copy(update={"message": sentence_of(made)})


def code_of(source_type: str) -> str:
    """``http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture`` -> ``digitalCapture``."""
    return harmless(source_type.rstrip("/").rpartition("/")[2])


def meaning(code: str) -> Meaning:
    """What a source type's code means."""
    return SOURCE_TYPES.get(code, ("other", f"“{code}”"))


def sorted_claims(claims: list[Claim]) -> list[Claim]:
    """Those that speak of AI first, those of the file before those of its ingredients; each once."""
    unique = {(one.basis, one.message): one for one in claims}.values()
    return sorted(unique, key=lambda one: (ORDER.index(one.kind), one.ingredient))

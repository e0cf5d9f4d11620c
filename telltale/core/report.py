"""The Report: what one check found, as one wire format shared by the command line, the HTTP API, the page and the extension.

See also: how a verdict is reached (``telltale/verdict/verdict.py``), and Reports
of version 1 (``report_upgrade.py``). Coordinates are pixels of
the frame as it is shown (rotation applied), times are seconds from the start, probabilities lie in 0..1 and mean "this face was
manipulated".
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from telltale.messages.catalogue import render

REPORT_VERSION: Literal["2"] = "2"

Verdict = Literal["likely_fake", "no_sign_of_manipulation", "cannot_tell", "no_face"]

ManipulationKind = Literal["swap", "animated", "generated"]
"""Another person's face; a real person's face made to move or speak otherwise; a face or video that nobody filmed."""
Strength = Literal["none", "weak", "moderate", "strong"]
"""Of evidence in either direction: up to 2 times as often, up to 10, up to 100, and more."""

CAVEATS = ("scope", "meaning", "sampled")
"""The codes of what no Report can tell."""

Params = dict[str, str | int | float]
"""What a message is rendered with, by name."""


class Part(BaseModel):
    """Base of every part of a Report: immutable, closed, its numbers all finite, for JSON has no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Box(Part):
    """A face's box in pixels of the shown frame."""

    x0: float
    y0: float
    x1: float
    y1: float


class Interval(Part):
    """A 95 % interval of a probability."""

    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)


class Reason(Part):
    """Why the verdict is not surer than it is. A reason of severity ``abstain`` kept Telltale from a verdict; a ``warning`` did not."""

    code: str
    severity: Literal["abstain", "warning"]
    message: str = Field(description="In English; other languages are rendered from code and params")
    params: Params = Field(default_factory=dict, description="What the message is rendered with")


def reason_of(code: str, severity: Literal["abstain", "warning"], params: Params | None = None) -> Reason:
    """A reason with its message in English."""
    return Reason(code=code, severity=severity, message=render(f"reason.{code}", params), params=params or {})


class Caveat(Part):
    """What no Report can tell."""

    code: str
    message: str


def caveats() -> list[Caveat]:
    """All of them, their messages in English."""
    return [Caveat(code=code, message=render(f"caveat.{code}")) for code in CAVEATS]


class Quality(Part):
    """What limits the judgement of one face: its size, how far it is turned away, what was lost."""

    face_size_px: float = Field(description="Pixels between its outermost edges")
    yaw: float = Field(description="0 facing the camera .. 1 in profile, from the five landmarks")
    sharpness: float = Field(description="Variance of the Laplacian of the face's crop; low values are blurred or heavily compressed")
    compression: float | None = Field(
        default=None, description="0 clean .. 1 heavily compressed, of the face's own pixels; absent in older reports"
    )


class FaceObservation(Part):
    """One face in one sampled frame."""

    time: float
    box: Box
    logit: float = Field(description="Uncalibrated log-odds of fake")
    fake_probability: float = Field(ge=0, le=1)
    quality: Quality
    frame: str | None = Field(default=None, description="Name of a small picture of the whole frame; absent in older reports")
    heat_map: str | None = Field(default=None, description="Name of a small picture of this face under its evidence map, as above")


class Ratio(Part):
    """A likelihood ratio: how many times as often what was seen is met among manipulated videos as among untouched ones. Below 1 it speaks
    against manipulation. It stays within what the number of videos that were measured warrants."""

    value: float = Field(gt=0)
    low: float = Field(gt=0, description="95 % interval, from how much the looks differ")
    high: float = Field(gt=0)
    strength: Strength = Field(description="Of the evidence, for manipulation where the value is above 1, against it below")


class KindEvidence(Part):
    """What was found of one kind of manipulation."""

    kind: ManipulationKind
    ratio: Ratio
    power: float = Field(
        ge=0, le=1, description="Share of fakes of this kind, as compressed as this face, that show evidence, weak or more"
    )
    alarms: float = Field(ge=0, le=1, description="The same share of untouched faces")
    fakes: int = Field(description="On how many fakes the first share was measured")
    reals: int = Field(description="On how many untouched videos the second one was")


class Person(Part):
    """One person seen in the video, with a verdict of their own."""

    id: int
    picture: str = Field(description="Name of the thumbnail among the check's pictures")
    frame_coverage: float = Field(ge=0, le=1, description="Share of the sampled frames in which this person was found")
    verdict: Verdict
    fake_probability: float = Field(ge=0, le=1)
    interval: Interval
    observations: list[FaceObservation]
    reasons: list[Reason]
    ratio: Ratio | None = Field(
        default=None,
        description="Absent where nothing can be said of this face, in pictures, and of models for which none was measured; so are kinds",
    )
    kinds: list[KindEvidence] = Field(default_factory=list)


class Evidence(Part):
    """One of the looks that weighed most: the face, and where on it the model saw what it saw."""

    n: int
    person: int
    time: float
    box: Box
    fake_probability: float = Field(ge=0, le=1)
    frame: str = Field(description="Name of the picture of the whole frame with the box")
    face: str = Field(description="Name of the picture of the face")
    heat_map: str = Field(description="Name of the picture of the same face under its evidence map")


class Source(Part):
    """What was checked and how much of it was read."""

    kind: Literal["video", "image", "frames"]
    name: str
    url: str | None = None
    title: str | None = None
    duration: float | None = Field(default=None, description="Seconds; absent for a picture")
    width: int
    height: int
    codec: str
    size: int = Field(description="Bytes of what was looked at: the whole file, or the parts of it that were fetched")
    bytes_read: int = Field(description="Bytes fetched over the network, or read from disk")
    requests: int = Field(default=0, description="Requests over the network; 0 for a file, and in older reports")
    sampled: bool = Field(default=False, description="Whether only the parts around the sampled frames were fetched")
    sha256: str = Field(description="Of what was looked at: the whole file, or the parts of it that were fetched")
    frames_read: int
    track: int = Field(default=1, ge=1, description="Which video track of the file was looked at; absent in older reports, as the next")
    tracks: int = Field(default=1, ge=1, description="How many video tracks it has")


ClaimKind = Literal["ai_generated", "ai_edited", "edited", "captured", "other"]


class Claim(Part):
    """One thing that a file says of itself. Saying it does not make it so."""

    basis: Literal["c2pa", "xmp"] = Field(description="c2pa: signed Content Credentials; xmp: metadata that anybody can write")
    kind: ClaimKind
    message: str
    source_type: str | None = Field(default=None, description="IPTC's code of the digital source type, such as trainedAlgorithmicMedia")
    action: str | None = Field(default=None, description="C2PA's code of what was done, such as c2pa.edited")
    tool: str | None = Field(default=None, description="What it was done with, as the file names it")
    ingredient: bool = Field(default=False, description="It is said of something that went into the file, not of the file itself")


class CredentialProblem(Part):
    """A check of the credentials that failed, by C2PA's own code."""

    code: str
    message: str


class Provenance(Part):
    """What the file says of itself: Content Credentials (C2PA) and IPTC's digital source type. It never changes a verdict.

    ``state`` is that of the credentials: not looked for; absent; unsigned (none, but metadata says something); kept at another
    address, which is not fetched; not readable; not valid; or valid, which says only that the file is as it was signed. ``trusted`` is
    absent where no trust list was used: who signed was not verified then.
    """

    state: Literal["not_checked", "absent", "unsigned", "elsewhere", "not_readable", "invalid", "valid"]
    code: str = Field(description="The state, and behind a dot why nothing was looked for: absent, valid, not_checked.too_large")
    message: str = Field(description="In English; other languages are rendered from code and params")
    params: Params = Field(default_factory=dict, description="What the message is rendered with")
    claims: list[Claim] = Field(default_factory=list, description="Those that speak of AI first; absent in older reports, as all below")
    signer: str | None = Field(default=None, description="As the signing certificate names it")
    organisation: str | None = None
    signed_at: str | None = Field(default=None, description="The time stamp in the signature, if it has one")
    generator: str | None = Field(default=None, description="The program that wrote the credentials, as it names itself")
    trust_list: str | None = Field(default=None, description="Name of the trust list that was used; null where none was")
    trusted: bool | None = Field(default=None, description="Whether the signer is on that list")
    problems: list[CredentialProblem] = Field(default_factory=list, description="Why the credentials are not valid, or not trusted")


class KeptOutVerdicts(Part):
    """What a model's verdicts were on videos of sources that neither its training nor its calibration saw."""

    reals: int = Field(ge=0)
    reals_called_fake: int = Field(ge=0)
    fakes: int = Field(ge=0)
    fakes_found: int = Field(ge=0, description="Called likely manipulated")


class ModelCard(Part):
    """Which model looked, on which faces, found by which detector in what which decoder read."""

    id: str
    revision: str = Field(description="First 12 hex digits of the SHA-256 of the weights")
    calibrated: bool
    runtime: str = Field(description="What ran the model: onnxruntime, openvino, torch …")
    detector: Literal["mtcnn", "insightface"]
    tested: KeptOutVerdicts | None = Field(default=None, description="Absent where the model's folder does not say, and in older reports")
    decoder: str = Field(default="", description="PyAV's version and that of the FFmpeg within; empty in older reports")


class Timing(Part):
    """Wall seconds by step."""

    fetch: float = 0.0
    provenance: float = 0.0
    decode: float = 0.0
    faces: float = 0.0
    score: float = 0.0
    render: float = 0.0
    total: float = 0.0


class Report(Part):
    """What one check found. ``pictures`` (name -> JPEG bytes) stays out of the JSON; the API serves it beside."""

    version: Literal["2"] = REPORT_VERSION
    verdict: Verdict
    headline: str
    explanation: str = Field(description="The verdict in one or two plain sentences")
    fake_probability: float | None = Field(default=None, ge=0, le=1)
    interval: Interval | None = None
    ratio: Ratio | None = Field(
        default=None, description="Of the person whose probability the whole has; absent in older reports, as kinds"
    )
    kinds: list[KindEvidence] = Field(default_factory=list, description="Of the same person")
    people: list[Person]
    evidence: list[Evidence]
    reasons: list[Reason]
    provenance: Provenance
    source: Source
    model: ModelCard
    timing: Timing
    caveats: list[Caveat]
    pictures: dict[str, bytes] = Field(default_factory=dict, exclude=True, repr=False)

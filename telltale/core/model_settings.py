"""telltale.json: what the pipeline adds to a model: how faces are cropped, how logits become probabilities, and where the verdict lies.

A model folder without the file still runs, uncalibrated, and the Report says so. See also: how the numbers are fitted
(``trainer/calibrate.py``).
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from telltale.core.errors import BadModel
from telltale.core.report import KeptOutVerdicts, ManipulationKind
from telltale.core.rules import RULES

FILE = "telltale.json"
NEVER_FAKE, NEVER_CLEAR = RULES.verdict.never_fake, RULES.verdict.never_clear
"""As ``fake_from`` and ``clear_to``: that verdict is never given, for a probability lies strictly between them."""


class Calibration(BaseModel):
    """What the probabilities and thresholds were fitted on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fitted_on: str = Field(description="In words")
    manifest_sha256: str
    videos: int
    reals: int | None = Field(default=None, description="How many of the videos are real")
    fakes: int | None = None
    reals_called_fake: float | None = Field(default=None, description="The share that fake_from promises to stay within, on average")
    fakes_cleared: float | None = Field(default=None, description="The share that clear_to promises to stay within, on average")
    seen_sources: tuple[str, ...] = Field(default=(), description="Sources that training saw too, other people of them")


class Bin(BaseModel):
    """Thresholds of faces of one size and compression: sides ``[from, to)``, an absent ``to`` has no end.

    ``reals`` and ``fakes`` are how many of the calibration's videos lie in it. ``own_fake_from`` says whether the reals were enough to set
    its ``fake_from``; else it was taken over from coarser groups, and is at least as strict as all of them. Likewise ``clear_to``, fakes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    face_px_from: float = 0.0
    face_px_to: float | None = None
    compression_from: float = 0.0
    compression_to: float | None = None
    reals: int = Field(ge=0)
    fakes: int = Field(ge=0)
    fake_from: float = Field(ge=0, le=1)
    clear_to: float = Field(ge=0, le=1)
    own_fake_from: bool
    own_clear_to: bool

    def holds(self, face_px: float, compression: float) -> bool:
        """Whether a face of this size and compression belongs here."""
        return within(face_px, self.face_px_from, self.face_px_to) and within(compression, self.compression_from, self.compression_to)


def within(value: float, low: float, high: float | None) -> bool:
    """Whether a value lies in ``[low, high)``."""
    return low <= value and (high is None or value < high)


class RatioBin(BaseModel):
    """Log likelihood ratio = slope * score + offset, within bounds, of faces compressed as heavily as ``[from, to)``.

    Measured on ``reals`` and ``fakes``; ``power`` and ``alarms`` are the shares of the latter and of the former with evidence of
    manipulation, weak or more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    compression_from: float = 0.0
    compression_to: float | None = None
    slope: float = Field(gt=0)
    offset: float
    least: float = Field(gt=0, le=1, description="No smaller ratio is warranted by so few videos")
    most: float = Field(ge=1, description="Nor a greater one")
    reals: int = Field(ge=0)
    fakes: int = Field(ge=0)
    power: float = Field(ge=0, le=1)
    alarms: float = Field(ge=0, le=1)

    def holds(self, compression: float) -> bool:
        """Whether a face compressed so heavily belongs here."""
        return within(compression, self.compression_from, self.compression_to)


class KindScale(BaseModel):
    """What the scores of one kind of manipulation are worth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ManipulationKind
    bins: tuple[RatioBin, ...] = ()


def ratio_bin(bins: tuple[RatioBin, ...], compression: float | None) -> RatioBin | None:
    """The bin of a face, where one was measured and the compression is known."""
    return None if compression is None else next((each for each in bins if each.holds(compression)), None)


class ModelSettings(BaseModel):
    """Probability = sigmoid((logit − offset) / temperature).

    "Likely manipulated" from ``fake_from`` up, "no sign" up to ``clear_to``, between them "cannot tell"; those of the person's bin where
    there is one, else these.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    size: int = Field(default=224, gt=0, description="Pixels of the net's picture: a crop, or a sheet of crops")
    margin: float = Field(default=0.12, ge=0, lt=0.5, description="Border around the face as a share of the crop's side")
    crop: Literal["aligned", "upright", "picture"] = Field(
        default="aligned",
        description="The face turned onto the template, the picture's own pixels about it, or the whole picture (align.py)",
    )
    fake_labels: tuple[str, ...] = Field(
        default=(), description="Classes that mean a fake, where their names do not say so; all others are real"
    )
    further_margins: tuple[float, ...] = Field(
        default=(), max_length=3, description="Margins of further crops of the same face, which the net sees as further channels"
    )
    sheet: int = Field(default=1, ge=1, le=8, description="n: the picture is a sheet of n x n crops of one person in order of time")
    frames: int = Field(
        default=RULES.sampling.frames, gt=0, description="Moments of a video that are looked at, where nobody says another number"
    )
    first_looks: int | None = Field(
        default=None, ge=1, description="Looks at each person that are scored first; the others only where these leave the verdict open"
    )
    batch_size: int = Field(
        default=4, ge=1, le=64, description="Crops in one run of the exported net; 1 where they change each other's answers"
    )
    temperature: float = Field(default=1.0, gt=0)
    offset: float = 0.0
    fake_from: float = Field(default=0.7, ge=0, le=1)
    clear_to: float = Field(default=0.4, ge=0, le=1)
    look_spread: float = Field(default=1.0, ge=0, description="Standard deviation of one look's logit within a video")
    video_spread: float = Field(default=0.5, ge=0, description="What remains of it however many looks there are")
    full_heat: float = Field(default=6.0, gt=0, description="What a place of a look's evidence map adds to its logit at the hottest colour")
    bins: tuple[Bin, ...] = ()
    kinds: tuple[KindScale, ...] = Field(
        default=(), description="Kinds of manipulation for which the net gives a score each behind its logits, in their order"
    )
    ratio: tuple[RatioBin, ...] = Field(default=(), description="What the log-odds are worth as evidence of any manipulation")
    trained_on: str | None = Field(default=None, description="SHA-256 of the manifest or of the crops' marker that training read")
    calibration: Calibration | None = None
    tested: KeptOutVerdicts | None = Field(
        default=None, description="By `trainer.publish`, from an evaluation of sources that were kept out"
    )

    @model_validator(mode="after")
    def _sheet_fits(self) -> "ModelSettings":
        if self.size % self.sheet:
            raise ValueError(f"a picture of {self.size} pixels does not divide into {self.sheet} x {self.sheet} crops")
        if self.sheet > 1 and self.further_margins:
            raise ValueError("a sheet shows one crop of each look")
        if any(not -0.5 < margin < 0.5 for margin in self.further_margins):
            raise ValueError("a margin lies between -0.5 and 0.5")
        if self.sheet > 1 and self.first_looks is not None:
            raise ValueError("a sheet shows looks in order of time, so none of them can be scored first")
        return self

    @property
    def channels(self) -> int:
        """Channels of the net's picture: three for each crop of a look."""
        return 3 * (1 + len(self.further_margins))

    @property
    def calibrated(self) -> bool:
        """Whether the probabilities were fitted on media that training never saw."""
        return self.calibration is not None

    def bin_of(self, face_px: float, compression: float | None) -> Bin | None:
        """The bin of a face, where the model has bins and the compression is known."""
        if compression is None:
            return None
        return next((each for each in self.bins if each.holds(face_px, compression)), None)


def read_settings(folder: Path) -> ModelSettings:
    """The folder's settings, or the defaults where it has none. Raises BadModel for a file that is not sound."""
    path = folder / FILE
    if not path.exists():
        return ModelSettings()
    try:
        return ModelSettings.model_validate(json.loads(path.read_text()))
    except (ValueError, ValidationError, RecursionError) as error:
        raise BadModel("model.broken", "settings", file=path.name, why=str(error).splitlines()[0]) from error


def write_settings(folder: Path, settings: ModelSettings) -> None:
    """Write telltale.json, whole or not at all."""
    part = folder / f"{FILE}.part"
    part.write_text(json.dumps(settings.model_dump(mode="json"), indent=2) + "\n")
    part.rename(folder / FILE)

"""telltale.json: what the pipeline adds to a model: how faces are cropped, how logits become probabilities, and where the verdict lies.

A model folder without the file still runs, uncalibrated, and the Report says so.
"""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detector.errors import BadModel

FILE = "telltale.json"


class Calibration(BaseModel):
    """What the probabilities and thresholds were fitted on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fitted_on: str = Field(description="In words")
    manifest_sha256: str
    videos: int


class ModelSettings(BaseModel):
    """Probability = sigmoid((logit − offset) / temperature).

    "Likely manipulated" from ``fake_from`` up, "no sign" up to ``clear_to``, between them "cannot tell".
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    size: int = Field(default=224, gt=0, description="Pixels of the crop")
    margin: float = Field(default=0.12, ge=0, lt=0.5, description="Border around the face as a share of the crop's side")
    frames: int = Field(default=32, gt=0)
    temperature: float = Field(default=1.0, gt=0)
    offset: float = 0.0
    fake_from: float = Field(default=0.7, ge=0, le=1)
    clear_to: float = Field(default=0.4, ge=0, le=1)
    look_spread: float = Field(default=1.0, ge=0, description="Standard deviation of one look's logit within a video")
    video_spread: float = Field(default=0.5, ge=0, description="What remains of it however many looks there are")
    calibration: Calibration | None = None

    @property
    def calibrated(self) -> bool:
        """Whether the probabilities were fitted on media that training never saw."""
        return self.calibration is not None


def read_settings(folder: Path) -> ModelSettings:
    """The folder's settings, or the defaults where it has none. Raises BadModel for a file that is not sound."""
    path = folder / FILE
    if not path.exists():
        return ModelSettings()
    try:
        return ModelSettings.model_validate(json.loads(path.read_text()))
    except (ValueError, ValidationError) as error:
        raise BadModel("model.broken", f"{path.name} of this model is not sound: {str(error).splitlines()[0]}") from error

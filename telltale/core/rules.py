"""rules.json: every number that decides, for the engine and for the check in the browser, which must decide alike.

``RULES`` is read here once. ``python -m extension_build.generate`` writes the same numbers to ``extension/local/rules.js``. A number that
only one of both needs stays in its own module. See also: what calibration fitted for one model (``model_settings.py``).
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("rules.json")


class Section(BaseModel):
    """Base of every group of rules: immutable, whole and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Alignment(Section):
    """How a crop is cut (``faces/align.py``)."""

    template: tuple[tuple[float, float], ...]
    """Eyes, nose and mouth corners of an upright face in a unit square that it just fills from forehead to chin."""
    shrink_below: float
    """Scale below which the frame is shrunk by area before it is warped."""


class Detector(Section):
    """MTCNN (``faces/detectors.py``, ``faces/mtcnn.py``)."""

    search_side: int
    """Long side, in pixels, of the picture that is searched first."""
    search_face: float
    """Smallest face looked for in that picture, in its pixels."""
    least_face: float
    """Smallest face that is ever looked for, in pixels of the searched picture."""
    cell: int
    """Receptive field of the first net, in pixels."""
    stride: int
    pyramid_step: float
    thresholds: tuple[float, float, float]
    """Least probability of a face after each net."""
    eager_thresholds: tuple[float, float, float]
    """The same where nothing was found: sees some profiles, and now and then a face that is none."""
    level_overlap: float
    """Overlap above which the weaker of two boxes of one pyramid level goes."""
    overlap: float
    """The same of all boxes after each net."""
    refine_side: int
    """Pixels of the second net's picture."""
    output_side: int
    """Pixels of the third net's picture."""
    pixel_mean: float
    pixel_scale: float


class Search(Section):
    """Which frames of a clip are searched (``faces/frame_search.py``)."""

    smallest_face: float
    """Pixels; smaller faces are not scored at all."""
    stride: int
    """Every so many frames one is searched whole, whatever the others show."""
    neighbouring_seconds: float
    """Greatest time between two frames of which one is searched for the faces of the other."""


class Tracking(Section):
    """Who a face belongs to (``faces/tracking.py``)."""

    max_distance: float
    """Greatest distance at which two faces are still one person."""


class QualityLimits(Section):
    """What limits the judgement of a face (``faces/quality.py``): a median on the wrong side of the first number of each pair warns, of
    the second withholds the verdict."""

    small_px: float
    tiny_px: float
    turned: float
    profile: float
    soft: float
    blurred: float
    few_looks: int
    """Looks at a person in a video below which the verdict warns."""
    min_eye_distance: float
    """Pixels between the eyes below which a face counts as a profile."""


class Compression(Section):
    """The measure of ``faces/compression.py``."""

    reach: int
    """Half the side, in pixels, of the part that is looked at: enough, and it bounds the time."""
    least_side: int
    """Sides shorter than this are extended by mirroring."""
    floor: float
    """Added before each logarithm."""
    calm: float
    """Quantile of the calm places' detail."""
    busy: float
    """Quantile of the busy places' detail."""
    weights: tuple[float, float, float, float]
    middle: float
    steepness: float


class VerdictRules(Section):
    """Logits to a verdict (``verdict/verdict.py``)."""

    min_screen_share: float
    """People seen in a smaller share of the frames than this are listed, but do not decide while others do."""
    never_fake: float
    """As ``fake_from``: that verdict is never given, for a probability lies below it."""
    never_clear: float
    """The same as ``clear_to``."""
    interval_deviations: float
    """Standard errors to each side of the interval."""
    max_log_odds: float
    """Beyond this a logistic function is flat."""


class NextSteps(Section):
    """What is advised after an open verdict (``render/next_steps.py``)."""

    compression: float
    """From which on the first upload is worth looking for: there, scores say less."""
    face_px: float
    """Pixels of a face from which a larger one would add little."""
    looks: int
    """Enough looks at somebody in a video."""


class EvidenceRules(Section):
    """The pictures of the strongest moments (``verdict/evidence.py``)."""

    most: int
    """Moments shown at most."""
    parts: int
    """Two moments of one person lie further apart than this part of the video."""
    face_side: int
    person_side: int
    frame_side: int
    person_margin: float
    jpeg_quality: int
    cover: float
    """How far the strongest evidence covers the face."""
    remains: float
    """What remains of the face's brightness under none."""


class Sampling(Section):
    """Which frames are read (``video/frames.py``)."""

    frames: int
    """Where nobody says another number."""
    sequential_seconds: float
    """Clips up to this long are read in sequence; in longer ones keyframes are sought."""
    fewest_keyframes: int
    """With fewer, a long clip is read in sequence too."""
    usual_frame_rate: float
    """Where a file does not say."""
    max_pixels: int
    """Of one picture; larger ones are not decoded."""


class Rules(Section):
    """All of them."""

    alignment: Alignment
    detector: Detector
    search: Search
    tracking: Tracking
    quality: QualityLimits
    compression: Compression
    verdict: VerdictRules
    next_steps: NextSteps
    evidence: EvidenceRules
    sampling: Sampling


RULES = Rules.model_validate_json(FILE.read_text(encoding="utf-8"))

"""What is seen of a face: one look at it, and all looks at one person.

Made by ``scoring.py``, judged by ``telltale/verdict/verdict.py``.
"""

from dataclasses import dataclass

import numpy as np

from telltale.faces.detectors import Face


@dataclass(frozen=True, eq=False)
class Observation:
    """One look at one face: place among the sampled frames, seconds, the face, its logit, evidence map (h, w), crop and compression, and
    the log likelihood ratio of each kind of ``ModelSettings.kinds``."""

    position: int
    time: float
    face: Face
    logit: float
    heat: np.ndarray
    crop: np.ndarray
    compression: float
    kinds: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class PersonTrack:
    """Looks at one person, in order of time; ``seen``: in how many frames their face was found, where not all were scored."""

    id: int
    looks: list[Observation]
    seen: int | None = None

"""Who a face belongs to: faces of sampled frames grouped into people.

Between neighbouring frames faces are matched by overlap and size with an optimal assignment
(`scipy.optimize.linear_sum_assignment`); a person who is not seen for a while can be picked up again near the place they were left.
When unsure, two people rather than one.
"""

import numpy as np

from telltale.core.rules import RULES
from telltale.faces.detectors import Face

Track = list[tuple[int, Face]]
"""One person: (frame position, face) in order of time."""

LOOSEST = RULES.tracking.max_distance
"""Greatest distance at which two faces are still one person; see ``distance``."""


def group(found: list[list[Face]]) -> list[Track]:
    """Faces per frame -> people, the one seen most first."""
    tracks: list[Track] = []
    for position, faces in enumerate(found):
        taken = match_faces(tracks, faces)
        for number, face in enumerate(faces):
            if number in taken:
                tracks[taken[number]].append((position, face))
            else:
                tracks.append([(position, face)])
    return sorted(tracks, key=lambda track: (-len(track), -np.mean([face.size for _, face in track])))


def match_faces(tracks: list[Track], faces: list[Face]) -> dict[int, int]:
    """Face number -> track number, each at most once."""
    from scipy.optimize import linear_sum_assignment

    if not tracks or not faces:
        return {}
    costs = np.array([[distance(track[-1][1], face) for track in tracks] for face in faces])
    rows, columns = linear_sum_assignment(costs)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True) if costs[row, column] <= LOOSEST}


def distance(one: Face, other: Face) -> float:
    """0 for the same place and size; 1 for a shift of one face width, or for a size that differs by a factor of 2.7."""
    size = (one.size + other.size) / 2
    shift = np.linalg.norm((one.box[:2] + one.box[2:] - other.box[:2] - other.box[2:]) / 2) / max(size, 1.0)
    return float(shift + abs(np.log(max(one.size, 1.0) / max(other.size, 1.0))))

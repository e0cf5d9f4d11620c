"""Who a face belongs to: faces of sampled frames grouped into people.

Between neighbouring frames, faces are matched by overlap and size with an optimal assignment (Jonker and Volgenant, Computing 38, 1987). A
person who was out of sight can be picked up again near the place where they were last seen. When unsure: two people rather than one.
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
    if not tracks or not faces:
        return {}
    costs = np.array([[distance(track[-1][1], face) for track in tracks] for face in faces])
    return {row: column for row, column in assign(costs) if costs[row, column] <= LOOSEST}


def assign(costs: np.ndarray) -> list[tuple[int, int]]:
    """The pairs (row, column) of the least total cost for float costs (rows, columns): as many as the shorter side has."""
    from lap import lapjv

    _, columns, _ = lapjv(costs, extend_cost=True)
    return [(row, int(column)) for row, column in enumerate(columns) if column >= 0]


def distance(one: Face, other: Face) -> float:
    """0 for the same place and size; 1 for a shift of one face width, or for a size that differs by a factor of 2.7."""
    size = (one.size + other.size) / 2
    shift = np.linalg.norm((one.box[:2] + one.box[2:] - other.box[:2] - other.box[2:]) / 2) / max(size, 1.0)
    return float(shift + abs(np.log(max(one.size, 1.0) / max(other.size, 1.0))))

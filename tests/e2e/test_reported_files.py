"""Files from public bug reports, beside the repository: what is looked at is what a player shows, and the face in it is found."""

from pathlib import Path

import pytest

from telltale.faces.detectors import FaceDetector, load_face_detector
from telltale.sandbox.decode import read_sandboxed

SEEN = [
    *(("case-1/grid.heic", 1134, 1512), ("case-1/grid_rot.heic", 1134, 1512), ("case-4/o2.jpg", 566, 756)),
    *(("case-4/o4.jpg", 566, 756), ("case-6/anim.webp", 640, 480)),
    *(("case-12/mp108.jpg", 6000, 4500), ("case-13/thumbfirst.mkv", 640, 480), ("case-13/thumbfirst.mp4", 640, 480)),
    *(("case-13/two.mkv", 640, 480), ("case-19/anam.mp4", 640, 480)),
    *(("case-16/folder/cam.m2ts", 640, 480), ("case-17/cam.mxf", 640, 480), ("case-17/cctv.h264", 640, 480), ("case-17/a.ivf", 640, 480)),
]
"""A file, and the size of the picture that people see."""


@pytest.fixture(scope="module")
def finder() -> FaceDetector:
    """The embedded detector."""
    return load_face_detector("mtcnn")


@pytest.mark.parametrize(("name", "width", "height"), SEEN)
def test_the_face_is_found_in_what_people_see(shared: Path, finder: FaceDetector, name: str, width: int, height: int) -> None:
    path = shared / "cases" / name
    if not path.exists():
        pytest.skip("the reported files (../shared/cases) are not here")
    clip = read_sandboxed(path, 8)
    assert (clip.width, clip.height) == (width, height)
    assert [face for face in finder.detect(clip.frames[0].rgb) if face.score > 0.9]

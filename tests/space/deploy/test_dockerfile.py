"""The Dockerfile, read as a linter would: its sources exist and are not kept out, it runs as nobody special, it starts what a Space starts.

What it starts is started in ``test_space_entrypoint.py``, from the same files and pins.
"""

import ast
import json
import re
import shlex
from fnmatch import fnmatch
from typing import NamedTuple

import pytest

from space.core.settings import PREFIX, Settings
from space.deploy.layout import ROOT, Choice, laid_out


class Step(NamedTuple):
    """One instruction and what follows it."""

    name: str
    rest: str


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    """The Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [Step(*line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def of(steps: list[Step], name: str) -> list[str]:
    return [step.rest for step in steps if step.name == name]


def kept_out(place: str) -> bool:
    """Whether .dockerignore keeps a file from the builder: the last rule that fits it or a folder above it counts."""
    parts = place.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    out = False
    for rule in (ROOT / ".dockerignore").read_text().split():
        pattern = rule.removeprefix("!")
        if any(fnmatch(each, pattern) or fnmatch(f"/{each}", pattern.replace("**", "*")) for each in above):
            out = not rule.startswith("!")
    return out


def copied(steps: list[Step]) -> dict[str, str]:
    """Place in the image -> file here, of everything that COPY takes."""
    found = {}
    for source, target in (shlex.split(rest) for rest in of(steps, "COPY")):
        assert (ROOT / source).exists(), f"COPY {source}: there is no such file"
        inside = [path for path in (ROOT / source).rglob("*") if path.is_file()] if (ROOT / source).is_dir() else [ROOT / source]
        for path in inside:
            place = path.relative_to(ROOT).as_posix()
            if not kept_out(place):
                found[target + place.removeprefix(source)] = place
    return found


def test_the_image_holds_what_a_space_holds(steps: list[Step]) -> None:
    here = copied(steps)
    wanted = {file.place for file in laid_out(Choice())} - {"README.md", "packages.txt"}
    assert wanted <= set(here), f"absent from the image: {sorted(wanted - set(here))}"
    assert not [place for place in here.values() if "__pycache__" in place or "publication" in place or "/." in place]
    assert (here["app.py"], here["requirements.txt"]) == ("space/deploy/space_entrypoint.py", "space/requirements.txt")


def test_nothing_of_a_working_tree_goes_to_the_builder() -> None:
    for place in (
        *(".git/config", ".venv/bin/python", "runs/x/model.safetensors", "tests/support/web/hub_server.py", "space/.env"),
        "telltale/__pycache__/a.pyc",
    ):
        assert kept_out(place), place
    assert not kept_out("space/page/static/page.css") and not kept_out("hub_card/browser/onnx/model.onnx")


def test_it_starts_what_a_space_starts(steps: list[Step]) -> None:
    assert json.loads(of(steps, "CMD")[-1]) == ["python", "app.py"]
    assert [step.name for step in steps].index("USER") > max(number for number, step in enumerate(steps) if step.name in ("COPY", "RUN"))
    user = of(steps, "USER")
    assert user == ["telltale"] and "useradd" in of(steps, "RUN")[0]
    assert of(steps, "FROM") == ["python:3.12-slim"]
    assert any("pip install" in rest and "--no-deps -r requirements.txt" in rest for rest in of(steps, "RUN"))


def test_its_variables_are_settings_and_its_store_is_a_volume(steps: list[Step]) -> None:
    variables = dict(pair.split("=", 1) for rest in of(steps, "ENV") for pair in shlex.split(rest))
    own = {name.removeprefix(PREFIX).lower() for name in variables if name.startswith(PREFIX)}
    assert own <= set(Settings.model_fields)
    assert of(steps, "VOLUME") == [variables["TELLTALE_DATA_DIR"]] and of(steps, "EXPOSE") == [variables["TELLTALE_PORT"]]
    assert f"-o telltale -g telltale {variables['TELLTALE_DATA_DIR']}" in of(steps, "RUN")[0], "the user must be able to write there"


def test_its_health_is_asked_of_the_api(steps: list[Step]) -> None:
    (check,) = of(steps, "HEALTHCHECK")
    command = json.loads(check.split("CMD", 1)[1].strip())
    assert command[:2] == ["python", "-c"] and "/health" in command[2]
    ast.parse(command[2], feature_version=(3, 12))

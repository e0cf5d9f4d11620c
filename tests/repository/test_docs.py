"""The documents name everything that a user can set, call or meet: settings, options, error codes, paths of the API, Python names."""

import re
from pathlib import Path

import pytest
import typer

import telltale
from space.app import create_api
from space.core.settings import Settings, describe_settings
from telltale.cli.main import app
from telltale.core.errors import CODES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = ("log.md", "promises.md")


def options(command: str) -> list[str]:
    """The options of a command that its help shows."""
    found = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    return [each.opts[0] for each in found if each.param_type_name == "option" and not each.hidden]


def test_every_setting_is_in_the_server_s_table() -> None:
    text = (DOCS / "server.md").read_text()
    lines = describe_settings()
    assert len(lines) > 20
    for line in lines:
        name, default, what = re.fullmatch(r"(\w+) \((.*?)\): (.*)\.", line).groups()  # type: ignore[union-attr]
        assert f"| `{name}` | {default} | {what} |" in text, line


@pytest.mark.parametrize("command", ["check", "serve", "work"])
def test_every_option_is_in_the_command_line_s_table(command: str) -> None:
    section = (DOCS / "cli.md").read_text().split(f"## telltale {command}\n")[1].split("\n## ")[0]
    named = re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE)
    assert named == options(command) and named


def test_every_error_code_is_in_the_table() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| [^|]+ \| (\d+) \| (\d+) \|$", (DOCS / "http-api.md").read_text(), re.MULTILINE)
    assert {code: (int(status), int(exit)) for code, status, exit in rows} == {
        code: (each.status, each.exit) for code, each in CODES.items()
    }


def test_every_path_of_the_api_is_in_the_table(tmp_path: Path) -> None:
    text = (DOCS / "http-api.md").read_text()
    server = create_api(Settings(data_dir=tmp_path / "store"))
    try:
        paths = server.openapi()["paths"]
    finally:
        server.state.store.close()
    asked = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    assert len(asked) > 10
    assert [one for one in asked if f"`{one}" not in text] == []


def test_every_public_name_of_the_package_is_documented() -> None:
    text = (DOCS / "python-api.md").read_text()
    assert [name for name in telltale.__all__ if f"`telltale.{name}" not in text] == []


def test_pages_can_be_read_in_one_sitting() -> None:
    for page in DOCS.glob("*.md"):
        assert page.name in GENERATED or page.read_text().count("\n") <= 250, page.name

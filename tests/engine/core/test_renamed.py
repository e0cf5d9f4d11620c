"""Old names of variables and options are read for one release, and each is said to have changed."""

import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from space.core.settings import Settings, read_settings
from telltale.cli.main import app
from telltale.core.renamed import OPTIONS, VARIABLES, adopt_options, adopt_variables


def test_every_new_variable_is_a_setting() -> None:
    assert {name.lower() for name in VARIABLES.values()} <= set(Settings.model_fields)
    assert not {name.lower() for name in VARIABLES} & set(Settings.model_fields)


def test_an_old_variable_gives_way_to_its_new_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELLTALE_STORE", str(tmp_path / "old"))
    monkeypatch.setenv("TELLTALE_QUEUE_BOUND", "7")
    monkeypatch.setenv("TELLTALE_MAX_QUEUED", "9")
    monkeypatch.delenv("TELLTALE_DATA_DIR", raising=False)
    settings = read_settings()
    assert (settings.data_dir, settings.max_queued) == (tmp_path / "old", 9)
    told = capsys.readouterr().err
    assert "TELLTALE_STORE is called TELLTALE_DATA_DIR now" in told and "TELLTALE_QUEUE_BOUND is called TELLTALE_MAX_QUEUED now" in told
    monkeypatch.setenv("TELLTALE_DATA_DIR", "")  # so that it is taken away at the end


def test_nothing_is_said_where_nothing_is_old() -> None:
    told, environment = io.StringIO(), {"TELLTALE_DATA_DIR": "x", "STORE": "y"}
    adopt_variables(told, environment)
    assert told.getvalue() == "" and environment == {"TELLTALE_DATA_DIR": "x", "STORE": "y"}


def test_old_options_become_new_ones_up_to_the_dashes() -> None:
    told = io.StringIO()
    asked = ["clip.mp4", "--out=x", "--faces", "mtcnn", "--output-more", "--", "--out"]
    assert adopt_options(asked, told) == ["clip.mp4", "--output=x", "--face-detector", "mtcnn", "--output-more", "--", "--out"]
    assert told.getvalue().count("\n") == 2


def test_the_command_line_knows_both_names(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.mp4")
    for name in ("--frames", "--num-frames"):
        ended = CliRunner().invoke(app, ["check", "--json", name, "4", absent])
        assert ended.exit_code == 2 and "media.not_found" in ended.output
        assert ("--frames is called --num-frames now" in ended.output) == (name == "--frames")


def test_every_new_option_is_in_the_help() -> None:
    shown = "".join(CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300"}).output for command in ("check", "serve"))
    assert [new for new in OPTIONS.values() if new not in shown] == []
    assert [old for old in OPTIONS if f" {old} " in shown] == []

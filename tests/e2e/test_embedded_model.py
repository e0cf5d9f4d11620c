"""The model that comes with Telltale, end to end: what a person has who chose none, at the command line, at the API and on the page.

Everywhere else servers and commands run the small model (``tests/support/models.py``). See also: the same in a Space
(``tests/space/deploy/test_space_entrypoint.py``).
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.server.server_process import space_server
from telltale.core.report import Report
from tests.engine.cli.test_commands import telltale
from tests.support.browser.gradio_page import checked
from tests.support.models import NONE_CHOSEN


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server whose model nobody chose."""
    with space_server(tmp_path_factory.mktemp("embedded"), NONE_CHOSEN) as server:
        yield server.url


def test_the_command_checks_with_it(drawn_video: Path) -> None:
    ended = telltale("check", "--json", "--num-frames", "4", drawn_video, **NONE_CHOSEN)
    report = Report.model_validate_json(ended.out)
    assert report.model.id == "embedded"
    assert report.model.calibrated and report.people and report.people[0].observations


def test_the_server_checks_with_it(server_url: str, brief: Path) -> None:
    health = httpx.get(f"{server_url}/health").json()
    report = Report.model_validate(httpx.get(f"{server_url}/api/v1/checks/{checked(server_url, brief)}").json()["report"])
    assert health["model"] == report.model.id == "embedded"
    assert health["revision"] == report.model.revision and report.people

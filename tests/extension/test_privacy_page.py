"""The privacy policy tells all that the extension's code can send: it is written of a list, and the list is compared with the code."""

from collections import Counter
from pathlib import Path

import pytest

from extension_build.generate import generated
from extension_build.privacy import PLACES, constructs, policy
from tests.support.browser.loaded_extension import EXTENSION


def listed() -> Counter[tuple[str, str]]:
    """The places that the policy is written of."""
    return Counter((place.file, place.construct) for place in PLACES)


def test_policy_knows_every_place_that_can_send() -> None:
    assert constructs(EXTENSION) == listed()


def test_policy_has_a_row_for_each_and_is_the_one_in_the_store_s_folder() -> None:
    rows = [line for line in policy().splitlines() if line.startswith("| ")][1:]
    assert len(rows) == sum(bool(place.to) for place in PLACES) >= 5
    assert all(place.what and place.when for place in PLACES if place.to)
    assert generated()[EXTENSION / "store" / "privacy.md"] == policy()


@pytest.mark.parametrize(
    "line", ["fetch(spy)", "new WebSocket(spy)", "navigator.sendBeacon(spy)", "new Image().src = spy;", "chrome.tabs.create({ url: spy })"]
)
def test_new_way_out_would_be_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "spy.js").write_text(f"// fetch(comment)\n{line}\n", encoding="utf-8")
    (found,) = constructs(tmp_path).items()
    assert found[0][0] == "spy.js" and found[1] == 1 and found[0] not in listed()

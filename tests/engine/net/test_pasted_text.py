"""What people paste: the engine and the extension find the same address in it, by one file of examples."""

import json
from pathlib import Path

from telltale.net.pasted_text import address_in
from tests.support.golden.vectors import Vector, run_vectors

EXAMPLES = [
    json.loads(line) for line in (Path(__file__).parents[2] / "support/golden/pasted_addresses.jsonl").read_text().strip().split("\n")
]


def test_engine_finds_the_address() -> None:
    assert len(EXAMPLES) >= 200
    assert [(text, address_in(text)) for text, _ in EXAMPLES] == [(text, address) for text, address in EXAMPLES]


def test_extension_finds_the_same(tmp_path: Path) -> None:
    done = run_vectors([Vector("background/urls", "addressIn", [text], address) for text, address in EXAMPLES], tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def test_long_texts_are_read_in_time() -> None:
    """Nothing in it goes back and forth over what was read."""
    for part in ("a.", "www.", "https://", "[", "a-", "é.", "(", "\u200b", "https://a/[", "]"):
        address_in(part * 20_000)

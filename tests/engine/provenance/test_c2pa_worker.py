"""The child that reads credentials: its walls, its bounds, and that nothing of it harms who asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from telltale.provenance.c2pa import ROOT, read_manifest
from telltale.provenance.c2pa_worker import LONGEST, MOST_ACTIONS, MOST_FAILURES, Manifest, manifest_of
from tests.support.media.c2pa_signing import AI_MADE, new_signer, picture, signed, written

WALLS = """
import os, socket, sys
from telltale.provenance.c2pa_worker import open_nothing_more
from telltale.sandbox.restrictions import set_rlimits
set_rlimits(65536, 5)
open_nothing_more()
refused = []
for name, act in (("socket", socket.socket), ("file", lambda: os.open("/etc/hostname", os.O_RDONLY)), ("pipe", os.pipe)):
    try:
        act()
    except OSError as error:
        refused.append(f"{name} {error.errno}")
print(*refused, sep=",")
"""


def test_inside_the_walls_nothing_can_be_opened() -> None:
    said = subprocess.run([sys.executable, "-c", WALLS], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == "socket 24,file 24,pipe 24", said.stderr


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = written(tmp_path, "x.jpg", signed(picture(), "image/jpeg", new_signer(), AI_MADE))
    with path.open("rb") as file:
        assert read_manifest(file, "image/jpeg", seconds=0.01) is None
    running = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and parent_of(entry) == os.getpid()]
    assert not [entry for entry in running if b"telltale.provenance.c2pa_worker" in (entry / "cmdline").read_bytes()]


def parent_of(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def test_a_file_without_credentials_is_no_file_that_cannot_be_read(tmp_path: Path) -> None:
    with written(tmp_path, "x.jpg", picture()).open("rb") as file:
        found = read_manifest(file, "image/jpeg")
        assert found is not None and not found.found


def test_the_account_is_cut_down() -> None:
    acts = [{"action": f"a.{n}" * 100, "digitalSourceType": "x" * 999, "softwareAgent": 7} for n in range(500)]
    active = {
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": acts}}, {"label": None, "data": None}],
        "claim_generator": "G" * 999,
    }
    failed = [{"code": f"code.{n}"} for n in range(99)] + [{"code": "not a <code>"}]
    told = manifest_of(
        {
            "active_manifest": "a",
            "manifests": {"a": active},
            "validation_state": "Invalid",
            "validation_results": {"activeManifest": {"failure": failed}},
        }
    )
    assert len(told.acts) == MOST_ACTIONS and len(told.failures) == MOST_FAILURES and len(told.generator or "") == LONGEST
    assert told.acts[0].tool is None and not told.valid and "not a <code>" not in told.failures


def test_an_answer_of_another_form_is_refused() -> None:
    with pytest.raises(ValidationError):
        Manifest.model_validate({"found": True, "signer": "x" * (LONGEST + 1)})

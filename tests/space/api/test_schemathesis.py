"""The HTTP API held against its OpenAPI document: the short form of ``benchmarks.server.openapi_contract``, on a real server."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_answer_is_as_the_document_says() -> None:
    command = [sys.executable, "-m", "benchmarks.server.openapi_contract", "--examples", "5", "--seed", "1"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-3000:]
    summary = found.stdout[found.stdout.index("SUMMARY") :]
    assert all(phase in found.stdout for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"))
    assert "Tested: 14" in summary, "every operation was asked"

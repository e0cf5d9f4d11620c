"""The HTTP API held against its own OpenAPI document by schemathesis: examples, edges, random requests, and sequences of them.

    python -m benchmarks.server.openapi_contract [--examples 500] [--seed 1]

Asks a real server that may fetch from nowhere; every answer must be as the document says, and none a 5xx. Fails otherwise. Not asked:
``use_after_free``, for DELETE only cancels (deleted is what is to be forgotten: tests/space/api/test_api.py); see also
``schemathesis_checks.py``.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.server.server_process import space_server

EXCUSED = "use_after_free,positive_data_acceptance,negative_data_rejection"
"""The last two are asked by ``contract_checks`` instead."""
NOWHERE = {
    "TELLTALE_FETCH_ALLOW_HOSTS": "nowhere.example",
    "TELLTALE_RATE_LIMIT_PER_MINUTE": "0",
    "TELLTALE_MAX_QUEUED": "8",
    "TELLTALE_MAX_UPLOAD_BYTES": "1000000",
}


def main(arguments: list[str] | None = None) -> int:
    """-> 0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server.openapi_contract", description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=500, help="random requests for each operation")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, space_server(Path(folder), NOWHERE) as server:
        return ask(server.url, Path(folder), chosen.examples, chosen.seed)


def ask(url: str, folder: Path, examples: int, seed: int) -> int:
    """Let schemathesis ask the server. -> its exit status."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/v1/openapi.json"]
    command += ["--exclude-checks", EXCUSED, "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(folder / "report.ndjson"), "--request-timeout", "30"]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "benchmarks.server.schemathesis_checks", "PYTHONPATH": os.getcwd(), "NO_COLOR": "1"}
    return subprocess.run(command, env=environment, cwd=folder).returncode  # it leaves a folder of its own where it runs


if __name__ == "__main__":
    sys.exit(main())

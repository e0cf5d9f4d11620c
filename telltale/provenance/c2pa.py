"""Content Credentials (C2PA) as the checking process reads them: a child does the reading (``c2pa_worker.py``), this waits and is not
harmed.

See also: whether a file carries any (``metadata_segments.py``); what they mean (``provenance.py``).
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from telltale.provenance.c2pa_worker import LARGEST_ANSWER, SECONDS, Manifest
from telltale.provenance.trust_list import TrustList

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]


def read_manifest(file: IO[bytes], media_type: str, trust: TrustList | None = None, seconds: float = SECONDS) -> Manifest | None:
    """What the open file's credentials say; None where they could not be read, for whatever reason, within ``seconds``."""
    order = {"file": file.fileno(), "media_type": media_type, "anchors": trust.pem if trust else None, "parent": os.getpid()}
    file.seek(0)  # the child shares the place
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer:
        asked.write(json.dumps(order).encode())
        asked.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-s", "-B", "-m", "telltale.provenance.c2pa_worker"],
            stdin=asked,
            stdout=answer,
            stderr=subprocess.DEVNULL,  # its words could be the file's
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            pass_fds=[file.fileno()],
            start_new_session=True,
        )
        try:
            ended = process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.info("the child that reads credentials took longer than %s s", seconds)
            return None
        finally:
            process.kill()
            process.wait()
        answer.seek(0)
        said = answer.read(LARGEST_ANSWER)
    if ended != 0:
        log.info("the child that reads credentials ended with %s", ended)
        return None
    try:
        return Manifest.model_validate_json(said)
    except ValidationError:
        log.info("the child that reads credentials gave no sound answer")
        return None

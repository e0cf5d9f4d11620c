"""The scheduling of this process, as it was before an encoder changed it.

SVT-AV1, where it may (as root), makes the process that encodes real-time, and so all that this process starts later: two busy browsers of
that kind leave nothing of two cores to anybody else.
"""

import os
from contextlib import suppress
from pathlib import Path


def ordinary() -> None:
    """Every thread of this process takes its turn like others again."""
    threads = Path("/proc/self/task")
    for thread in threads.iterdir() if threads.is_dir() else ():
        with suppress(ProcessLookupError):
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))

"""Priority: whoever works on checks steps back behind whoever answers requests, so that a busy server still answers at once.

The system's scheduler is told so for the calling thread, and for the threads and processes that it starts from then on (Linux; elsewhere
nothing happens). And Python's own lock is handed over sooner. See also: what is worked on (``engine_host.py``).
"""

import os
import sys
import threading

BACK = 5
"""How much nicer than whoever answers."""
HAND_OVER = 0.001
"""Seconds for which one thread may keep Python to itself while others wait. A request changes threads some six times."""


def step_back() -> None:
    """From now on the calling thread comes after the process's first."""
    if sys.platform == "linux":
        nice = min(19, os.getpriority(os.PRIO_PROCESS, os.getpid()) + BACK)
        thread = threading.get_native_id()
        if thread != os.getpid() and os.getpriority(os.PRIO_PROCESS, thread) < nice:
            os.setpriority(os.PRIO_PROCESS, thread, nice)


def hand_over_soon() -> None:
    """For the whole process."""
    sys.setswitchinterval(HAND_OVER)

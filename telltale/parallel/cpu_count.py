"""How many processor cores this process may use."""

import os


def cores() -> int:
    """At least one; fewer than the machine has where the system lends fewer."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""Company: which checks of one worker run beside each other. One that a worker died with before has the worker to itself.

So nobody else is taken along if it does so again. See also: how many run at once (DBOS's queue, ``dbos_workflow.py``).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ExclusiveGate:
    """Those at work."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at_work = 0
        self._alone = 0

    @contextmanager
    def join(self, *, alone: bool) -> Iterator[None]:
        """Be one of them. Who wants to be ``alone`` waits until all others have ended, and whoever comes later waits for that."""
        with self._changed:
            if alone:
                self._alone += 1
                self._changed.wait_for(lambda: not self._at_work)
            else:
                self._changed.wait_for(lambda: not self._alone)
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._alone -= alone
                self._changed.notify_all()

"""Files of tests shared out among workers (``--dist loadfile``), also when a worker has crashed.

pytest-xdist 3.8 puts every file of the crashed worker back into its queue, those that were done among them. A worker that is given such a
file has nothing to run, never answers, and is given nothing more: the run hangs at its end.
"""

from xdist.scheduler.loadfile import LoadFileScheduling
from xdist.workermanage import WorkerController


class CrashProofScheduling(LoadFileScheduling):
    """The same, but only what a crashed worker had left is queued again, without the test that it crashed in."""

    def remove_node(self, node: WorkerController) -> str | None:
        """The test that this worker crashed in; None where it had none left."""
        left = self.assigned_work[node]
        crashed = next((test for file in left.values() for test, done in file.items() if not done), None)
        if crashed:
            left[self._split_scope(crashed)][crashed] = True
        self.assigned_work[node] = {file: tests for file, tests in left.items() if not all(tests.values())}
        found = super().remove_node(node)
        if crashed and not found:  # that test was the last that it had
            for other in self.assigned_work:
                self._reschedule(other)
        return crashed

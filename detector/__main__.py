"""``python -m detector`` is ``telltale``."""

from detector.cli import app

app(prog_name="telltale")

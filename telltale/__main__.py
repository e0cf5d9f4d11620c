"""``python -m detector`` is ``telltale``."""

from telltale.cli.main import app

app(prog_name="telltale")

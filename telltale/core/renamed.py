"""Names of settings and options that changed: the old ones are read for one release, with a warning that says the new one."""

import os
from collections.abc import MutableMapping
from typing import TextIO

PREFIX = "TELLTALE_"
VARIABLES = {
    "STORE": "DATA_DIR",
    "HOSTS": "ALLOWED_HOSTS",
    "ORIGINS": "CORS_ORIGINS",
    "TOKENS": "API_TOKENS",
    "PROXIES": "TRUSTED_PROXY_HOPS",
    "CALLER_PER_MINUTE": "RATE_LIMIT_PER_MINUTE",
    "QUEUE_BOUND": "MAX_QUEUED",
    "CHECKS_AT_ONCE": "CONCURRENCY",
    "WORKERS": "WORKER_PROCESSES",
    "KEEP_HOURS": "RETENTION_HOURS",
    "FRESH_MINUTES": "URL_CACHE_MINUTES",
    "FACES": "FACE_DETECTOR",
    "FRAMES": "NUM_FRAMES",
    "MAX_MEGABYTES": "MAX_DOWNLOAD_MB",
    "MAX_SECONDS": "FETCH_TIMEOUT",
    "MAX_MINUTES": "MAX_DURATION_MINUTES",
    "ONLY_HOSTS": "FETCH_ALLOW_HOSTS",
    "NEVER_HOSTS": "FETCH_DENY_HOSTS",
}
"""Variables of the environment, old -> new, without ``PREFIX``."""
OPTIONS = {
    "--out": "--output",
    "--table": "--csv",
    "--manifest": "--input-list",
    "--engine": "--executor",
    "--faces": "--face-detector",
    "--frames": "--num-frames",
    "--max-megabytes": "--max-download-mb",
    "--max-seconds": "--fetch-timeout",
    "--max-minutes": "--max-duration-minutes",
    "--only-hosts": "--allow-hosts",
    "--never-hosts": "--deny-hosts",
    "--store": "--data-dir",
}
"""Options of the command line, old -> new."""


def adopt_variables(warn: TextIO, environment: MutableMapping[str, str] = os.environ) -> None:
    """Take the value of an old variable for the new one, unless that is set too; a line on ``warn`` for each old one."""
    for old, new in VARIABLES.items():
        value = environment.pop(PREFIX + old, None)
        if value is not None:
            print(f"telltale: {PREFIX}{old} is called {PREFIX}{new} now; the old name is read for one more release.", file=warn)
            environment.setdefault(PREFIX + new, value)


def adopt_options(arguments: list[str], warn: TextIO) -> list[str]:
    """The arguments of a command with new names for old options; a line on ``warn`` for each. What follows ``--`` is left alone."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    found = []
    for argument in arguments[:end]:
        name, equals, value = argument.partition("=")
        if name in OPTIONS:
            print(f"telltale: {name} is called {OPTIONS[name]} now; the old name is read for one more release.", file=warn)
            argument = OPTIONS[name] + equals + value
        found.append(argument)
    return found + arguments[end:]

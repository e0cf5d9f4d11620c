"""The engine: a source in, a Report out. Nothing of it is told to anybody.

ONNX Runtime's builds report their use to their makers, and keep a number for that on the disk, unless this is set before they are loaded.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

"""What a Space and the container run: the server of the folder that this lies in, open to the outside and silent to everybody else.

    python app.py          (under that name it lies at the root of a Space and of the container)

The operator's own variables (``space/core/settings.py``) come first. See also: the server (``space/app.py`` beside this), what lends a GPU
(``space/runtime/zerogpu.py``).
"""

import os
from pathlib import Path


def defaults(folder: Path) -> dict[str, str]:
    """Variables that hold where the operator set none: listen to the outside, tell nothing to Gradio's or the Hub's makers."""
    own = {"TELLTALE_HOST": "0.0.0.0", "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}
    packs = folder / "insightface"
    return own | ({"TELLTALE_INSIGHTFACE_ROOT": str(packs)} if packs.is_dir() else {})


def main() -> None:
    """Serve."""
    for name, value in defaults(Path(__file__).resolve().parent).items():
        os.environ.setdefault(name, value)
    from space.runtime.zerogpu import announce

    announce()
    from telltale.cli.main import app

    app(["serve"])


if __name__ == "__main__":
    main()

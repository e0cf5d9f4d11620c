"""What the extension says: the part of the engine's catalogue (``telltale/messages``) that it needs, one file for each language there.

    messages/de.json            the messages, by id
    messages/languages.json     the languages by their own names
    _locales/de/messages.json   what a browser asks of a manifest, which knows no other place

See also: rendering them (``extension/i18n/catalogue.js``).
"""

import json
from pathlib import Path
from typing import Any

from telltale.messages.catalogue import languages, messages

PREFIXES = (
    *("caveat.", "error.", "format.", "kind.", "next.", "options.", "panel."),
    *("progress.", "provenance.", "reason.", "strength.", "verdict."),
)
MANIFEST = {"name": "panel.name", "description": "panel.description", "toolbar": "panel.toolbar"}
"""A manifest's own names of messages, and where they stand."""


def lay_out_messages(folder: Path) -> None:
    """Write the files into the folder of the extension. Raises KeyError where a language has not what the manifest needs, OSError."""
    for code in languages():
        texts = messages(code)
        write(folder / "messages" / f"{code}.json", {key: text for key, text in sorted(texts.items()) if key.startswith(PREFIXES)})
        write(folder / "_locales" / code / "messages.json", {name: {"message": texts[key]} for name, key in MANIFEST.items()})
    write(folder / "messages" / "languages.json", {code: messages(code)["format.language_name"] for code in languages()})


def write(path: Path, value: dict[str, Any]) -> None:
    """As JSON that a person can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

"""The licence of a model's weights: the fields of its card, and LICENSE.md.

Weights learnt from media under research terms are for research only, unless whoever publishes them names another licence. A base model's
own licence, and its copyright notice, come from ``about.json``. See also: ``model_card.py``.
"""

from dataclasses import dataclass

from trainer.hub.card_facts import Facts

RESEARCH = "non-commercial-research"
RESEARCH_LICENCE = """# Licence of the weights

The files `model.safetensors` and those in `onnx/` were learnt from media whose owners allow research only. They may be used, copied and
passed on for **non-commercial research**, with this notice. They come as they are, without any warranty. The configuration files and the
code of Telltale are under the Apache License 2.0.
"""


RESEARCH_HEAD = """# Licence of the head

The linear head, a part of `onnx/model.onnx` and of `model.safetensors`, was learnt from media whose owners allow research only. It may be
used, copied and passed on for **non-commercial research**, with this notice, and so may the model as a whole. It comes as it is, without
any warranty. The configuration files and the code of Telltale are under the Apache License 2.0.
"""


@dataclass(frozen=True)
class Licence:
    """Of the weights. ``id`` is one of the Hub's names, or None for weights learnt from media under research terms."""

    id: str | None = None

    def metadata(self) -> dict[str, str]:
        """The card's fields."""
        if self.id:
            return {"license": self.id}
        return {"license": "other", "license_name": RESEARCH, "license_link": "LICENSE.md"}


def licence_text(facts: Facts, licence: Licence) -> str | None:
    """LICENSE.md: the model folder's own, else the research terms and the notice that the base model's licence asks for, else nothing."""
    own = facts.folder / "LICENSE.md"
    if own.is_file():
        return own.read_text(encoding="utf-8")
    parts = [] if licence.id else [RESEARCH_HEAD if facts.frozen else RESEARCH_LICENCE]
    if facts.about.base_licence_text:
        parts.append(
            f"# Licence of {facts.base_model or 'the base model'}\n\nIts weights, changed as the card says, are in `onnx/` and"
            f" `model.safetensors`, under this licence:\n\n{facts.about.base_licence_text.strip()}\n"
        )
    return "\n".join(parts) or None

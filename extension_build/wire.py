"""The server's answers as the extension knows them: JSON Schema of the API's own models, and the same as JSDoc types.

``extension/api/schema.js`` is read by ``validate.js``, which knows the keywords of KEYWORDS and no others: one that is not among them is
refused here, so that nothing is checked less strictly than the server says. Properties that a server may leave out have a default, which
``validate.js`` fills in; so none of them is optional in ``extension/api/types.js``. See also: writing both (``generate.py``).
"""

from typing import Any, get_args

from pydantic.json_schema import models_json_schema

from telltale.core.report import Verdict

NAMES = {"CheckOut": "Job", "ProgressOut": "Progress"}
"""Models that are called otherwise in the extension."""
KEYWORDS = frozenset(
    {"type", "properties", "required", "items", "enum", "const", "anyOf", "$ref", "minimum", "maximum", "exclusiveMinimum", "default"}
)
"""And ``additionalProperties`` where it is a schema: more properties than the model has are left out, not refused."""
UNREAD = frozenset({"title", "description"})
ALIASES = {"Verdict": list(get_args(Verdict))}
WIDE = 140


def definitions() -> dict[str, dict[str, Any]]:
    """Name -> schema with descriptions, in the order of the alphabet."""
    from space.api.schemas import Accepted, CheckOut, Health

    models = (Accepted, CheckOut, Health)
    _, told = models_json_schema([(model, "serialization") for model in models], ref_template="{model}")
    _, read = models_json_schema([(model, "validation") for model in models], ref_template="{model}")
    needed = {name: {**schema, "required": read["$defs"][name].get("required", [])} for name, schema in told["$defs"].items()}
    return dict(sorted((NAMES.get(name, name), completed(schema)) for name, schema in needed.items()))


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """References by the extension's names; a default for each property that may be left out. Raises ValueError where there is none."""
    made = {key: value for key, value in schema.items() if key not in ("title", "additionalProperties")}
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = completed(schema["additionalProperties"])
    if "$ref" in made:
        made["$ref"] = NAMES.get(made["$ref"], made["$ref"])
    if "items" in made:
        made["items"] = completed(made["items"])
    if "anyOf" in made:
        made["anyOf"] = [completed(each) for each in made["anyOf"]]
    if "properties" in made:
        made["properties"] = {name: completed(each) for name, each in made["properties"].items()}
        made["required"] = [name for name, each in made["properties"].items() if name in made["required"] or "const" in each]
        for name in made["properties"].keys() - set(made["required"]):
            each = made["properties"][name]
            each["default"] = each["default"] if "default" in each else empty(each)
    if unknown := made.keys() - KEYWORDS - UNREAD - {"additionalProperties"}:
        raise ValueError(f"extension/api/validate.js does not know {', '.join(sorted(unknown))}")
    return made


def empty(schema: dict[str, Any]) -> list[Any] | dict[str, Any]:
    """What a list or a dictionary is by default. Raises ValueError for anything else."""
    if schema.get("type") == "array":
        return []
    if schema.get("type") == "object" and "properties" not in schema:
        return {}
    raise ValueError(f"no default for {schema}")


def without_prose(value: Any) -> Any:
    """A schema without descriptions. A property may be called so, too."""
    if isinstance(value, list):
        return [without_prose(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: without_prose(one) for name, one in each.items()} if key == "properties" else without_prose(each)
        for key, each in value.items()
        if key not in UNREAD
    }


def typedefs() -> str:
    """One comment of JSDoc for each definition."""
    aliases = [f"/** @typedef {{{' | '.join(map(quoted, values))}}} {name} */" for name, values in ALIASES.items()]
    return "\n\n".join([*aliases, *(typedef(name, schema) for name, schema in definitions().items())])


def typedef(name: str, schema: dict[str, Any]) -> str:
    """A model and its properties."""
    lines = [*sentences(schema.get("description", "")), f"@typedef {{{'object' if 'properties' in schema else type_of(schema)}}} {name}"]
    for key, each in schema.get("properties", {}).items():
        lines.append(f"@property {{{type_of(each)}}} {key} {' '.join(sentences(each.get('description', '')))}".rstrip())
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */"


def sentences(text: str) -> list[str]:
    """The first paragraph of a description, in JSDoc's marks."""
    return [line.strip().replace("``", "`").replace("*/", "") for line in text.split("\n\n")[0].splitlines() if line.strip()]


def type_of(schema: dict[str, Any]) -> str:
    """A schema as a type of JSDoc."""
    if "$ref" in schema:
        return str(schema["$ref"])
    if "anyOf" in schema:
        return " | ".join(type_of(each) for each in schema["anyOf"])
    if "enum" in schema:
        return next((name for name, values in ALIASES.items() if values == schema["enum"]), " | ".join(map(quoted, schema["enum"])))
    if "const" in schema:
        return quoted(schema["const"])
    if schema["type"] == "array":
        inner = type_of(schema["items"])
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if schema["type"] == "object":
        return f"Record<string, {type_of(schema['additionalProperties'])}>"
    return {"integer": "number"}.get(schema["type"], schema["type"])


def quoted(value: str) -> str:
    """A word as a type."""
    return f'"{value}"'

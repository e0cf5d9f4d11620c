"""The numbers that decide stand once, in ``telltale/core/rules.json``: none is typed in Python and again in the extension's JavaScript."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from extension_build.generate import generated
from tests.support.browser.loaded_extension import EXTENSION

ROOT = EXTENSION.parent
PYTHON = [path for room in ("faces", "model", "verdict", "video") for path in sorted((ROOT / "telltale" / room).glob("*.py"))]
SCRIPTS = [path for path in sorted((EXTENSION / "local").rglob("*.js")) if path.name != "rules.js"]
CONSTANT = re.compile(r"^(?:export )?const (\w+|\[[\w, ]+\]) = ([^;]+);", re.MULTILINE)
NUMBERS = re.compile(r"[\d.eEx_+\-*/(),\[\]\s]*\d[\d.eEx_+\-*/(),\[\]\s]*(?:\.map\(.*)?", re.DOTALL)
ARRAY = re.compile(r"\[(?:[\d.eE_+\-,\s]|\[[\d.eE_+\-,\s]*\])*\]")
NUMBER = re.compile(r"(?<![\w.$])\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_generated_file_is_what_the_generator_writes(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated()[path], "run: python -m extension_build.generate"


def test_no_number_that_decides_is_typed_twice() -> None:
    python, scripts = [path.read_text(encoding="utf-8") for path in PYTHON], [path.read_text(encoding="utf-8") for path in SCRIPTS]
    assert len(python) > 20 and len(scripts) > 20
    assert typed_twice(python, scripts) == set()


@pytest.mark.parametrize(
    ("python", "script", "found"),
    [
        ("MIN_SHARE = 0.08", "const MIN_SHARE = 0.1;", "minshare"),
        ("FACE_SIDE, MAP_SIDE = 320, 160", "export const [faceSide] = [300];", "faceside"),
        ("def f(x):\n    return x * 1.96", "export const f = (x) => x * 1.96;", "1.96"),
        ("POINTS = np.array([[0.3, 0.34], [0.7, 0.34]])", "const eyes = [\n  [0.3, 0.34],\n  [0.7, 0.34],\n].map(Math.fround);", "0.3"),
        ("SIDE = 8 * 1024", "const SIDE = 8 * 1024;", "side"),
    ],
)
def test_number_typed_twice_would_be_found(python: str, script: str, found: str) -> None:
    assert any(found in each for each in typed_twice([python], [script]))
    assert typed_twice([python], ["const OTHER = 7;"]) == set()


def typed_twice(python: list[str], scripts: list[str]) -> set[str]:
    """Names of numeric constants, fractional numbers of three digits and more, and arrays of fractions that both languages have."""
    trees = [ast.parse(text) for text in python]
    bare = [without_comments(text) for text in scripts]
    names = {plain(name) for tree in trees for name in constants(tree)} & {plain(name) for text in bare for name in script_constants(text)}
    numbers = {number for tree in trees for number in fractions(tree)} & {
        float(found.replace("_", "")) for text in bare for found in NUMBER.findall(text) if is_telling(float(found.replace("_", "")))
    }
    arrays = {array for tree in trees for array in fraction_arrays(tree)} & {
        tuple(map(float, numbers_in(found))) for text in bare for found in ARRAY.findall(text)
    }
    return names | {str(number) for number in numbers} | {str(array) for array in arrays}


def plain(name: str) -> str:
    """A name in neither style."""
    return name.replace("_", "").lower()


def constants(tree: ast.Module) -> Iterator[str]:
    """Names at the top of a module that stand for numbers."""
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if target is None or node.value is None or not is_numeric(node.value):
            continue
        yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def is_numeric(value: ast.expr) -> bool:
    """Whether an expression is made of nothing but numbers."""
    if isinstance(value, ast.Call):
        return bool(value.args) and is_numeric(value.args[0])
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return bool(value.elts) and all(map(is_numeric, value.elts))
    if isinstance(value, ast.UnaryOp):
        return is_numeric(value.operand)
    if isinstance(value, ast.BinOp):
        return is_numeric(value.left) and is_numeric(value.right)
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


def fractions(tree: ast.Module) -> Iterator[float]:
    """Telling numbers anywhere in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and is_telling(float(node.value)):
            yield float(node.value)


def is_telling(number: float) -> bool:
    """A fraction of at least three digits: that it stands in both languages is no chance."""
    return number % 1 != 0 and len(f"{number:.15f}".replace(".", "").strip("0")) >= 3


def fraction_arrays(tree: ast.Module) -> Iterator[tuple[float, ...]]:
    """Sequences of three numbers and more, some of them fractions, flattened."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple) and is_numeric(node):
            values = tuple(map(float, numbers_in(ast.unparse(node))))
            if len(values) >= 3 and any(value % 1 for value in values):
                yield values


def script_constants(text: str) -> Iterator[str]:
    """Names at the top of a script that stand for numbers."""
    for names, value in CONSTANT.findall(text):
        if NUMBERS.fullmatch(value.strip()):
            yield from re.findall(r"\w+", names)


def numbers_in(text: str) -> list[str]:
    """Number literals with their signs."""
    return [found.replace("_", "") for found in re.findall(r"-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?", text)]


def without_comments(text: str) -> str:
    """A script without its comments."""
    return re.sub(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", "", text, flags=re.DOTALL)

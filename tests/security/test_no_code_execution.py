"""Nothing that came from elsewhere is run: no code of ours calls what would do so. Read from the syntax tree, so that no spelling in a
comment counts and no alias hides a call."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("telltale", "space", "trainer", "benchmarks")
MODULES = frozenset({"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "jsonpickle"})
"""They build whatever a file tells them to."""
CALLS = frozenset({"eval", "exec", "compile", "__import__"})
LOADERS = frozenset(
    {"torch.load", "torch.hub.load", "joblib.load", "yaml.load", "yaml.unsafe_load", "pandas.read_pickle", "os.system", "os.popen"}
)
KEYWORDS = frozenset({"trust_remote_code", "allow_pickle", "shell"})
"""None of them may be given anything but a plain False."""


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of an attribute chain, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def aliases(tree: ast.AST) -> dict[str, str]:
    """The names under which a file knows what it imports."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return known


def builds_tensors_only(name: str, call: ast.Call) -> bool:
    """Whether a call is torch's loader of tensors and plain containers, which refuses whatever else a file asks for."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    only = given.get("weights_only")
    return name == "torch.load" and isinstance(only, ast.Constant) and only.value is True


def dangers(source: str) -> Iterator[str]:
    """What a file does that could run what a stranger wrote."""
    tree = ast.parse(source)
    known = aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in MODULES:
            yield f"from {node.module}"
        elif isinstance(node, ast.Call):
            first, _, rest = dotted(node.func).partition(".")
            name = ".".join(part for part in (known.get(first, first), rest) if part)
            if (name in CALLS or name in LOADERS) and not builds_tensors_only(name, node):
                yield f"{name}()"
            for keyword in node.keywords:
                if keyword.arg in KEYWORDS and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
                    yield f"{keyword.arg}={ast.unparse(keyword.value)}"


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_of_ours_runs_what_strangers_wrote(room: str) -> None:
    paths = sorted((ROOT / room).rglob("*.py"))
    assert paths, f"{room} has no files: the test would pass for nothing"
    found = {str(path.relative_to(ROOT)): list(dangers(path.read_text())) for path in paths}
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "line",
    [
        *("import pickle", "import pickle as safe", "from joblib import load", "import torch as t\nt.load('x')"),
        *("from torch import load as read\nread('x')", "import numpy\nnumpy.load('x', allow_pickle=True)"),
        *("import numpy\nnumpy.load('x', allow_pickle=flag)", "Auto.from_pretrained('x', trust_remote_code=True)"),
        *("import subprocess\nsubprocess.run('x', shell=True)", "import os\nos.system('x')", "import yaml\nyaml.load(x)"),
        "eval(x)",
    ],
)
def test_the_test_can_fail(line: str) -> None:
    assert list(dangers(line))


def test_plain_false_and_methods_pass() -> None:
    assert not list(dangers("import numpy\nnumpy.load('x', allow_pickle=False)\nmodel.eval()\nimport re\nre.compile('x')\nvar.load(y)"))
    assert not list(dangers("import torch\ntorch.load('x', weights_only=True)"))
    assert list(dangers("import torch\ntorch.load('x', weights_only=flag)"))

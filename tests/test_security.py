"""What is read from artifacts and databases is data: it never becomes code, nor moves a hand."""

from __future__ import annotations

import ast
import keyword
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import trainwright
from trainwright.errors import InvalidArgumentError
from trainwright.starter import plan_module, render_module

SOURCE = Path(trainwright.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
CODE_FROM_DATA = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml"}
RUNNING = {"eval", "exec", "compile", "__import__"}
# What the user asks to be run: the module file.
USERS_CODE = {"user_module/imports.py"}
# A model that the user's own code has just made, taken apart and put together in this process.
UNSAFE_KERAS = {"estimator/keras/blueprint.py"}


def named(path: Path) -> set[str]:
    """Names of modules that a file imports, and of functions that it calls."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(f"{node.func.id}()")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_that_is_read_becomes_code(path: Path) -> None:
    found = named(path)
    assert not found & CODE_FROM_DATA
    if str(path.relative_to(SOURCE)) not in USERS_CODE:
        assert not found & {f"{name}()" for name in RUNNING}
    text = path.read_text()
    assert "allow_pickle=True" not in text
    assert "shell=True" not in text
    unsafe = "safe_mode=False" in text or "enable_unsafe_deserialization" in text
    assert not unsafe or str(path.relative_to(SOURCE)) in UNSAFE_KERAS


HOSTILE = st.text(
    st.sampled_from("\"'\\\n\r\t\0{}%#()[]:;,\x1b\u2028é " + string.ascii_letters), max_size=30
) | st.sampled_from(
    [
        '"""\nimport os\nos.system("x")\n"""',
        "x\"]; __import__('os').system('x') #",
        "{{ 7 * 7 }}",
        "{% raw %}",
        "\\",
        "a\0b",
        "nan",
        *keyword.kwlist[:3],
    ]
)
ALLOWED = ("tensorflow", "trainwright", "keras", "typing", "__future__", "collections", "math")
NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@st.composite
def data_sets(
    draw: st.DrawFn,
) -> tuple[schema_pb2.Schema, statistics_pb2.DatasetFeatureStatisticsList]:
    schema, statistics = schema_pb2.Schema(), statistics_pb2.DatasetFeatureStatisticsList()
    dataset = statistics.datasets.add(num_examples=100)
    for name in draw(st.lists(HOSTILE, min_size=1, max_size=4, unique=True)):
        feature = schema.feature.add(name=name)
        known = dataset.features.add()
        known.path.step.append(name)
        kind = draw(st.sampled_from(["texts", "text", "INT", "FLOAT"]))
        if kind in ("texts", "text"):
            feature.type = schema_pb2.BYTES
            if kind == "texts":
                values = draw(st.lists(HOSTILE, min_size=1, max_size=4, unique=True))
                feature.string_domain.value.extend(values)
            known.string_stats.unique = draw(st.integers(0, 1000))
            known.string_stats.common_stats.num_non_missing = 100
        else:
            feature.type = schema_pb2.FeatureType.Value(kind)
            stats = known.num_stats
            stats.min, stats.max, stats.mean, stats.std_dev = (draw(NUMBERS) for _ in range(4))
            histogram = stats.histograms.add(type=statistics_pb2.Histogram.QUANTILES)
            for low in draw(st.lists(NUMBERS, max_size=5)):
                histogram.buckets.add(low_value=low)
    schema.feature.add(name="label", type="INT").int_domain.max = 1
    return schema, statistics


@settings(max_examples=150, deadline=None)
@given(data_sets(), st.sampled_from(["estimator", "keras"]))
def test_columns_and_values_do_not_get_into_the_code_of_a_module(found, style) -> None:
    """Whatever they are called, the module has the names that its templates have."""
    try:
        plan = plan_module(found[0], "label", found[1])
    except InvalidArgumentError:
        return
    tree = ast.parse(render_module(plan, style))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", None) or alias.name for alias in node.names]
            assert all(name.startswith(ALLOWED) for name in names)
        if isinstance(node, ast.Name):
            assert node.id not in ("nan", "inf", "os", "eval", "exec", "__import__")
    # At the top level there is nothing but what a module declares.
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Assign, ast.AnnAssign, ast.Expr)
    assert all(isinstance(node, kinds) for node in tree.body)
    docstrings = [node for node in tree.body if isinstance(node, ast.Expr)]
    assert len(docstrings) == 1

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest

from trainwright.errors import TrainwrightWarning, UserModuleError
from trainwright.user_module.loading import find_function, loaded_function
from trainwright.user_module.tensorflow_1 import as_tensorflow_1, tensorflow_1_hint


def is_read_as_version_1(source: str) -> bool:
    tree = ast.parse(source)
    before = ast.unparse(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainwrightWarning)
        changed = as_tensorflow_1(tree, "model.py")
    assert changed == (ast.unparse(tree) != before)
    return changed


@pytest.mark.parametrize(
    "use",
    [
        "x = tf.placeholder(tf.string, [None])",
        "tf.logging.info('done')",
        "optimizer = tf.train.AdamOptimizer(0.1)",
        "batch = tf.data.Dataset.range(3).make_one_shot_iterator().get_next()",
        "batch = dataset.make_initializable_iterator()",
        "def trainer_fn(args, schema):\n    return tf.parse_example(args, {})",
    ],
)
def test_names_that_tensorflow_2_has_dropped_are_signs(use: str) -> None:
    assert is_read_as_version_1(f"import tensorflow as tf\n{use}")


@pytest.mark.parametrize(
    "use",
    [
        "x = tf.compat.v1.placeholder(tf.string, [None])",
        "x = tf.constant(1)",
        "x = tf.keras.layers.DenseFeatures([])",
        "x = tf.contrib.estimator.binary_classification_head()",
        "x = tf.compat.v1.data.make_one_shot_iterator(dataset)",
        "x = tf.nowhere",
        "tf.logging.info(tf.optimizers.Adam())",  # for either version: it asks which one it has
        "def run_fn(fn_args):\n    tf.logging.info('done')",
    ],
)
def test_all_else_is_left_alone(use: str) -> None:
    assert not is_read_as_version_1(f"import tensorflow as tf\n{use}")


def test_other_names_of_the_import_count_and_other_modules_do_not() -> None:
    assert is_read_as_version_1("import tensorflow as T\nT.placeholder")
    assert not is_read_as_version_1("import torch as tf\ntf.placeholder")
    assert not is_read_as_version_1("import tensorflow.compat.v1 as tf\ntf.placeholder")


def test_the_internal_keras_of_version_1_becomes_the_public_one() -> None:
    tree = ast.parse(
        "import tensorflow as tf\nfrom tensorflow.python.keras import Input\n"
        "from tensorflow.python.keras.layers import Dense\n"
        "from tensorflow.python.ops import math_ops\nfrom . import x\ntf.Session"
    )
    with pytest.warns(TrainwrightWarning, match=r"tf\.Session"):
        assert as_tensorflow_1(tree, "model.py")
    assert ast.unparse(tree).splitlines()[1:5] == [
        "from tensorflow.keras import Input",
        "from tensorflow.keras.layers import Dense",
        "from tensorflow.python.ops import math_ops",
        "from . import x",
    ]


def test_a_module_and_its_sibling_are_loaded_as_they_were_meant(tmp_path: Path) -> None:
    (tmp_path / "reading.py").write_text(
        "import tensorflow as tf\n\ndef first(data):\n"
        "    return data.make_one_shot_iterator().get_next()\n"
    )
    module = tmp_path / "old.py"
    module.write_text(
        "import tensorflow as tf\nimport reading\n\ndef trainer_fn(args, schema):\n"
        "    with tf.Graph().as_default(), tf.Session() as session:\n"
        "        x = tf.placeholder(tf.int64)\n"
        "        y = reading.first(tf.data.Dataset.range(7, 9))\n"
        "        return session.run(x + y, {x: 1})\n"
    )
    source = find_function({"module_file": str(module)}, "trainer_fn")
    with pytest.warns(TrainwrightWarning) as told, loaded_function(source) as function:
        assert function(None, None) == 8
    messages = [str(one.message) for one in told if one.category is TrainwrightWarning]
    assert messages == [
        f"{module} is written for TensorFlow 1: it uses tf.Session in line 5. Its import of "
        "tensorflow is read as import tensorflow.compat.v1.",
        f"{tmp_path}/reading.py is written for TensorFlow 1: it uses make_one_shot_iterator in "
        "line 4. Its import of tensorflow is read as import tensorflow.compat.v1.",
    ]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("import tensorflow.contrib.learn", "tf.contrib ended with TensorFlow 1"),
        ("from tensorflow.python.keras.estimator import x", "It is an internal module of an older"),
        ("import tensorflow as tf; tf.contrib.layers", "tf.contrib ended with TensorFlow 1"),
        ("from tensorflow import logging as l; import tensorflow; tensorflow.Session", None),
    ],
)
def test_what_cannot_be_imported_says_what_to_do(
    tmp_path: Path, line: str, hint: str | None
) -> None:
    module = tmp_path / "old.py"
    module.write_text(f"{line}\n\ndef trainer_fn(args, schema):\n    pass\n")
    source = find_function({"module_file": str(module)}, "trainer_fn")
    with pytest.raises(UserModuleError) as caught, loaded_function(source):
        pass
    assert (caught.value.hint or "").startswith(hint or "")


def test_errors_of_tensorflow_1_code_are_known() -> None:
    in_train = AttributeError("module 'tensorflow._api.v2.train' has no attribute 'AdamOptimizer'")
    of_data = AttributeError("'_BatchDataset' object has no attribute 'make_one_shot_iterator'")
    for error in (in_train, of_data):
        assert "import tensorflow.compat.v1 as tf" in (tensorflow_1_hint(error) or "")
    assert tensorflow_1_hint(AttributeError("module 'json' has no attribute 'Session'")) is None
    assert tensorflow_1_hint(ValueError("tf.placeholder")) is None
    assert tensorflow_1_hint(ModuleNotFoundError("No module named 'a'", name="a")) is None

"""The stand-ins are there in their scope, and gone without a trace after it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from trainwright import compat, estimator
from trainwright.compat.names import HOMES, INSTALL
from trainwright.contract.data_accessor import RecordBatchesOptions
from trainwright.contract.fn_args import FnArgs, parse_step_args

ROOTS = sorted(set(INSTALL) - {"tensorflow"})
pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(root) for root in ROOTS), reason="one of the packages is installed"
)


def state() -> tuple[object, ...]:
    """What the stand-ins change."""
    loaded = sorted(name for name in sys.modules if name.partition(".")[0] in ROOTS)
    v1 = tf.compat.v1
    patched = (hasattr(tf, "estimator"), hasattr(v1, "estimator"), v1.layers, v1.nn.rnn_cell)
    return list(sys.meta_path), loaded, patched


def test_a_scope_leaves_no_trace() -> None:
    before = state()
    with compat.shims():
        import tensorflow_transform as tft  # noqa: F401
        from tfx.utils import io_utils

        assert tf.estimator.Estimator is estimator.Estimator
    assert state() == before
    assert io_utils.all_files_pattern("a") == "a/*"  # what was imported still works
    with pytest.raises(ModuleNotFoundError, match="No module named 'tfx'"):
        importlib.import_module("tfx")


def test_a_scope_that_ends_with_an_error_leaves_no_trace() -> None:
    before = state()
    with pytest.raises(ModuleNotFoundError, match="tfx_bsl.nothing"), compat.shims():
        importlib.import_module("tfx_bsl.nothing")
    assert state() == before


def test_scopes_may_be_nested_and_installing_is_for_good() -> None:
    before = state()
    with compat.shims():
        with compat.shims():
            pass
        assert tf.estimator.Estimator
    assert state() == before
    compat.install()
    compat.install()
    with compat.shims():
        pass
    assert tf.estimator.Estimator
    compat.uninstall()
    assert state() == before
    compat.uninstall()


@pytest.mark.parametrize("module", sorted(HOMES))
def test_every_name_is_there(module: str) -> None:
    with compat.shims():
        if module.startswith("tensorflow."):
            found = tf
            for part in module.split(".")[1:]:
                found = getattr(found, part)
        else:
            found = importlib.import_module(module)
        assert [name for name in dir(found) if not hasattr(found, name)] == []


def test_v1_and_v2_of_the_estimator_are_apart() -> None:
    with compat.shims():
        from tensorflow_estimator.python.estimator.api._v1 import estimator as v1_estimator

        assert tf.compat.v1.estimator.DNNClassifier is v1_estimator.DNNClassifier
        assert tf.estimator.DNNClassifier is not v1_estimator.DNNClassifier
        assert tf.compat.v1.layers.dense.__module__.startswith("trainwright.compat.layers")
        assert tf.compat.v1.nn.rnn_cell.GRUCell.__module__.startswith("trainwright.compat.rnn_cell")


def test_a_keras_model_becomes_an_estimator_and_keras_is_itself_again() -> None:
    with compat.shims():
        assert tf.keras.estimator.model_to_estimator is estimator.model_to_estimator
        assert tf.keras.Model
    assert "estimator" not in vars(tf.keras)


def test_legacy_optimizers_are_those_of_estimators() -> None:
    from trainwright.compat.keras_2 import keras_2_hint
    from trainwright.estimator import optimizers

    with compat.shims():
        adam = tf.keras.optimizers.legacy.Adam(learning_rate=0.25)
        assert isinstance(adam, optimizers.Adam)
        model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
        with pytest.raises(ValueError, match="interpret optimizer") as raised:
            model.compile(adam, "mse")
        assert "pip install tf_keras" in (keras_2_hint(raised.value) or "")
    with pytest.raises(ImportError):
        tf.keras.optimizers.legacy.Adam()


def test_ways_to_import_the_same() -> None:
    with compat.shims():
        import tfx.components.trainer.fn_args_utils
        from tfx import v1
        from tfx.components.trainer.executor import TrainerFnArgs

        assert tfx.components.trainer.fn_args_utils.FnArgs is FnArgs
        assert v1.components.FnArgs is TrainerFnArgs is FnArgs


@pytest.mark.parametrize(
    ("statement", "package"),
    [
        ("import tensorflow_transform.beam", "tensorflow-transform"),
        ("from tensorflow_transform import beam", "tensorflow-transform"),
        ("from tfx.utils.io_utils import no_such_function", "tfx"),
        ("import tfx.orchestration.pipeline", "tfx"),
        ("from tfx.orchestration import pipeline", "tfx"),
    ],
)
def test_importing_what_we_do_not_have(statement: str, package: str) -> None:
    with compat.shims(), pytest.raises(ImportError, match=f"pip install {package}"):
        exec(statement, {})


def test_using_what_we_do_not_have() -> None:
    with compat.shims():
        import tensorflow_transform as tft

        with pytest.raises(AttributeError, match=r"transform.bucketize.*pip install tensorflow-tr"):
            _ = tft.bucketize
        with pytest.raises(AttributeError, match=r"tensorflow.estimator.Boosted"):
            _ = tf.estimator.BoostedTreesClassifier
        with pytest.raises(AttributeError, match="TPU"):
            _ = tf.estimator.tpu


def test_an_installed_package_is_not_shadowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tfx").mkdir()
    (tmp_path / "tfx" / "__init__.py").write_text("real = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        with compat.shims():
            import tfx

            assert tfx.real
            with pytest.raises(ModuleNotFoundError, match="No module named 'tfx.utils'"):
                importlib.import_module("tfx.utils")
        compat.install(force=True)
        assert importlib.import_module("tfx.v1.components").FnArgs is FnArgs
        compat.uninstall()
        assert sys.modules["tfx"].real
    finally:
        compat.uninstall()
        sys.modules.pop("tfx", None)


def test_nothing_is_imported_that_is_not_used() -> None:
    code = """
import sys
from trainwright import compat
with compat.shims():
    from tfx.components.trainer.fn_args_utils import FnArgs
    from tfx_bsl.public import tfxio
    tfxio.TensorFlowDatasetOptions(batch_size=2)
    assert "tensorflow" not in sys.modules
    import tensorflow as tf
    assert "trainwright.estimator" not in sys.modules
    assert tf.estimator.ModeKeys.TRAIN == "train"
assert not hasattr(tf, "estimator")
assert tf.__spec__.loader is tf.__loader__ and "trainwright" not in repr(tf.__loader__)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


WAYS = """
import sys
import {first}
from trainwright import compat
compat.install()
import tensorflow.compat.v1 as tf1
import tensorflow.compat.v2 as tf2
assert tf1.estimator.DNNClassifier is not tf2.estimator.DNNClassifier
assert tf1.layers.dense.__module__.startswith("trainwright.compat.layers")
from tensorflow import estimator
import tensorflow.estimator as imported
assert estimator.Estimator is imported.Estimator is tf2.estimator.Estimator
from tensorflow.compat.v1 import estimator as estimator1
from tensorflow.compat.v1.estimator import inputs
from tensorflow.compat.v1.estimator.inputs import numpy_input_fn
assert estimator1.inputs.numpy_input_fn is inputs.numpy_input_fn is numpy_input_fn
from tensorflow.compat.v1.layers import dense
from tensorflow.compat.v1.nn import rnn_cell
from tensorflow.compat.v1.nn.rnn_cell import LSTMCell
assert (dense, LSTMCell) == (tf1.layers.dense, rnn_cell.LSTMCell)
from tensorflow.estimator.export import PredictOutput
from tensorflow.estimator import RunConfig
compat.uninstall()
assert not hasattr(tf1, "estimator") and tf1.layers is not sys.modules.get("{first}")
assert not [name for name in sys.modules if "estimator" in name and name.startswith("tensorflow")]
import tensorflow
assert not hasattr(tensorflow, "estimator") and not hasattr(tensorflow.compat.v1, "estimator")
"""


@pytest.mark.slow
@pytest.mark.parametrize("first", ["trainwright", "tensorflow", "tensorflow.compat.v1"])
def test_ways_to_import_the_modules_of_tensorflow(first: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAYS.format(first=first)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_names_of_metrics_and_predictions() -> None:
    with compat.shims():
        from tensorflow_estimator.python.estimator.canned import metric_keys, prediction_keys
        from tensorflow_estimator.python.estimator.head import binary_class_head

        head = binary_class_head.BinaryClassHead(thresholds=[0.25])
        metrics = head.metrics()
        assert metric_keys.MetricKeys.AUC_PR in metrics
        assert metric_keys.MetricKeys.ACCURACY_AT_THRESHOLD % 0.25 in metrics
        assert prediction_keys.PredictionKeys.LOGISTIC == "logistic"


def test_versions() -> None:
    with compat.shims():
        import tensorflow_transform as tft
        import tfx
        from tfx import v1

        assert (tft.__version__, tfx.__version__, v1.__version__) == ("1.15.0", "1.15.1", "1.15.1")
        with pytest.raises(AttributeError, match="__version__"):
            _ = tfx.utils.__version__


def test_options_of_record_batches_are_those_of_the_data_accessor() -> None:
    with compat.shims():
        from tfx_bsl.public import tfxio

    assert tfxio.RecordBatchesOptions is RecordBatchesOptions
    assert tfxio.RecordBatchesOptions(10, True, 2).num_epochs == 2


def test_a_tuner_fn_may_be_in_the_module() -> None:
    with compat.shims():
        from tfx import v1 as tfx
        from tfx.components.tuner.component import TunerFnResult

        result = tfx.components.TunerFnResult(tuner="tuner", fit_kwargs={"x": 1})
    assert isinstance(result, TunerFnResult)
    assert result.fit_kwargs == {"x": 1}


def test_protocol_buffers_of_the_trainer() -> None:
    with compat.shims():
        from tfx import v1 as tfx
        from tfx.proto import trainer_pb2

    assert tfx.proto.EvalArgs is trainer_pb2.EvalArgs
    parsed = parse_step_args("train_args", trainer_pb2.TrainArgs(num_steps=7), "train")
    assert (parsed.num_steps, parsed.splits) == (7, ("train",))

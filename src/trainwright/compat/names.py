"""Which name of which absent package is which of ours.

A module of the table holds names; each is a place in one of our modules: ``"module:attribute"``, or
``"module"`` for a module as a whole. The name ``*`` stands for all public names of a module.

This module imports nothing of what it names.
"""

from __future__ import annotations

__all__ = ["HOMES", "IMPORTED_ANEW", "INSTALL", "KERAS_MODULES", "PATCHES", "VERSIONS"]

_FN_ARGS = "trainwright.contract.fn_args"
_ACCESSOR = "trainwright.contract.data_accessor"
_ESTIMATOR = "trainwright.estimator"
_ESTIMATOR_V1 = f"{_ESTIMATOR}.compat.v1"
_EVAL = "trainwright.eval_model"
_FILEIO = "trainwright.compat.fileio"
_REWRITING = "trainwright.compat.rewriting"
_IO_UTILS = "trainwright.compat.io_utils"
_KEYS = "trainwright.compat.keys"
_SCHEMAS = "trainwright.compat.schema_utils"
_TFXIO = "trainwright.compat.tfxio"
_TRANSFORM = "trainwright.transform.output"


def _parts(home: str) -> dict[str, str]:
    """The modules within tf.estimator, which are ours and not stand-ins when they are asked for."""
    return {name: f"{home}:{name}" for name in ("experimental", "export")}


_FN_ARGS_NAMES = {"DataAccessor": f"{_FN_ARGS}:DataAccessor", "FnArgs": f"{_FN_ARGS}:FnArgs"}
_HEADS = {
    "base_head": ("Head",),
    "binary_class_head": ("BinaryClassHead",),
    "multi_class_head": ("MultiClassHead",),
    "multi_head": ("MultiHead",),
    "multi_label_head": ("MultiLabelHead",),
    "regression_head": ("LogisticRegressionHead", "PoissonRegressionHead", "RegressionHead"),
}
_COMPONENTS = {**_FN_ARGS_NAMES, "TunerFnResult": "trainwright.compat.tuner:TunerFnResult"}
_PROTO = {name: f"trainwright.compat.trainer_pb2:{name}" for name in ("EvalArgs", "TrainArgs")}
_OPTIONS = {
    "RecordBatchesOptions": f"{_ACCESSOR}:RecordBatchesOptions",
    "TensorFlowDatasetOptions": f"{_ACCESSOR}:DatasetOptions",
}
_METADATA = {"DatasetMetadata": f"{_SCHEMAS}:DatasetMetadata"}

INSTALL = {
    "tensorflow": "tensorflow<2.16",
    "tensorflow_estimator": "tensorflow-estimator==2.15.0",
    "tensorflow_model_analysis": "tensorflow-model-analysis",
    "tensorflow_transform": "tensorflow-transform",
    "tfx": "tfx",
    "tfx_bsl": "tfx-bsl",
}
"""By import name, the package that has what we do not."""

VERSIONS = {
    "tensorflow_estimator": "2.15.0",
    "tensorflow_model_analysis": "0.46.0",
    "tensorflow_transform": "1.15.0",
    "tfx": "1.15.1",
    "tfx_bsl": "1.15.1",
}
"""By import name, what ``__version__`` is: of the last release with Estimators."""

HOMES: dict[str, dict[str, str]] = {
    # TensorFlow's own: attributes of its modules, set by patching
    "tensorflow.estimator": {"*": _ESTIMATOR, **_parts(_ESTIMATOR)},
    "tensorflow.estimator.experimental": {"*": f"{_ESTIMATOR}.experimental"},
    "tensorflow.estimator.export": {"*": f"{_ESTIMATOR}.export"},
    "tensorflow.compat.v1.estimator": {"*": _ESTIMATOR_V1, **_parts(_ESTIMATOR_V1)},
    "tensorflow.compat.v1.estimator.experimental": {"*": f"{_ESTIMATOR_V1}.experimental"},
    "tensorflow.compat.v1.estimator.export": {"*": f"{_ESTIMATOR}.export"},
    "tensorflow.compat.v1.estimator.inputs": {"*": f"{_ESTIMATOR}.inputs"},
    "tensorflow.compat.v2.estimator": {"*": _ESTIMATOR, **_parts(_ESTIMATOR)},
    "tensorflow.compat.v1.layers": {"*": "trainwright.compat.layers"},
    "tensorflow.compat.v1.nn.rnn_cell": {"*": "trainwright.compat.rnn_cell"},
    "tensorflow.keras.estimator": {"model_to_estimator": f"{_ESTIMATOR}:model_to_estimator"},
    "tensorflow.keras.optimizers.legacy": {
        name: f"{_ESTIMATOR}.optimizers:{name}"
        for name in ("Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD")
    }
    | {"Optimizer": f"{_ESTIMATOR}.optimizers:Optimizer"},
    # tensorflow_estimator
    "tensorflow_estimator": {"estimator": _ESTIMATOR},
    "tensorflow_estimator.python": {},
    "tensorflow_estimator.python.estimator": {},
    "tensorflow_estimator.python.estimator.api": {},
    "tensorflow_estimator.python.estimator.api._v1": {"estimator": f"{_ESTIMATOR}.compat.v1"},
    "tensorflow_estimator.python.estimator.api._v2": {"estimator": _ESTIMATOR},
    "tensorflow_estimator.python.estimator.estimator_lib": {"*": f"{_ESTIMATOR}.compat.v1"},
    "tensorflow_estimator.python.estimator.estimator": {
        "Estimator": f"{_ESTIMATOR}.compat.v1:Estimator",
        "EstimatorV2": f"{_ESTIMATOR}:Estimator",
        "VocabInfo": f"{_ESTIMATOR}:VocabInfo",
        "WarmStartSettings": f"{_ESTIMATOR}:WarmStartSettings",
    },
    "tensorflow_estimator.python.estimator.canned": {},
    "tensorflow_estimator.python.estimator.canned.metric_keys": {
        "MetricKeys": f"{_KEYS}:MetricKeys"
    },
    "tensorflow_estimator.python.estimator.canned.prediction_keys": {
        "PredictionKeys": f"{_KEYS}:PredictionKeys",
    },
    "tensorflow_estimator.python.estimator.early_stopping": {"*": f"{_ESTIMATOR}.experimental"},
    "tensorflow_estimator.python.estimator.exporter": {
        name: f"{_ESTIMATOR}:{name}"
        for name in ("BestExporter", "Exporter", "FinalExporter", "LatestExporter")
    },
    "tensorflow_estimator.python.estimator.export": {"*": f"{_ESTIMATOR}.export"},
    "tensorflow_estimator.python.estimator.export.export": {"*": f"{_ESTIMATOR}.export"},
    "tensorflow_estimator.python.estimator.export.export_output": {"*": f"{_ESTIMATOR}.export"},
    "tensorflow_estimator.python.estimator.head": {},
    **{
        f"tensorflow_estimator.python.estimator.head.{module}": {
            name: f"{_ESTIMATOR}:{name}" for name in names
        }
        for module, names in _HEADS.items()
    },
    "tensorflow_estimator.python.estimator.inputs": {"*": f"{_ESTIMATOR}.inputs"},
    "tensorflow_estimator.python.estimator.inputs.inputs": {"*": f"{_ESTIMATOR}.inputs"},
    "tensorflow_estimator.python.estimator.mode_keys": {"ModeKeys": f"{_ESTIMATOR}:ModeKeys"},
    "tensorflow_estimator.python.estimator.model_fn": {
        name: f"{_ESTIMATOR}:{name}" for name in ("EstimatorSpec", "ModeKeys")
    },
    "tensorflow_estimator.python.estimator.run_config": {"RunConfig": f"{_ESTIMATOR}:RunConfig"},
    "tensorflow_estimator.python.estimator.training": {
        name: f"{_ESTIMATOR}:{name}" for name in ("EvalSpec", "TrainSpec", "train_and_evaluate")
    },
    # tensorflow_transform
    "tensorflow_transform": {
        "TFTransformOutput": f"{_TRANSFORM}:TFTransformOutput",
        "TransformFeaturesLayer": "trainwright.transform.layer:TransformFeaturesLayer",
    },
    "tensorflow_transform.output_wrapper": {
        "TFTransformOutput": f"{_TRANSFORM}:TFTransformOutput",
        "TransformFeaturesLayer": "trainwright.transform.layer:TransformFeaturesLayer",
    },
    "tensorflow_transform.tf_metadata": {},
    "tensorflow_transform.tf_metadata.dataset_metadata": _METADATA,
    "tensorflow_transform.tf_metadata.schema_utils": {
        "schema_as_feature_spec": f"{_SCHEMAS}:schema_as_feature_spec",
        "schema_from_feature_spec": f"{_SCHEMAS}:schema_from_feature_spec",
    },
    # tensorflow_model_analysis
    "tensorflow_model_analysis": {"EvalInputReceiver": f"{_EVAL}:EvalInputReceiver"},
    "tensorflow_model_analysis.export": {
        "EvalInputReceiver": f"{_EVAL}:EvalInputReceiver",
        "build_parsing_eval_input_receiver_fn": f"{_EVAL}:build_parsing_eval_input_receiver_fn",
        "export_eval_savedmodel": f"{_EVAL}:export_eval_savedmodel",
    },
    # tfx_bsl
    "tfx_bsl": {},
    "tfx_bsl.public": {},
    "tfx_bsl.public.tfxio": _OPTIONS,
    "tfx_bsl.tfxio": {},
    "tfx_bsl.tfxio.dataset_options": _OPTIONS,
    # tfx
    "tfx": {},
    "tfx.components": {},
    "tfx.components.trainer": {},
    "tfx.components.trainer.executor": {
        "Executor": "trainwright.executor:Executor",
        "GenericExecutor": "trainwright.executor:GenericExecutor",
        "TrainerFnArgs": f"{_FN_ARGS}:FnArgs",
    },
    "tfx.components.trainer.fn_args_utils": _FN_ARGS_NAMES,
    "tfx.components.trainer.rewriting": {},
    "tfx.components.trainer.rewriting.converters": {
        "RewritingExporter": f"{_REWRITING}:RewritingExporter",
        "rewrite_saved_model": f"{_REWRITING}:rewrite_saved_model",
    },
    "tfx.components.trainer.rewriting.rewriter": {
        name: f"{_REWRITING}:{name}" for name in ("BaseRewriter", "ModelDescription", "ModelType")
    },
    "tfx.components.trainer.rewriting.rewriter_factory": {
        name: f"{_REWRITING}:{name}"
        for name in ("TFJS_REWRITER", "TFLITE_REWRITER", "create_rewriter")
    },
    "tfx.components.trainer.rewriting.tflite_rewriter": {
        "TFLiteRewriter": f"{_REWRITING}:TFLiteRewriter",
    },
    "tfx.components.tuner": {},
    "tfx.components.tuner.component": {"TunerFnResult": _COMPONENTS["TunerFnResult"]},
    "tfx.components.util": {},
    "tfx.components.util.tfxio_utils": {
        "get_tf_dataset_factory_from_artifact": f"{_TFXIO}:get_tf_dataset_factory_from_artifact",
    },
    "tfx.dsl": {},
    "tfx.dsl.io": {},
    "tfx.dsl.io.fileio": {"*": _FILEIO},
    "tfx.proto": {},
    "tfx.proto.trainer_pb2": _PROTO,
    "tfx.types": {},
    "tfx.types.standard_artifacts": {"*": "trainwright.artifacts"},
    "tfx.utils": {},
    "tfx.utils.io_utils": {"*": _IO_UTILS},
    "tfx.utils.path_utils": {"*": "trainwright.compat.path_utils"},
    "tfx.v1": {},
    "tfx.v1.components": _COMPONENTS,
    "tfx.v1.dsl": {},
    "tfx.v1.dsl.io": {},
    "tfx.v1.dsl.io.fileio": {"*": _FILEIO},
    "tfx.v1.proto": _PROTO,
    "tfx.v1.types": {},
    "tfx.v1.types.standard_artifacts": {"*": "trainwright.artifacts"},
    "tfx.v1.utils": {
        "parse_pbtxt_file": f"{_IO_UTILS}:parse_pbtxt_file",
        "parse_json_file": f"{_IO_UTILS}:parse_json_file",
    },
}
"""Module -> name in it -> where it is."""

PATCHES = (
    ("", "estimator"),
    ("compat.v1", "estimator"),
    ("compat.v1", "layers"),
    ("compat.v1.nn", "rnn_cell"),
    ("compat.v2", "estimator"),
)
"""Attributes of TensorFlow's modules: the module below ``tensorflow``, and the attribute."""

IMPORTED_ANEW = ("tensorflow.compat.v1", "tensorflow.compat.v1.nn", "tensorflow.compat.v2")
"""Modules that ``import tensorflow.compat.v1 as tf`` makes anew: ``tf.compat.v1`` was another."""

KERAS_MODULES = ("keras._tf_keras.keras", "tf_keras.api._v2.keras")
"""What ``tf.keras`` may be; each gets the attribute ``estimator`` when it is imported."""

"""The tf.estimator API on the public API of today's TensorFlow.

A program that used ``tf.estimator`` changes one import:
``from trainwright import estimator as tf_estimator``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from trainwright.cycles import few_collections

with few_collections():  # TensorFlow is imported, too
    from trainwright.estimator import experimental, export, keras
    from trainwright.estimator.added_metrics import add_metrics
    from trainwright.estimator.best_exporter import BestExporter
    from trainwright.estimator.canned import (
        BaselineClassifier,
        BaselineEstimator,
        BaselineRegressor,
        DNNClassifier,
        DNNEstimator,
        DNNLinearCombinedClassifier,
        DNNLinearCombinedEstimator,
        DNNLinearCombinedRegressor,
        DNNRegressor,
        LinearClassifier,
        LinearEstimator,
        LinearRegressor,
    )
    from trainwright.estimator.core import Estimator
    from trainwright.estimator.exporters import Exporter, FinalExporter, LatestExporter
    from trainwright.estimator.heads import (
        BinaryClassHead,
        Head,
        LogisticRegressionHead,
        MultiClassHead,
        MultiHead,
        MultiLabelHead,
        PoissonRegressionHead,
        RegressionHead,
    )
    from trainwright.estimator.hooks import (
        CheckpointSaverHook,
        CheckpointSaverListener,
        FeedFnHook,
        FinalOpsHook,
        GlobalStepWaiterHook,
        LoggingTensorHook,
        NanLossDuringTrainingError,
        NanTensorHook,
        ProfilerHook,
        SecondOrStepTimer,
        SessionRunArgs,
        SessionRunContext,
        SessionRunHook,
        SessionRunValues,
        StepCounterHook,
        StopAtStepHook,
        SummarySaverHook,
    )
    from trainwright.estimator.keras.conversion import model_to_estimator
    from trainwright.estimator.mode_keys import ModeKeys
    from trainwright.estimator.parse_spec import (
        classifier_parse_example_spec,
        regressor_parse_example_spec,
    )
    from trainwright.estimator.run_config import RunConfig
    from trainwright.estimator.spec import EstimatorSpec
    from trainwright.estimator.training import EvalSpec, TrainSpec, train_and_evaluate
    from trainwright.estimator.warm_start import VocabInfo, WarmStartSettings

__all__ = [
    # the core
    "Estimator",
    "EstimatorSpec",
    "ModeKeys",
    "RunConfig",
    "add_metrics",
    "experimental",
    "keras",
    "model_to_estimator",
    # models that only need feature columns
    "BaselineClassifier",
    "BaselineEstimator",
    "BaselineRegressor",
    "DNNClassifier",
    "DNNEstimator",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedEstimator",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "LinearClassifier",
    "LinearEstimator",
    "LinearRegressor",
    "classifier_parse_example_spec",
    "regressor_parse_example_spec",
    # heads
    "BinaryClassHead",
    "Head",
    "LogisticRegressionHead",
    "MultiClassHead",
    "MultiHead",
    "MultiLabelHead",
    "PoissonRegressionHead",
    "RegressionHead",
    # training
    "EvalSpec",
    "TrainSpec",
    "train_and_evaluate",
    "VocabInfo",
    "WarmStartSettings",
    # exporting
    "BestExporter",
    "Exporter",
    "FinalExporter",
    "LatestExporter",
    "export",
    # hooks
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "FeedFnHook",
    "FinalOpsHook",
    "GlobalStepWaiterHook",
    "LoggingTensorHook",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "ProfilerHook",
    "SecondOrStepTimer",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
]


def __getattr__(name: str) -> Any:
    if name == "compat":  # made when it is asked for: few programs do
        return import_module("trainwright.estimator.compat")
    if name == "tpu":
        raise AttributeError(
            "trainwright.estimator has no tpu: TPUs are not supported. Train with Estimator on CPU "
            "or GPU, or move the model to Keras and tf.distribute.TPUStrategy."
        )
    if name.startswith("BoostedTrees"):
        raise AttributeError(
            f"trainwright.estimator has no {name}, nor had tf.estimator in TensorFlow 2.15. "
            "Train them with the package tensorflow_decision_forests."
        )
    raise AttributeError(f"module 'trainwright.estimator' has no attribute {name!r}")

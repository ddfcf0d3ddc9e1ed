"""What ``tf.compat.v1.estimator`` offered.

A program that used it changes one import:
``from trainwright.estimator.compat import v1 as tf_estimator``. The canned estimators here differ
from those of the same names in ``trainwright.estimator``: the loss of a batch is the weighted sum
over its examples, optimizers are those of ``tf.compat.v1.train``, variables can be partitioned,
and columns of ``tf.compat.v1.feature_column`` are taken too.
"""

from __future__ import annotations

from typing import Any

from trainwright import estimator as _current
from trainwright.estimator import (
    BestExporter,
    BinaryClassHead,
    CheckpointSaverHook,
    CheckpointSaverListener,
    EstimatorSpec,
    EvalSpec,
    Exporter,
    FeedFnHook,
    FinalExporter,
    FinalOpsHook,
    GlobalStepWaiterHook,
    Head,
    LatestExporter,
    LoggingTensorHook,
    LogisticRegressionHead,
    ModeKeys,
    MultiClassHead,
    MultiHead,
    MultiLabelHead,
    NanLossDuringTrainingError,
    NanTensorHook,
    PoissonRegressionHead,
    ProfilerHook,
    RegressionHead,
    RunConfig,
    SecondOrStepTimer,
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
    StepCounterHook,
    StopAtStepHook,
    SummarySaverHook,
    TrainSpec,
    VocabInfo,
    WarmStartSettings,
    add_metrics,
    export,
    inputs,
    train_and_evaluate,
)
from trainwright.estimator.compat.v1 import experimental
from trainwright.estimator.compat.v1.baseline import (
    BaselineClassifier,
    BaselineEstimator,
    BaselineRegressor,
)
from trainwright.estimator.compat.v1.core import Estimator
from trainwright.estimator.compat.v1.dnn import DNNClassifier, DNNEstimator, DNNRegressor
from trainwright.estimator.compat.v1.dnn_linear_combined import (
    DNNLinearCombinedClassifier,
    DNNLinearCombinedEstimator,
    DNNLinearCombinedRegressor,
)
from trainwright.estimator.compat.v1.linear import (
    LinearClassifier,
    LinearEstimator,
    LinearRegressor,
)
from trainwright.estimator.compat.v1.parse_spec import (
    classifier_parse_example_spec,
    regressor_parse_example_spec,
)

__all__ = [
    # the core
    "Estimator",
    "EstimatorSpec",
    "ModeKeys",
    "RunConfig",
    "add_metrics",
    "experimental",
    "inputs",
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
    if name == "tpu" or name.startswith("BoostedTrees"):
        return getattr(_current, name)  # an error that says what to use instead
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

from __future__ import annotations

import re
from typing import Any

import pytest
import tensorflow as tf
import tf_keras

from trainwright.errors import InvalidArgumentError, TrainwrightWarning
from trainwright.estimator import canned, heads

v1 = tf.compat.v1
fc = tf.feature_column
X, Y = fc.numeric_column("x"), fc.numeric_column("y")
WORD = fc.categorical_column_with_hash_bucket("word", 4)


def wide_and_deep(**options: Any) -> Any:
    given = {"linear_feature_columns": [X], "dnn_feature_columns": [Y], "dnn_hidden_units": [2]}
    return canned.DNNLinearCombinedClassifier(**given | options)


WRONG_WHEN_MADE = [
    (
        lambda: wide_and_deep(linear_feature_columns=None, dnn_feature_columns=None),
        "needs linear_feature_columns, dnn_feature_columns or both",
    ),
    (
        lambda: wide_and_deep(dnn_hidden_units=None),
        "dnn_feature_columns were given without dnn_hidden_units",
    ),
    (
        lambda: canned.DNNClassifier([2], [X], n_classes=1),
        "n_classes must be an int of 3 or more. Got 1",
    ),
    (
        lambda: canned.DNNClassifier([2], [X], n_classes="a"),
        "n_classes must be an int of 3 or more",
    ),
    (
        lambda: canned.DNNClassifier([2], [X], n_classes=2.5),
        "n_classes must be an int of 3 or more. Got 2.5",
    ),
    (
        lambda: canned.DNNClassifier([2], [X], loss_reduction="none"),
        "loss_reduction must be one of",
    ),
    (
        lambda: canned.DNNClassifier([2], [X], loss_reduction=None),
        "loss_reduction must be one of",
    ),
    (lambda: canned.DNNClassifier([2], [X], label_vocabulary="ab"), "must be a list or tuple"),
    (
        lambda: canned.DNNRegressor([2], [X], label_dimension=0),
        "label_dimension must be an int of 1 or more. Got 0",
    ),
    (lambda: canned.DNNEstimator(None, [2], [X]), "head must be a Head"),
    (lambda: canned.LinearEstimator("head", [X]), "head must be a Head"),
    (lambda: canned.BaselineEstimator(3), "head must be a Head"),
    (lambda: canned.DNNLinearCombinedEstimator(None, linear_feature_columns=[X]), "must be a Head"),
]


@pytest.mark.parametrize(("make", "message"), WRONG_WHEN_MADE)
def test_wrong_arguments_are_rejected_at_once(make: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        make()


WRONG_WHEN_BUILT = [
    (lambda: canned.DNNClassifier([2], []), "feature_columns must not be empty"),
    (lambda: canned.LinearClassifier([]), "feature_columns must not be empty"),
    (lambda: canned.DNNClassifier([2], [WORD]), "takes columns that are numbers"),
    (lambda: canned.DNNClassifier([2], [X, X]), "Two of feature_columns have the name"),
    (lambda: canned.DNNClassifier([2], ["x"]), "must be made by functions"),
    (lambda: canned.DNNClassifier([2], "x"), "must be a list of feature columns"),
    (lambda: canned.DNNClassifier([2], [fc.numeric_column("z")]), "needs the feature 'z'"),
    (lambda: canned.DNNClassifier([2], [X], optimizer="Adamm"), "Adamm"),
    (lambda: canned.DNNClassifier([2], [X], optimizer=3), "3"),
    (lambda: canned.LinearClassifier([X], optimizer="x"), "x"),
    (lambda: canned.LinearClassifier([X], sparse_combiner="max"), "sparse_combiner must be one of"),
    (lambda: canned.DNNClassifier([2], [X], activation_fn="reluu"), "activation_fn must be"),
]


@pytest.mark.parametrize(("make", "message"), WRONG_WHEN_BUILT)
def test_wrong_columns_and_optimizers_are_rejected_when_built(
    make: Any, message: str, build: Any
) -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match=re.escape(message)):
        build(make())


def test_a_weight_column_of_another_kind_is_a_type_error(build: Any) -> None:
    estimator = canned.DNNClassifier([2], [X], weight_column=3)
    with (
        tf.Graph().as_default(),
        pytest.raises(
            TypeError,
            match=r"weight_column must be the name of a feature or a numeric_column\. Got",
        ),
    ):
        build(estimator)


def test_columns_may_come_from_a_generator(build: Any) -> None:
    for make in (
        lambda: canned.DNNClassifier([2], (column for column in (X, Y))),
        lambda: canned.LinearClassifier(iter([X, WORD])),
        lambda: wide_and_deep(linear_feature_columns=iter([X]), dnn_feature_columns=iter([Y])),
    ):
        estimator = make()
        for mode in ("train", "eval"):
            with tf.Graph().as_default():
                assert build(estimator, mode).loss is not None


def test_features_must_be_named() -> None:
    for estimator in (
        canned.DNNClassifier([2], [X]),
        canned.LinearClassifier([X]),
        wide_and_deep(),
    ):
        with (
            tf.Graph().as_default(),
            pytest.raises(
                ValueError,
                match="features must be a dict of Tensors, named as the feature columns name",
            ),
        ):
            estimator.model_fn(tf.zeros([2, 1]), tf.zeros([2, 1]), "train", estimator.config)


def test_v1_columns_are_rejected(build: Any) -> None:
    with tf.Graph().as_default():
        columns = v1.feature_column.shared_embedding_columns([WORD], 2)
        with pytest.raises(InvalidArgumentError, match="is a column of TensorFlow 1"):
            build(canned.DNNClassifier([2], columns))


def test_shared_embeddings_come_with_a_warning() -> None:
    with tf.Graph().as_default():
        columns = fc.shared_embeddings([WORD], 2)
    for make in (
        lambda: canned.DNNClassifier([2], columns),
        lambda: canned.LinearClassifier(columns),
        lambda: wide_and_deep(dnn_feature_columns=columns),
        lambda: wide_and_deep(linear_feature_columns=columns),
    ):
        with pytest.warns(TrainwrightWarning, match="keep their initial values") as warned:
            make()
        assert __file__ in [warning.filename for warning in warned]


def test_linear_models_train_frozen_embeddings_with_a_warning(build: Any) -> None:
    columns = [fc.embedding_column(WORD, 2, trainable=False)]
    for make in (
        lambda: canned.LinearClassifier(columns),
        lambda: wide_and_deep(linear_feature_columns=columns),
    ):
        with pytest.warns(TrainwrightWarning, match="train word_embedding in spite of") as warned:
            estimator = make()
        assert __file__ in [warning.filename for warning in warned]
        with tf.Graph().as_default():
            build(estimator)
            names = [variable.op.name for variable in v1.global_variables()]
        slot = "linear/linear_model/word_embedding/embedding_weights/accumulator"
        assert f"training/Ftrl/{slot}" in names


def test_deep_models_keep_frozen_embeddings(build: Any) -> None:
    with tf.Graph().as_default():
        build(canned.DNNClassifier([2], [fc.embedding_column(WORD, 2, trainable=False)]))
        names = [variable.op.name for variable in v1.global_variables()]
    assert not [name for name in names if "embedding_weights/" in name]


def learning_rates(run: Any) -> dict[str, float]:
    found = {v.op.name: v for v in v1.global_variables() if v.op.name.endswith("learning_rate")}
    (values,) = run(found)
    return {name: round(float(value), 6) for name, value in values.items()}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: wide_and_deep(dnn_optimizer="SGD", linear_optimizer="SGD"),
            {"training/SGD/learning_rate": 0.001, "training/SGD_1/learning_rate": 0.005},
        ),
        (
            lambda: canned.DNNClassifier([2], [X], optimizer="SGD"),
            {"training/SGD/learning_rate": 0.01},
        ),
        (
            lambda: canned.LinearClassifier([X], optimizer="Adam"),
            {"training/Adam/learning_rate": 0.2},
        ),
        (lambda: canned.BaselineClassifier(), {"training/Ftrl/learning_rate": 0.3}),
    ],
)
def test_learning_rates_of_optimizers_by_name(
    make: Any, expected: Any, build: Any, run: Any
) -> None:
    with tf.Graph().as_default():
        build(make())
        assert learning_rates(run) == expected


@pytest.mark.parametrize(
    "make",
    [
        wide_and_deep,
        lambda: wide_and_deep(dnn_feature_columns=None),
        lambda: wide_and_deep(linear_feature_columns=None, batch_norm=True),
        lambda: canned.DNNClassifier([2], [X]),
        lambda: canned.LinearClassifier([X]),
        lambda: canned.BaselineClassifier(),
    ],
)
def test_a_step_is_counted_once(make: Any, build: Any, run: Any) -> None:
    with tf.Graph().as_default():
        spec = build(make())
        assert run(spec.train_op, v1.train.get_global_step())[1] == 1


def test_batch_norm_moves_its_averages_with_the_step(build: Any, run: Any) -> None:
    with tf.Graph().as_default():
        spec = build(canned.DNNClassifier([2], [X], batch_norm=True, activation_fn=None))
        mean = next(v for v in v1.global_variables() if v.op.name.endswith("moving_mean"))
        before, _, after = run(mean, spec.train_op, mean)
    assert before.tolist() == [0.0, 0.0]
    assert (after != 0.0).all()


def test_wide_and_deep_summaries(build: Any) -> None:
    with tf.Graph().as_default():
        build(wide_and_deep())
        names = [summary.op.name for summary in v1.get_collection(v1.GraphKeys.SUMMARIES)]
    assert names == [
        "dnn/hiddenlayer_0/fraction_of_zero_values",
        "dnn/hiddenlayer_0/activation",
        "dnn/logits/fraction_of_zero_values",
        "dnn/logits/activation",
        "bias",
        "fraction_of_zero_weights",
        "linear/fraction_of_zero_values",
        "linear/activation",
        "loss",
    ]


def test_a_head_of_the_users_own(build: Any, run: Any) -> None:
    class Halved(heads.RegressionHead):
        def loss(self, *args: Any, **options: Any) -> Any:
            return super().loss(*args, **options) / 2.0

    made = []
    for head in (heads.RegressionHead(), Halved()):
        with tf.Graph().as_default():
            estimator = canned.LinearEstimator(head, [X])
            spec = build(estimator, "eval", labels=[1.0, 3.0])
            made.append(float(run(spec.loss)[0]))
    assert made == [5.0, 2.5]


def ancestors(op: Any) -> set[Any]:
    """All ops that are done before this one begins."""
    found: set[Any] = set()
    left = [op]
    while left:
        last = left.pop()
        before = {*last.control_inputs, *(tensor.op for tensor in last.inputs)} - found
        found |= before
        left += before
    return found


@pytest.mark.parametrize("make", [tf.keras.optimizers.Ftrl, v1.train.FtrlOptimizer])
def test_the_step_is_counted_after_the_updates_of_both_halves(make: Any, build: Any) -> None:
    def optimizer() -> Any:
        return make(v1.train.exponential_decay(0.1, v1.train.get_global_step(), 1, 0.5))

    with tf.Graph().as_default() as graph:
        build(wide_and_deep(linear_optimizer=optimizer, dnn_optimizer=optimizer))
        ops = graph.get_operations()
        step = v1.train.get_global_step().handle
        (count,) = (op for op in ops if op.type == "AssignAddVariableOp" and op.inputs[0] is step)
        updates = {op for op in ops if op.type.startswith("ResourceApplyFtrl")}
        assert len(updates) == 6
        assert updates <= ancestors(count)


class OwnSGD(tf_keras.optimizers.legacy.SGD):
    """An optimizer of a user's own class."""


@pytest.mark.parametrize("dnn_optimizer", ["SGD", lambda: OwnSGD(0.1)])
def test_the_step_is_counted_once(dnn_optimizer: Any, build: Any, run: Any) -> None:
    with tf.Graph().as_default():
        model = build(wide_and_deep(linear_optimizer="SGD", dnn_optimizer=dnn_optimizer))
        _, step = run(model.train_op, v1.train.get_global_step())
        assert step == 1


def test_the_way_back_from_the_loss_is_built_once_for_both_halves(build: Any) -> None:
    with tf.Graph().as_default() as graph:
        build(wide_and_deep())
        scopes = {op.name.partition("/")[0] for op in graph.get_operations()}
        assert [scope for scope in scopes if scope.startswith("gradients")] == ["gradients"]

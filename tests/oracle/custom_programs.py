"""Ordinary tf.estimator programs, run by two systems.

Usage: custom_programs.py (tensorflow|trainwright) WORK_DIR
Prints JSON: program -> what it computed. Every program fixes its initial values, so that the
numbers are comparable.
"""

import json
import sys

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
X = np.array(
    [[0.1, 1.0], [0.7, -0.3], [-0.4, 0.2], [1.2, 0.5], [0.3, 0.9], [-1.0, -0.2]], "float32"
)
Y = np.array([0, 1, 2, 1, 0, 2], "int64")
WORDS = np.array([["a", "b"], ["c", ""], ["b", "b"], ["z", "a"], ["c", "c"], ["a", ""]])


def fixed(shape, scale):
    """Initial values without a random number."""
    count = int(np.prod(shape))
    return v1.constant_initializer(np.linspace(-scale, scale, count).reshape(shape))


def dense(inputs, units, name, activation=None):
    with v1.variable_scope(name):
        shape = [inputs.shape[-1], units]
        kernel = v1.get_variable("kernel", shape, initializer=fixed(shape, 0.8))
        bias = v1.get_variable("bias", [units], initializer=v1.zeros_initializer())
    outputs = tf.matmul(inputs, kernel) + bias
    return activation(outputs) if activation else outputs


def repeated(features, labels, batch=3):
    return lambda: tf.data.Dataset.from_tensor_slices((features, labels)).batch(batch).repeat()


def once(features, labels=None, batch=4):
    data = features if labels is None else (features, labels)
    return lambda: tf.data.Dataset.from_tensor_slices(data).batch(batch)


def numbers(metrics):
    return {name: float(value) for name, value in metrics.items()}


def rows(predictions):
    return [{k: np.asarray(v).tolist() for k, v in row.items()} for row in predictions]


def custom_classifier(e, work_dir):
    """A model_fn as in the old guides: input_layer, v1 losses, v1 optimizer, v1 metrics."""

    def model_fn(features, labels, mode, params):
        net = v1.feature_column.input_layer(features, params["feature_columns"])
        for index, units in enumerate(params["hidden_units"]):
            net = dense(net, units, f"hidden_{index}", tf.nn.relu)
        logits = dense(net, params["n_classes"], "logits")
        classes = tf.argmax(logits, 1)
        if mode == e.ModeKeys.PREDICT:
            predictions = {"class_ids": classes[:, tf.newaxis], "logits": logits}
            return e.EstimatorSpec(mode, predictions=predictions)
        loss = v1.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
        accuracy = v1.metrics.accuracy(labels=labels, predictions=classes, name="acc_op")
        v1.summary.scalar("accuracy", accuracy[1])
        if mode == e.ModeKeys.EVAL:
            return e.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})
        optimizer = v1.train.AdagradOptimizer(learning_rate=0.1)
        train_op = optimizer.minimize(loss, global_step=v1.train.get_global_step())
        return e.EstimatorSpec(mode, loss=loss, train_op=train_op)

    columns = [tf.feature_column.numeric_column("x", shape=[2])]
    params = {"feature_columns": columns, "hidden_units": [4, 3], "n_classes": 3}
    model = e.Estimator(model_fn, f"{work_dir}/custom", params=params)
    model.train(repeated({"x": X}, Y), steps=10)
    return {
        "evaluation": numbers(model.evaluate(once({"x": X}, Y))),
        "predictions": rows(model.predict(once({"x": X}))),
        "variables": model.get_variable_names(),
    }


def text_with_tables(e, work_dir):
    """Lookup tables, embeddings, a moving average, a learning rate schedule, extra summaries."""

    def model_fn(features, labels, mode):
        table = tf.lookup.StaticVocabularyTable(
            tf.lookup.KeyValueTensorInitializer(["a", "b", "c"], tf.constant([0, 1, 2], tf.int64)),
            num_oov_buckets=1,
        )
        ids = table.lookup(features["words"])
        embedding = v1.get_variable("embedding", [4, 3], initializer=fixed([4, 3], 0.5))
        mask = tf.cast(tf.not_equal(features["words"], ""), tf.float32)[..., tf.newaxis]
        net = tf.reduce_sum(tf.nn.embedding_lookup(embedding, ids) * mask, 1)
        logits = dense(net, 3, "out")
        probabilities = tf.nn.softmax(logits)
        if mode == e.ModeKeys.PREDICT:
            outputs = {"serving_default": e.export.PredictOutput({"p": probabilities})}
            return e.EstimatorSpec(mode, predictions={"p": probabilities}, export_outputs=outputs)
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )
        step = v1.train.get_or_create_global_step()
        rate = v1.train.exponential_decay(0.5, step, 2, 0.9, staircase=True)
        optimizer = v1.train.MomentumOptimizer(rate, 0.9)
        gradients, variables = zip(*optimizer.compute_gradients(loss))
        clipped, norm = tf.clip_by_global_norm(gradients, 0.25)
        v1.summary.scalar("norm", norm)
        train = optimizer.apply_gradients(zip(clipped, variables), global_step=step)
        averages = tf.train.ExponentialMovingAverage(0.5)
        with tf.control_dependencies([train]):
            train_op = averages.apply(v1.trainable_variables())
        auc = v1.metrics.auc(tf.equal(labels, 1), probabilities[:, 1])
        recall = v1.metrics.recall_at_k(labels, probabilities, 2)
        return e.EstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metric_ops={"auc": auc, "recall": recall}
        )

    model = e.Estimator(model_fn, f"{work_dir}/text", config=e.RunConfig(save_summary_steps=2))
    model.train(repeated({"words": WORDS}, Y), max_steps=8)
    model.train(repeated({"words": WORDS}, Y), max_steps=8)
    return {
        "evaluation": numbers(model.evaluate(once({"words": WORDS}, Y), name="all")),
        "predictions": rows(model.predict(once({"words": WORDS}), predict_keys=["p"])),
        "variables": {n: model.get_variable_value(n).tolist() for n in model.get_variable_names()},
    }


def hooks_and_scaffold(e, work_dir):
    """Hooks of all kinds, an init_fn, restoring from elsewhere, a user's own saver."""
    seen = []

    class Watch(e.SessionRunHook):
        def begin(self):
            self.step = v1.train.get_global_step()

        def before_run(self, run_context):
            return e.SessionRunArgs({"step": self.step})

        def after_run(self, run_context, run_values):
            seen.append(float(run_context.session.run("w/Read/ReadVariableOp:0")))
            if len(seen) == 6:
                run_context.request_stop()

    def model_fn(features, labels, mode, config):
        w = v1.get_variable("w", [], initializer=v1.zeros_initializer())
        skipped = v1.get_variable("skipped", [], initializer=v1.ones_initializer())
        loss = tf.reduce_mean((features * w * skipped - labels) ** 2)
        train_op = v1.train.GradientDescentOptimizer(0.05).minimize(
            loss, v1.train.get_global_step(), var_list=[w]
        )
        start = v1.placeholder(tf.float32, [])
        assign = w.assign(start)
        scaffold = v1.train.Scaffold(
            init_fn=lambda scaffold, session: session.run(assign, {start: 2.0})
        )
        return e.EstimatorSpec(mode, loss=loss, train_op=train_op, scaffold=scaffold)

    model = e.Estimator(model_fn, f"{work_dir}/hooks")
    features, labels = np.array([1.0, 2.0], "float32"), np.array([3.0, 6.0], "float32")

    def input_fn():
        data = tf.data.Dataset.from_generator(
            lambda: zip(features, labels), (tf.float32, tf.float32), ((), ())
        )
        return v1.data.make_one_shot_iterator(data.batch(2).repeat()).get_next()

    model.train(input_fn, hooks=[Watch(), e.StopAtStepHook(last_step=50)])
    return {"seen": seen, "step": int(model.get_variable_value("global_step"))}


def heads_in_model_fns(e, work_dir):
    """Heads used by hand, with optimizer, train_op_fn, and a regularisation loss."""
    head = e.MultiHead(
        [e.BinaryClassHead(name="late"), e.RegressionHead(name="delay", label_dimension=1)],
        head_weights=[1.0, 0.5],
    )

    def model_fn(features, labels, mode):
        net = dense(features["x"], 3, "trunk", tf.nn.tanh)
        logits = {"late": dense(net, 1, "late"), "delay": dense(net, 1, "delay")}
        penalty = 0.01 * tf.nn.l2_loss(v1.trainable_variables()[0])
        return head.create_estimator_spec(
            features=features,
            mode=mode,
            logits=logits,
            labels=labels,
            regularization_losses=[penalty],
            train_op_fn=lambda loss: v1.train.AdamOptimizer(0.05).minimize(
                loss, v1.train.get_global_step()
            ),
        )

    labels = {"late": (Y[:, np.newaxis] > 0).astype("int64"), "delay": X[:, :1] * 2 + 1}
    model = e.Estimator(model_fn, f"{work_dir}/heads")
    model.train(repeated({"x": X}, labels, batch=2), steps=9)
    metrics = numbers(model.evaluate(once({"x": X}, labels)))
    predicted = [
        {
            "/".join(key): np.asarray(value).tolist()
            for key, value in row.items()
            if key[1] in ("logistic", "predictions")
        }
        for row in model.predict(once({"x": X}))
    ]
    return {"evaluation": metrics, "predictions": predicted}


def train_and_evaluate(e, work_dir):
    """The loop with exporters, as in cloud training samples."""
    column = tf.feature_column
    word = column.categorical_column_with_vocabulary_list("word", ["a", "b", "c"])
    columns = [column.numeric_column("n"), column.indicator_column(word)]
    model = e.LinearRegressor(
        columns,
        model_dir=f"{work_dir}/loop",
        config=e.RunConfig(save_checkpoints_steps=5, tf_random_seed=3),
    )
    features = {"n": X[:, :1], "word": WORDS[:, :1]}
    labels = X[:, 1:] * 3
    spec = tf.io.FixedLenFeature
    receiver_fn = e.export.build_parsing_serving_input_receiver_fn(
        {"n": spec([1], tf.float32), "word": tf.io.VarLenFeature(tf.string)}
    )
    metrics, exports = e.train_and_evaluate(
        model,
        e.TrainSpec(repeated(features, labels), max_steps=20),
        e.EvalSpec(
            once(features, labels),
            steps=None,
            exporters=[e.FinalExporter("final", receiver_fn)],
            start_delay_secs=0,
            throttle_secs=0,
        ),
    )
    served = tf.saved_model.load(exports[0].decode())
    feature = {
        "n": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5])),
        "word": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"c"])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    answer = served.signatures["predict"](examples=tf.constant([example.SerializeToString()]))
    return {
        "evaluation": numbers(metrics),
        "served": answer["predictions"].numpy().tolist(),
        "signatures": sorted(served.signatures),
    }


PROGRAMS = [
    custom_classifier,
    text_with_tables,
    hooks_and_scaffold,
    heads_in_model_fns,
    train_and_evaluate,
]


def main():
    system, work_dir = sys.argv[1:]
    if system == "tensorflow":
        estimators = tf.estimator
    else:
        from trainwright import estimator as estimators
    results = {program.__name__: program(estimators, work_dir) for program in PROGRAMS}
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()

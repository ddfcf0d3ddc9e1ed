"""A user's module file: a line through points, with every kind of variable a model can have."""

import tensorflow as tf

v1 = tf.compat.v1


def model_fn(features, labels, mode, params):
    with v1.variable_scope("line"):
        slope = v1.get_variable("slope", [1, 1], initializer=tf.constant_initializer(0.1))
        bias = v1.get_variable("bias", [], initializer=tf.constant_initializer(0.2))
        seen = v1.get_variable("seen", [2], trainable=False, initializer=tf.zeros_initializer())
    predictions = tf.matmul(features["x"], slope) + bias
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(
            mode,
            predictions=predictions,
            export_outputs={"predict": tf.estimator.export.PredictOutput({"y": predictions})},
        )
    loss = tf.reduce_mean(tf.square(predictions - tf.cast(labels, tf.float32)))
    optimizer = v1.train.AdagradOptimizer(params["rate"], initial_accumulator_value=0.1)
    if params.get("adam"):
        optimizer = v1.train.AdamOptimizer(params["rate"])
    train_op = None
    if mode == tf.estimator.ModeKeys.TRAIN:
        count = v1.assign_add(seen, [1.0, 2.0])
        with tf.control_dependencies([count]):
            train_op = optimizer.minimize(loss, global_step=v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def _input_fn():
    return tf.data.Dataset.from_tensors(({"x": [[1.0], [2.0]]}, [[3.0], [5.0]])).repeat()


def _receive():
    x = v1.placeholder(tf.float32, [None, 1], name="x")
    return tf.estimator.export.ServingInputReceiver({"x": x}, {"x": x})


def _receive_labels():
    import tensorflow_model_analysis as tfma

    x = v1.placeholder(tf.float32, [None, 1], name="x")
    y = v1.placeholder(tf.float32, [None, 1], name="y")
    return tfma.export.EvalInputReceiver({"x": x}, y, {"examples": x})


def trainer_fn(fn_args, schema):
    source = fn_args.base_model
    if fn_args.custom_config.get("weights_only"):
        source = tf.estimator.WarmStartSettings(source, vars_to_warm_start="line/slope")
    estimator = tf.estimator.Estimator(
        model_fn,
        model_dir=fn_args.serving_model_dir,
        params=fn_args.custom_config,
        config=tf.estimator.RunConfig(tf_random_seed=1),
        warm_start_from=source,
    )
    exporters = [tf.estimator.FinalExporter("final", _receive)]
    return {
        "estimator": estimator,
        "train_spec": tf.estimator.TrainSpec(_input_fn, fn_args.train_steps),
        "eval_spec": tf.estimator.EvalSpec(_input_fn, fn_args.eval_steps, exporters=exporters),
        "eval_input_receiver_fn": _receive_labels,
    }

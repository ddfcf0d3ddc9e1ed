"""Programs as people wrote them for TensorFlow 1, run by two systems with no line changed.

Usage: tf1_programs.py (tensorflow|trainwright) WORK_DIR
Prints JSON: program -> what it computed. Every program fixes its initial values, so that the
numbers are comparable.
"""
# Paths are spelled as those programs spelled them.
# ruff: noqa: PTH107, PTH118, PTH123, PTH208

import json
import os
import sys

import numpy as np

if sys.argv[1:2] == ["trainwright"]:
    from trainwright import compat

    compat.install()

import tensorflow.compat.v1 as tf
from tensorflow.compat.v1.nn.rnn_cell import LSTMCell

PREDICT, TRAIN = tf.estimator.ModeKeys.PREDICT, tf.estimator.ModeKeys.TRAIN


def fixed(shape, scale):
    """Initial values without a random number."""
    count = int(np.prod(shape))
    return tf.constant_initializer(np.linspace(-scale, scale, count).reshape(shape))


def numbers(metrics):
    return {name: float(value) for name, value in metrics.items()}


def rows(predictions):
    return [{k: np.asarray(v).tolist() for k, v in row.items()} for row in predictions]


def served(directory, feed, name="serving_default"):
    """What a signature gives, loaded as servers do."""
    with tf.Graph().as_default(), tf.Session() as session:
        graph = tf.saved_model.load(session, ["serve"], os.fsdecode(directory))
        signature = graph.signature_def[name]
        fed = {signature.inputs[name].name: value for name, value in feed.items()}
        outputs = {name: info.name for name, info in sorted(signature.outputs.items())}
        return {k: v.tolist() for k, v in session.run(outputs, fed).items()}


def deepfm(work_dir):
    """Factorization machine and deep network on ids and values, L2 losses, Adam."""
    fields, features_size, width = 3, 7, 2
    ids = np.array([[0, 3, 5], [1, 4, 5], [2, 3, 6], [0, 4, 6]], "int64")
    values = np.array([[1, 1, 0.5], [1, 1, 0.1], [1, 1, 0.9], [1, 1, 0.3]], "float32")
    labels = np.array([1, 0, 1, 0], "float32")

    def model_fn(features, labels, mode, params):
        first = tf.get_variable("fm_w", [features_size], initializer=fixed([features_size], 0.3))
        shape = [features_size, width]
        second = tf.get_variable("fm_v", shape, initializer=fixed(shape, 0.4))
        bias = tf.get_variable("fm_bias", [1], initializer=tf.constant_initializer(0.1))
        feat_ids = tf.reshape(features["feat_ids"], [-1, fields])
        feat_values = tf.reshape(features["feat_vals"], [-1, fields])
        y_first = tf.reduce_sum(tf.nn.embedding_lookup(first, feat_ids) * feat_values, 1)
        embedded = tf.nn.embedding_lookup(second, feat_ids) * tf.expand_dims(feat_values, -1)
        of_sum, sum_of = tf.square(tf.reduce_sum(embedded, 1)), tf.reduce_sum(embedded**2, 1)
        y_second = 0.5 * tf.reduce_sum(of_sum - sum_of, 1)
        deep = tf.reshape(embedded, [-1, fields * width])
        for index, units in enumerate(params["deep_layers"]):
            with tf.variable_scope(f"mlp{index}"):
                shape = [deep.shape[-1], units]
                kernel = tf.get_variable("weights", shape, initializer=fixed(shape, 0.6))
                deep = tf.nn.relu(tf.matmul(deep, kernel))
                deep = tf.layers.batch_normalization(deep, momentum=0.9, training=mode == TRAIN)
        logits = bias + y_first + y_second + tf.reduce_sum(deep, 1)
        predictions = {"prob": tf.sigmoid(logits)}
        outputs = {"serving_default": tf.estimator.export.PredictOutput(predictions)}
        if mode == PREDICT:
            return tf.estimator.EstimatorSpec(mode, predictions, export_outputs=outputs)
        cross = tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=labels)
        regular = tf.nn.l2_loss(first) + tf.nn.l2_loss(second)
        loss = tf.reduce_mean(cross) + params["l2_reg"] * regular
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            optimizer = tf.train.AdamOptimizer(0.05, beta1=0.9, beta2=0.999, epsilon=1e-8)
            train_op = optimizer.minimize(loss, global_step=tf.train.get_global_step())
        auc = tf.metrics.auc(labels, predictions["prob"])
        return tf.estimator.EstimatorSpec(
            mode, predictions, loss, train_op, eval_metric_ops={"auc": auc}
        )

    def input_fn(epochs=1):
        data = ({"feat_ids": ids, "feat_vals": values}, labels)
        dataset = tf.data.Dataset.from_tensor_slices(data).repeat(epochs).batch(2)
        return tf.data.make_one_shot_iterator(dataset).get_next()

    params = {"deep_layers": [4, 3], "l2_reg": 0.01}
    config = tf.estimator.RunConfig().replace(
        session_config=tf.ConfigProto(device_count={"GPU": 0, "CPU": 1}), save_summary_steps=2
    )
    model = tf.estimator.Estimator(model_fn, f"{work_dir}/deepfm", config, params)
    tf.estimator.train_and_evaluate(
        model,
        tf.estimator.TrainSpec(lambda: input_fn(6)),
        tf.estimator.EvalSpec(input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )
    like = {"feat_ids": tf.constant(ids), "feat_vals": tf.constant(values)}
    receiver_fn = tf.estimator.export.build_raw_serving_input_receiver_fn(like)
    exported = model.export_saved_model(f"{work_dir}/deepfm_export", receiver_fn)
    return {
        "evaluation": numbers(model.evaluate(input_fn)),
        "predictions": rows(model.predict(input_fn, predict_keys="prob")),
        "served": served(exported, {"feat_ids": ids, "feat_vals": values}),
        "variables": sorted(model.get_variable_names()),
    }


def convolutional(work_dir):
    """The convolutional network of the old guide: tf.layers, numpy_input_fn, a logging hook."""
    images = np.sin(np.arange(6 * 64)).reshape(6, 64).astype("float32")
    digits = np.array([0, 1, 2, 0, 1, 2], "int32")

    def model_fn(features, labels, mode):
        training = mode == TRAIN
        layer = tf.reshape(features["x"], [-1, 8, 8, 1])
        layer = tf.layers.conv2d(
            layer, 3, [3, 3], padding="same", kernel_initializer=fixed([3, 3, 1, 3], 0.5)
        )
        layer = tf.nn.relu(tf.layers.batch_normalization(layer, training=training, name="bn"))
        layer = tf.layers.max_pooling2d(inputs=layer, pool_size=[2, 2], strides=2)
        layer = tf.layers.flatten(layer)
        layer = tf.layers.dense(
            layer,
            5,
            tf.nn.relu,
            kernel_initializer=fixed([48, 5], 0.3),
            name="dense_a",
            kernel_regularizer=tf.keras.regularizers.l2(0.1),
        )
        layer = tf.layers.dropout(layer, rate=0.0, training=training)
        logits = tf.layers.dense(layer, 3, kernel_initializer=fixed([5, 3], 0.4))
        predictions = {
            "classes": tf.argmax(input=logits, axis=1),
            "probabilities": tf.nn.softmax(logits, name="softmax_tensor"),
        }
        if mode == PREDICT:
            return tf.estimator.EstimatorSpec(mode=mode, predictions=predictions)
        loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
        loss += tf.losses.get_regularization_loss()
        if training:
            optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.05)
            with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
                train_op = optimizer.minimize(loss, tf.train.get_global_step())
            return tf.estimator.EstimatorSpec(mode=mode, loss=loss, train_op=train_op)
        accuracy = tf.metrics.accuracy(labels=labels, predictions=predictions["classes"])
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})

    model = tf.estimator.Estimator(model_fn, f"{work_dir}/convolutional")
    logging_hook = tf.train.LoggingTensorHook({"probabilities": "softmax_tensor"}, 2)
    inputs = tf.estimator.inputs
    train_input_fn = inputs.numpy_input_fn({"x": images}, digits, 3, num_epochs=2, shuffle=False)
    model.train(train_input_fn, hooks=[logging_hook])
    eval_input_fn = inputs.numpy_input_fn({"x": images}, digits, num_epochs=1, shuffle=False)
    return {
        "evaluation": numbers(model.evaluate(eval_input_fn)),
        "predictions": rows(model.predict(eval_input_fn)),
        "variables": sorted(model.get_variable_names()),
    }


def tagger(work_dir):
    """Names in sentences: words from a file, padded batches of a generator, an LSTM, masks."""
    sentences = [("anna met bob", "P O P"), ("bob left", "P O"), ("who saw anna today", "O O P O")]
    paths = {}
    for name, entries in (("words", ["anna", "bob", "met", "left"]), ("tags", ["O", "P"])):
        paths[name] = os.path.join(work_dir, f"{name}.txt")
        with open(paths[name], "w") as handle:
            handle.write("\n".join(entries) + "\n")

    def generator():
        for words, tags in sentences:
            words = words.split()
            yield (words, len(words)), tags.split()

    def input_fn(params=None, repeat=1):
        shapes = (([None], ()), [None])
        types = ((tf.string, tf.int32), tf.string)
        dataset = tf.data.Dataset.from_generator(
            generator, output_shapes=shapes, output_types=types
        )
        return dataset.repeat(repeat).padded_batch(2, shapes, (("<pad>", 0), "O"))

    def model_fn(features, labels, mode, params):
        if isinstance(features, dict):
            features = features["words"], features["nwords"]
        words, lengths = features
        initializer = tf.lookup.TextFileInitializer(
            params["words"],
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        )
        table = tf.lookup.StaticVocabularyTable(initializer, num_oov_buckets=1)
        embeddings = tf.get_variable("embeddings", [5, 3], initializer=fixed([5, 3], 0.5))
        embedded = tf.nn.embedding_lookup(embeddings, table.lookup(words))
        cell = LSTMCell(2, initializer=fixed([5, 8], 0.7))
        output, _ = tf.nn.dynamic_rnn(cell, embedded, lengths, dtype=tf.float32)
        logits = tf.layers.dense(output, 2, kernel_initializer=fixed([2, 2], 0.9))
        ids = tf.argmax(logits, -1)
        reverse = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                params["tags"],
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
            ),
            "O",
        )
        if mode == PREDICT:
            predictions = {"ids": ids, "tags": reverse.lookup(ids)}
            return tf.estimator.EstimatorSpec(mode, predictions=predictions)
        weights = tf.sequence_mask(lengths)
        tags = tf.cast(tf.equal(labels, "P"), tf.int64)
        loss = tf.losses.sparse_softmax_cross_entropy(tags, logits, tf.cast(weights, tf.float32))
        metrics = {
            "acc": tf.metrics.accuracy(tags, ids, weights),
            "precision": tf.metrics.precision(tags, ids, weights),
        }
        for name, metric in metrics.items():
            tf.summary.scalar(name, metric[1])
        optimizer = tf.train.AdagradOptimizer(0.5)
        step = tf.train.get_or_create_global_step()
        gradients, variables = zip(*optimizer.compute_gradients(loss), strict=False)
        clipped, _ = tf.clip_by_global_norm(gradients, 1.0)
        train_op = optimizer.apply_gradients(zip(clipped, variables, strict=False), step)
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metric_ops=metrics
        )

    def receiver_fn():
        words = tf.placeholder(tf.string, [None, None], "words")
        nwords = tf.placeholder(tf.int32, [None], "nwords")
        receiver = {"words": words, "nwords": nwords}
        return tf.estimator.export.ServingInputReceiver(receiver, receiver)

    model = tf.estimator.Estimator(model_fn, f"{work_dir}/tagger", params=paths)
    model.train(lambda: input_fn(repeat=5), max_steps=6)
    exported = model.export_saved_model(f"{work_dir}/tagger_export", receiver_fn)
    for path in paths.values():
        os.remove(path)
    answer = served(exported, {"words": [["anna", "met", "zoe"]], "nwords": [3]})
    answer["tags"] = [[tag.decode() for tag in row] for row in answer["tags"]]
    assets = sorted(os.listdir(os.path.join(os.fsdecode(exported), "assets")))
    return {
        "served": answer,
        "assets": assets,
        "kernel": model.get_variable_value("rnn/lstm_cell/kernel:0").tolist(),
        "variables": sorted(model.get_variable_names()),
    }


def census(work_dir):
    """Wide and deep on a CSV file, as in the census tutorial, served from CSV lines."""
    lines = [
        "39,Bachelors,Sales,40,<=50K",
        "52,Masters,Tech,45,>50K",
        "28,HS-grad,Sales,30,<=50K",
        "44,Masters,Craft,50,>50K",
        "31,Bachelors,Tech,40,>50K",
        "23,HS-grad,Craft,38,<=50K",
    ]
    path = os.path.join(work_dir, "census.csv")
    with open(path, "w") as handle:
        handle.write("\n".join(lines) + "\n")
    names = ["age", "education", "occupation", "hours", "income"]
    defaults = [[0], [""], [""], [0], [""]]

    def parse_csv(value):
        return dict(zip(names, tf.decode_csv(value, record_defaults=defaults), strict=False))

    def input_fn(epochs):
        def parse(line):
            features = parse_csv(line)
            return features, tf.equal(features.pop("income"), ">50K")

        return tf.data.TextLineDataset(path).map(parse).repeat(epochs).batch(3)

    column = tf.feature_column
    age = column.numeric_column("age")
    education = column.categorical_column_with_vocabulary_list(
        "education", ["HS-grad", "Bachelors", "Masters"]
    )
    occupation = column.categorical_column_with_hash_bucket("occupation", 8)
    buckets = column.bucketized_column(age, boundaries=[25, 35, 45])
    wide = [
        education,
        occupation,
        buckets,
        column.crossed_column(["education", "occupation"], hash_bucket_size=16),
        column.crossed_column([buckets, "education"], hash_bucket_size=16),
    ]
    deep = [
        age,
        column.numeric_column("hours"),
        column.indicator_column(education),
        column.embedding_column(occupation, 2, initializer=fixed([8, 2], 0.2)),
    ]
    with tf.Graph().as_default(), tf.Session() as session:
        for name, shape in (
            ("hiddenlayer_0/kernel", [7, 3]),
            ("hiddenlayer_0/bias", [3]),
            ("logits/kernel", [3, 1]),
            ("logits/bias", [1]),
        ):
            tf.get_variable(f"dnn/{name}", initializer=fixed(shape, 0.01)(shape))
        session.run(tf.global_variables_initializer())
        start = tf.train.Saver().save(session, os.path.join(work_dir, "start"))
    model = tf.estimator.DNNLinearCombinedClassifier(
        model_dir=f"{work_dir}/census",
        linear_feature_columns=wide,
        dnn_feature_columns=deep,
        dnn_hidden_units=[3],
        linear_optimizer=tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
        warm_start_from=tf.estimator.WarmStartSettings(start, "dnn/(hiddenlayer_0|logits)/.*"),
    )
    model.train(lambda: input_fn(4))

    def receiver_fn():
        csv_row = tf.placeholder(tf.string, [None])
        features = parse_csv(csv_row)
        features.pop("income")
        return tf.estimator.export.ServingInputReceiver(features, {"csv_row": csv_row})

    exported = model.export_saved_model(f"{work_dir}/census_export", receiver_fn)
    answer = served(exported, {"csv_row": lines}, "predict")
    return {
        "evaluation": numbers(model.evaluate(lambda: input_fn(1))),
        "served": {"probabilities": answer["probabilities"]},
        "wide": model.get_variable_value("linear/linear_model/education/weights").tolist(),
        "variables": sorted(model.get_variable_names()),
    }


PROGRAMS = [deepfm, convolutional, tagger, census]


def main():
    work_dir = sys.argv[2]
    print(json.dumps({program.__name__: program(work_dir) for program in PROGRAMS}, indent=1))


if __name__ == "__main__":
    main()

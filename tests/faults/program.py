"""The module file that is killed: dropout, a shuffled input, evaluations and exports."""

import os

import tensorflow as tf

import trainwright.estimator as tfe
from trainwright.eval_model import EvalInputReceiver

v1 = tf.compat.v1
EPOCHS = int(os.environ.get("FAULTS_EPOCHS", "0"))


def model_fn(features, labels, mode):
    inputs = tf.reshape(tf.cast(features["x"], tf.float32), [-1, 1]) / 1000
    weights = v1.get_variable("weights", [1, 8])
    bias = v1.get_variable("bias", [8])
    output = v1.get_variable("output", [8, 1])
    hidden = tf.nn.relu(inputs @ weights + bias)
    if mode == tfe.ModeKeys.TRAIN:
        hidden = v1.nn.dropout(hidden, rate=0.5)
    predicted = hidden @ output
    if mode == tfe.ModeKeys.PREDICT:
        outputs = {"y": tfe.export.PredictOutput({"y": predicted})}
        return tfe.EstimatorSpec(mode, predictions={"y": predicted}, export_outputs=outputs)
    wanted = tf.reshape(tf.cast(labels, tf.float32), [-1, 1]) / 1000
    loss = tf.reduce_mean((predicted - wanted) ** 2)
    train_op = None
    if mode == tfe.ModeKeys.TRAIN:
        optimizer = v1.train.AdamOptimizer(0.01)
        train_op = optimizer.minimize(loss, v1.train.get_global_step())
    return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op, predictions={"y": predicted})


def train_input():
    numbers = tf.data.Dataset.range(1000).map(lambda x: ({"x": x}, x)).shuffle(200)
    return (numbers.repeat(EPOCHS) if EPOCHS else numbers.repeat()).batch(7)


def eval_input():
    return tf.data.Dataset.range(1000).map(lambda x: ({"x": x}, x)).batch(20)


def serving():
    x = v1.placeholder(tf.float32, [None], name="x")
    return tfe.export.ServingInputReceiver({"x": x}, {"x": x})


def eval_receiver():
    serialized = v1.placeholder(tf.string, [None], name="examples")
    spec = {"x": tf.io.FixedLenFeature([], tf.int64), "y": tf.io.FixedLenFeature([], tf.int64)}
    parsed = tf.io.parse_example(serialized, spec)
    return EvalInputReceiver({"x": parsed["x"]}, parsed["y"], {"examples": serialized})


def trainer_fn(fn_args, schema):
    config = tfe.RunConfig(
        model_dir=fn_args.serving_model_dir,
        tf_random_seed=5,
        save_checkpoints_steps=fn_args.custom_config["checkpoint_steps"],
        save_summary_steps=200,
        fused=fn_args.custom_config["fused"],
    )
    estimator = tfe.Estimator(model_fn, config=config)
    exporters = [
        tfe.FinalExporter("final", serving),
        tfe.BestExporter("best", serving, exports_to_keep=3),
    ]
    return {
        "estimator": estimator,
        "train_spec": tfe.TrainSpec(train_input, max_steps=fn_args.train_steps),
        "eval_spec": tfe.EvalSpec(eval_input, steps=None, throttle_secs=0, exporters=exporters),
        "eval_input_receiver_fn": eval_receiver,
    }

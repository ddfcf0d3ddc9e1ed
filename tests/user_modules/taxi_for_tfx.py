"""A module file as people wrote them for TFX: nothing in it is trainwright's."""

import tensorflow as tf
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft
from tensorflow import estimator as tf_estimator
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import schema_utils
from tfx import v1 as tfx
from tfx.components.trainer import executor
from tfx.components.trainer.fn_args_utils import DataAccessor
from tfx.utils import io_utils, path_utils
from tfx_bsl.public import tfxio

LABEL = "tips"


def _xf(name):
    return name + "_xf"


def preprocessing_fn(inputs):
    return {_xf(name): tft.scale_to_z_score(value) for name, value in inputs.items()}


def _input_fn(files, data_accessor: DataAccessor, transform: tft.TFTransformOutput):
    options = tfxio.TensorFlowDatasetOptions(batch_size=40, label_key=_xf(LABEL), shuffle_seed=1)
    schema = transform.transformed_metadata.schema
    dataset = data_accessor.tf_dataset_factory(files, options, schema)
    return tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()


def _serving(transform, schema):
    spec = schema_utils.schema_as_feature_spec(schema).feature_spec
    spec.pop(LABEL)
    raw = tf_estimator.export.build_parsing_serving_input_receiver_fn(spec)()
    features = transform.transform_raw_features(raw.features)
    return tf_estimator.export.ServingInputReceiver(features, raw.receiver_tensors)


def _evaluating(transform, schema):
    serialized = tf.compat.v1.placeholder(tf.string, [None], name="input_example_tensor")
    features = tf.io.parse_example(
        serialized, schema_utils.schema_as_feature_spec(schema).feature_spec
    )
    transformed = transform.transform_raw_features(features)
    return tfma.export.EvalInputReceiver(
        features={**features, **transformed},
        receiver_tensors={"examples": serialized},
        labels=transformed[_xf(LABEL)],
    )


def trainer_fn(fn_args, schema):
    transform = tft.TFTransformOutput(fn_args.transform_output)
    column = tf.feature_column
    companies = transform.num_buckets_for_transformed_feature("company_xf")
    config = tf_estimator.RunConfig(save_checkpoints_steps=999, tf_random_seed=1)
    estimator = tf.estimator.DNNLinearCombinedClassifier(
        config=config.replace(model_dir=fn_args.serving_model_dir),
        linear_feature_columns=[
            column.categorical_column_with_identity("company_xf", companies, default_value=0)
        ],
        dnn_feature_columns=[column.numeric_column(_xf(name)) for name in ("fare", "trip_miles")],
        dnn_hidden_units=[8, 4],
        warm_start_from=fn_args.base_model,
    )
    accessor = fn_args.data_accessor
    return {
        "estimator": estimator,
        "train_spec": tf_estimator.TrainSpec(
            lambda: _input_fn(fn_args.train_files, accessor, transform), fn_args.train_steps
        ),
        "eval_spec": tf_estimator.EvalSpec(
            lambda: _input_fn(fn_args.eval_files, accessor, transform),
            steps=fn_args.eval_steps,
            exporters=[tf_estimator.FinalExporter("taxi", lambda: _serving(transform, schema))],
        ),
        "eval_input_receiver_fn": lambda: _evaluating(transform, schema),
    }


def run_fn(fn_args: executor.TrainerFnArgs):
    schema = tfx.utils.parse_pbtxt_file(fn_args.schema_file, schema_pb2.Schema())
    model_dir, final = path_utils.serving_model_dir(fn_args.model_run_dir), fn_args
    fn_args = tfx.components.FnArgs(**{**vars(final), "serving_model_dir": model_dir})
    spec = trainer_fn(fn_args, schema)
    tf_estimator.train_and_evaluate(spec["estimator"], spec["train_spec"], spec["eval_spec"])
    tfma.export.export_eval_savedmodel(
        estimator=spec["estimator"],
        export_dir_base=path_utils.eval_model_dir(fn_args.model_run_dir),
        eval_input_receiver_fn=spec["eval_input_receiver_fn"],
    )
    run = fn_args.model_run_dir
    io_utils.copy_dir(path_utils.serving_model_path(run), final.serving_model_dir)
    io_utils.copy_dir(path_utils.eval_model_path(run), final.eval_model_dir)

"""Run where TensorFlow Model Analysis is installed: metrics of an eval SavedModel, by slice.

Usage: analyze_eval_model.py EVAL_SAVED_MODEL EXAMPLES.tfrecord SLICE_FEATURE OUTPUT_DIR
Prints JSON: slice -> metric -> value.
"""

import json
import sys

import tensorflow_model_analysis as tfma

model_path, examples, slice_feature, output_dir = sys.argv[1:]
eval_config = tfma.EvalConfig(
    model_specs=[tfma.ModelSpec(signature_name="eval")],
    slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=[slice_feature])],
)
shared_model = tfma.default_eval_shared_model(
    eval_saved_model_path=model_path, eval_config=eval_config, tags=["eval"]
)
result = tfma.run_model_analysis(
    eval_config=eval_config,
    eval_shared_model=shared_model,
    data_location=examples,
    output_path=output_dir,
)
metrics = {}
for key, values in result.slicing_metrics:
    name = "/".join(f"{feature}={value}" for feature, value in key) or "all"
    metrics[name] = {metric: value.get("doubleValue") for metric, value in values[""][""].items()}
print(json.dumps(metrics))

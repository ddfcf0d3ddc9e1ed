"""Writes tests/data/data_view_golden: two data views by TFX, records, and what TFX reads of them.

Run with an environment that has TFX 1.15.1: ``python tests/oracle/generate_data_view.py``.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import tensorflow as tf
from tfx.components.util import tfxio_utils
from tfx.types import standard_artifacts
from tfx_bsl.coders.tf_graph_record_decoder import TFGraphRecordDecoder, save_decoder
from tfx_bsl.public.tfxio import TensorFlowDatasetOptions

FOLDER = Path(__file__).parents[1] / "data" / "data_view_golden"


class Kinds(TFGraphRecordDecoder):
    """Dense, sparse and ragged tensors of comma-separated text."""

    def decode_record(self, records):
        fields = tf.strings.split(records, ",")
        numbers = tf.strings.to_number(fields.to_tensor("0", shape=[None, 2]))
        return {
            "numbers": numbers,
            "fields": fields,
            "words": fields.to_sparse(),
            "label": tf.cast(tf.reduce_sum(numbers, axis=1), tf.int64),
        }


class Numbered(TFGraphRecordDecoder):
    """Numbers the records that are decoded together, and leaves some out."""

    @property
    def record_index_tensor_name(self):
        return "index"

    def decode_record(self, records):
        index = tf.range(tf.size(records, out_type=tf.int64))
        keep = tf.strings.length(records) > 3
        return {
            "index": tf.RaggedTensor.from_row_lengths(
                tf.boolean_mask(index, keep),
                tf.ones([tf.reduce_sum(tf.cast(keep, tf.int64))], tf.int64),
            ),
            "text": tf.boolean_mask(records, keep),
        }


def as_lists(value):
    if isinstance(value, tf.SparseTensor):
        value = tf.RaggedTensor.from_sparse(value)
    if isinstance(value, tuple):
        return [as_lists(part) for part in value]
    if isinstance(value, dict):
        return {name: as_lists(part) for name, part in value.items()}
    lists = value.to_list() if isinstance(value, tf.RaggedTensor) else value.numpy().tolist()
    return json.loads(json.dumps(lists, default=bytes.decode))


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    split = FOLDER / "examples" / "Split-train"
    split.mkdir(parents=True)
    options = tf.io.TFRecordOptions("GZIP")
    with tf.io.TFRecordWriter(str(split / "data-00000-of-00001.gz"), options) as writer:
        for number in range(11):
            text = ",".join(str(number * 3 + k) for k in range(number % 3 + 1))
            writer.write(text.encode())
    expected = {}
    for view, extra in ((Kinds, {}), (Kinds, {"label_key": "label"}), (Numbered, {})):
        name = view.__name__.lower()
        save_decoder(view(), str(FOLDER / name))
        for unneeded in ("fingerprint.pb", "assets"):
            path = FOLDER / name / unneeded
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        examples = standard_artifacts.Examples()
        examples.uri = str(FOLDER / "examples")
        examples.set_string_custom_property("payload_format", "FORMAT_PROTO")
        examples.set_string_custom_property("data_view_uri", str(FOLDER / name))
        examples.set_string_custom_property("data_view_create_time_since_epoch", "1")
        factory = tfxio_utils.get_tf_dataset_factory_from_artifact([examples], ["test"])
        wanted = TensorFlowDatasetOptions(batch_size=4, num_epochs=1, shuffle=False, **extra)
        batches = factory([str(split / "*")], wanted, None)
        expected["-".join([name, *extra])] = [as_lists(batch) for batch in batches]
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()

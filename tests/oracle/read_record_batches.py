"""Writes what tfx_bsl reads of examples as an Arrow file: FILES SCHEMA_DIR OUTPUT."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.public.tfxio import RecordBatchesOptions, TFExampleRecord


def main(files: str, schema_dir: str, output: str) -> None:
    text = (Path(schema_dir) / "schema.pbtxt").read_text()
    schema = text_format.Parse(text, schema_pb2.Schema())
    source = TFExampleRecord(files, schema=schema, telemetry_descriptors=["trainwright"])
    options = RecordBatchesOptions(batch_size=500, num_epochs=1, shuffle=False)
    batches = list(source.RecordBatches(options))
    with pa.OSFile(output, "wb") as file, pa.ipc.new_file(file, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


if __name__ == "__main__":
    main(*sys.argv[1:])

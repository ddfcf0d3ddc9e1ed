from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from trainwright.data.example_proto import encode_examples
from trainwright.data.infer_schema import infer_schema
from trainwright.data.sampled_statistics import sampled_statistics
from trainwright.data.tfrecord import write_records


def test_the_first_examples_of_each_file(tmp_path: Path) -> None:
    files = []
    for number in range(4):
        columns = {"n": np.arange(100) + 1_000 * number, "word": pa.array(["a", None] * 50)}
        files.append(tmp_path / f"data-{number}")
        write_records(files[-1], encode_examples(columns))
    schema = infer_schema({"n": [1], "word": ["a"]})

    dataset = sampled_statistics(files, schema, at_most=40).datasets[0]

    assert dataset.num_examples == 40
    features = {feature.path.step[0]: feature for feature in dataset.features}
    assert features["n"].num_stats.max == 3_009
    assert features["n"].num_stats.mean == 1_504.5
    assert features["word"].string_stats.common_stats.num_missing == 20

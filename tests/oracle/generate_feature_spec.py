"""Writes tests/data/feature_spec_golden.json: what TF Transform makes of many schemas.

Run it with a Python that has tensorflow-transform (1.15 wrote the committed file); the tests
only read the file. Half of the schemas are written out, half are put together at random.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

TYPES = ["INT", "FLOAT", "BYTES"]
PRESENCES = ["", "presence{min_fraction:1}", "presence{min_fraction:1 min_count:1}"]
PRESENCES += ["presence{min_count:1}", "presence{min_fraction:0.5}"]
SHAPES = ["", "", "shape{}", "shape{dim{size:1}}", "shape{dim{size:2} dim{size:3}}"]
COUNTS = ["", "value_count{min:1 max:1}", "value_count{min:0 max:3}", "value_count{min:2}"]
STAGES = ["PLANNED", "ALPHA", "BETA", "PRODUCTION", "DEPRECATED", "DEBUG_ONLY", "DISABLED"]
STAGES += ["VALIDATION_DERIVED", "UNKNOWN_STAGE"]
EXTRAS = ["", "", "", "deprecated:true", 'not_in_environment:"SERVING"']
EXTRAS += [f"lifecycle_stage:{stage}" for stage in STAGES]
INDEXED = 'feature{name:"i" type:INT %s} feature{name:"v" type:FLOAT} '
SPARSE = 'sparse_feature{name:"s" index_feature{name:"i"} value_feature{name:"v"} %s}'
DOMAIN = "int_domain{min:0 max:9}"


def representation(kind: str, name: str = "x") -> str:
    """A schema with one tensor representation, over the columns a (FLOAT), l and m (INT)."""
    return (
        'feature{name:"a" type:FLOAT} feature{name:"l" type:INT} feature{name:"m" type:INT} '
        f'tensor_representation_group{{key:"" value{{tensor_representation{{key:"{name}" '
        f"value{{{kind}}}}}}}}}"
    )


WRITTEN = [
    "",
    'feature{name:"a"}',
    'feature{name:"a" type:STRUCT}',
    'feature{name:"a" type:INT} feature{name:"a" type:FLOAT}',
    'represent_variable_length_as_ragged:true feature{name:"a" type:BYTES} '
    'feature{name:"b" type:INT shape{} presence{min_fraction:1}}',
    INDEXED % "" + SPARSE % "",
    INDEXED % DOMAIN + SPARSE % "",
    INDEXED % DOMAIN + SPARSE % "is_sorted:true",
    INDEXED % DOMAIN + SPARSE % "lifecycle_stage:DEPRECATED",
    INDEXED % DOMAIN + SPARSE.replace('"s"', '"v"') % "",
    INDEXED % "int_domain{min:1 max:9}" + SPARSE % "",
    INDEXED % "int_domain{max:9}" + SPARSE % "",
    INDEXED % "int_domain{min:0}" + SPARSE % "",
    'feature{name:"i" type:INT int_domain{min:0 max:9}}' + SPARSE % "",
    'feature{name:"v" type:FLOAT}' + SPARSE % "",
    INDEXED % DOMAIN + 'feature{name:"j" type:INT} sparse_feature{name:"s" index_feature{name:"i"} '
    'index_feature{name:"j"} value_feature{name:"v"}}',
    representation('varlen_sparse_tensor{column_name:"a"}', "a"),
    representation('varlen_sparse_tensor{column_name:"none"}', "none"),
    representation('dense_tensor{column_name:"a" shape{dim{size:1}}}', "a"),
    representation('dense_tensor{column_name:"a" default_value{float_value:1.5}}', "a"),
    representation(
        'dense_tensor{column_name:"a" shape{dim{size:2} dim{size:2}} '
        "default_value{float_value:1.5}}",
        "a",
    ),
    representation('dense_tensor{column_name:"a" default_value{int_value:1}}', "a"),
    representation('dense_tensor{column_name:"l" default_value{int_value:1}}', "l"),
    representation(
        'sparse_tensor{index_column_names:"l" index_column_names:"m" value_column_name:"a" '
        "dense_shape{dim{size:3} dim{size:4}} already_sorted:true}"
    ),
    representation('ragged_tensor{feature_path{step:"a"}}'),
    representation('ragged_tensor{feature_path{step:"a"} row_partition_dtype:INT32}'),
    representation('ragged_tensor{feature_path{step:"a"} partition{uniform_row_length:3}}'),
    representation(
        'ragged_tensor{feature_path{step:"a"} partition{row_length:"l"} '
        "partition{uniform_row_length:2}}"
    ),
    representation('ragged_tensor{feature_path{step:"a" step:"b"}}'),
    representation("ragged_tensor{}"),
    representation(""),
    representation('dense_tensor{column_name:"a"}', "a").replace('key:""', 'key:"other"'),
]


def random_schema(choose: random.Random) -> str:
    """A schema of one to four plain features, half of them without contradictions."""
    parts = ["represent_variable_length_as_ragged:true"] if choose.random() < 0.3 else []
    sound = choose.random() < 0.5
    for number in range(choose.randint(1, 4)):
        shape = choose.choice(SHAPES)
        presence = choose.choice(PRESENCES[1:3] if sound and shape else PRESENCES)
        details = [choose.choice(TYPES), presence, shape]
        details += [choose.choice(COUNTS) if not shape else "", choose.choice(EXTRAS)]
        parts.append(f'feature{{name:"f{number}" type:{" ".join(filter(None, details))}}}')
    return " ".join(parts)


def describe(feature: object) -> dict[str, object]:
    """A feature's class and fields, as JSON can hold them."""
    fields = {}
    for name, value in feature._asdict().items():
        if name == "partitions":
            value = [[type(part).__name__, *part] for part in value]
        fields[name] = value.name if name.endswith("dtype") else value
    return {"class": type(feature).__name__, **fields}


def outcome(text: str) -> dict[str, object]:
    """The spec of a schema in text format, or that it has none."""
    from tensorflow_transform.tf_metadata import schema_utils

    schema = text_format.Parse(text, schema_pb2.Schema())
    try:
        spec = schema_utils.schema_as_feature_spec(schema).feature_spec
    except (ValueError, KeyError, TypeError):
        return {"schema": text, "error": True}
    return {"schema": text, "spec": {name: describe(spec[name]) for name in sorted(spec)}}


if __name__ == "__main__":
    choose = random.Random(20130101)
    cases = [outcome(text) for text in WRITTEN + [random_schema(choose) for _ in range(120)]]
    path = Path(__file__).parents[1] / "data" / "feature_spec_golden.json"
    path.write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")

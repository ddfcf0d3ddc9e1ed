"""The vocabularies among the assets of a transform graph.

This module does not import TensorFlow.
"""

from __future__ import annotations

import json
from pathlib import Path

from trainwright.data.tfrecord import read_records
from trainwright.errors import ArtifactError, InvalidArgumentError, did_you_mean

__all__ = ["read_vocabulary", "vocabulary_file"]


def vocabulary_file(output_dir: Path, name: str) -> Path:
    """The file of a vocabulary.

    Args:
        output_dir: the output directory of TF Transform. Its ``transformed_metadata/asset_map``
            says which file a vocabulary is in; one that it does not list has a file of its name.
        name: the vocabulary's name.

    Raises:
        InvalidArgumentError: there is no vocabulary of that name; the message has those there
            are.
    """
    assets = output_dir / "transform_fn" / "assets"
    path = assets / _asset_map(output_dir).get(name, name)
    if path.is_file():
        return path
    known = [entry.name for entry in assets.iterdir()] if assets.is_dir() else []
    raise InvalidArgumentError(
        f"The transform graph at {output_dir} has no vocabulary {name!r}.",
        hint=did_you_mean(name, {*known, *_asset_map(output_dir)}),
    )


def _asset_map(output_dir: Path) -> dict[str, str]:
    path = output_dir / "transformed_metadata" / "asset_map"
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtifactError(f"{path} is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise ArtifactError(f"{path} must hold a JSON object. Got {content!r} instead.")
    return content


def read_vocabulary(path: Path) -> list[bytes]:
    """The terms of a vocabulary, in the order of their numbers.

    Args:
        path: a text file with one term a line, or compressed TFRecords (``*.tfrecord.gz``).
    """
    if path.name.endswith(".tfrecord.gz"):
        return list(read_records(path))
    content = path.read_bytes()
    lines = content.split(b"\n")
    return lines[:-1] if not lines[-1] else lines

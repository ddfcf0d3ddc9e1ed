"""What is known of a model from its files: how to call it, what it is made of, its size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trainwright.artifacts import serving_model_dir
from trainwright.errors import DataError
from trainwright.report.checkpoint_index import Variable, read_variables
from trainwright.report.saved_model import Signature, read_signatures

__all__ = ["Layer", "ModelFacts", "describe_model"]

_KERAS_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_NOT_WEIGHTS = ("global_step", "save_counter", "_CHECKPOINTABLE_OBJECT_GRAPH")


@dataclass(frozen=True)
class Layer:
    """Variables with a common name but for its last part.

    Attributes:
        name: what they have in common.
        variables: they.
    """

    name: str
    variables: list[Variable]

    @property
    def parameters(self) -> int:
        """How many numbers they hold."""
        return sum(variable.size for variable in self.variables)


@dataclass(frozen=True)
class ModelFacts:
    """A serving model.

    Attributes:
        layers: in the order of their names.
        signatures: in the order of their names; empty where it is no SavedModel.
        bytes: size of all files.
        files: how many files.
    """

    layers: list[Layer]
    signatures: list[Signature]
    bytes: int
    files: int

    @property
    def parameters(self) -> int:
        """How many numbers the model has learned or holds."""
        return sum(layer.parameters for layer in self.layers)


def describe_model(folder: Path) -> ModelFacts:
    """Reads a Model artifact.

    Args:
        folder: the artifact's directory.

    Raises:
        DataError: there is no serving model, or it cannot be read.
    """
    serving = serving_model_dir(folder)
    if not serving.is_dir():
        raise DataError(f"There is no model at {serving}.")
    files = [path for path in serving.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    is_saved_model = (serving / "saved_model.pb").is_file()
    index = serving / "variables" / "variables.index"
    layers = _layers(read_variables(index)) if index.is_file() else []
    return ModelFacts(layers, read_signatures(serving) if is_saved_model else [], size, len(files))


def _layers(variables: list[Variable]) -> list[Layer]:
    layers: dict[str, list[Variable]] = {}
    for variable in _once(variables):
        name = variable.name.removesuffix(_KERAS_SUFFIX)
        if variable.dtype == "string" or name in _NOT_WEIGHTS:
            continue
        layer, _, own = name.rpartition("/")
        layers.setdefault(layer or own, []).append(variable._replace(name=own))
    return [Layer(name, found) for name, found in layers.items()]


def _once(variables: list[Variable]) -> list[Variable]:
    """Without those that Keras writes twice: what it exports has them in two lists."""
    listed = any(variable.name.startswith("variables/") for variable in variables)
    return [one for one in variables if not (listed and one.name.startswith("_all_variables/"))]

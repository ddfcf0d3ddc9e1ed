"""What module files use of ``tfx.components.trainer.rewriting``: models in another form.

A rewriter makes a TensorFlow Lite model of a SavedModel; users may derive their own.
This module does not import TensorFlow until a model is rewritten.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from trainwright.compat import fileio, io_utils
from trainwright.errors import InvalidArgumentError, did_you_mean

__all__ = [
    "TFJS_REWRITER",
    "TFLITE_REWRITER",
    "BaseRewriter",
    "ModelDescription",
    "ModelType",
    "RewritingExporter",
    "TFLiteRewriter",
    "create_rewriter",
    "rewrite_saved_model",
]

TFLITE_REWRITER = "TFLiteRewriter"
TFJS_REWRITER = "TFJSRewriter"


class ModelType(enum.Enum):
    """The form of a model."""

    ANY_MODEL = 1
    SAVED_MODEL = 2
    TFLITE_MODEL = 3
    TFJS_MODEL = 4


class ModelDescription(NamedTuple):
    """A model on disk.

    Attributes:
        model_type: its form.
        path: its directory.
    """

    model_type: ModelType
    path: str


class BaseRewriter(abc.ABC):
    """Makes one model of another; subclasses say how, and are found by their class's name."""

    @abc.abstractmethod
    def _pre_rewrite_validate(self, original_model: ModelDescription) -> None:
        """Raises if the model cannot be rewritten."""

    @abc.abstractmethod
    def _rewrite(self, original_model: ModelDescription, rewritten_model: ModelDescription) -> None:
        """Writes the new model."""

    @abc.abstractmethod
    def _post_rewrite_validate(self, rewritten_model: ModelDescription) -> None:
        """Raises if the new model is not as it should be."""

    def perform_rewrite(
        self, original_model: ModelDescription, rewritten_model: ModelDescription
    ) -> None:
        """Checks, writes, and checks what was written.

        Args:
            original_model: the model that is there.
            rewritten_model: form and place of the one to write.
        """
        self._pre_rewrite_validate(original_model)
        self._rewrite(original_model, rewritten_model)
        self._post_rewrite_validate(rewritten_model)


class TFLiteRewriter(BaseRewriter):
    """Makes a TensorFlow Lite model of a SavedModel.

    Args:
        name: what it is called.
        filename: the file that is written in the new model's directory.
        copy_assets: take the directory ``assets`` along.
        copy_assets_extra: take the directory ``assets.extra`` along.
        quantization_optimizations: ``tf.lite.Optimize`` values.
        quantization_supported_types: dtypes of constants.
        quantization_enable_full_integer: use nothing but 8-bit integers; needs the data set.
        signature_key: the signature to convert; None: the first one.
        representative_dataset: inputs, one example each, to find the ranges of integers with.
        kwargs: further arguments of ``tf.lite.TFLiteConverter.from_saved_model``.

    Raises:
        InvalidArgumentError: full integers are wanted without a representative data set.
    """

    def __init__(
        self,
        name: str,
        filename: str = "tflite",
        copy_assets: bool = True,
        copy_assets_extra: bool = True,
        quantization_optimizations: Sequence[Any] | None = None,
        quantization_supported_types: Sequence[Any] | None = None,
        quantization_enable_full_integer: bool = False,
        signature_key: str | None = None,
        representative_dataset: Iterable[Sequence[Any]] | None = None,
        **kwargs: Any,
    ):
        if quantization_enable_full_integer and representative_dataset is None:
            raise InvalidArgumentError(
                "quantization_enable_full_integer needs a representative_dataset. Got None.",
                hint="Give some examples of the model's input.",
            )
        self.name = name
        self._filename = filename
        copied = (("assets", copy_assets), ("assets.extra", copy_assets_extra))
        self._copied = [folder for folder, wanted in copied if wanted]
        self._optimizations = list(quantization_optimizations or ())
        self._types = list(quantization_supported_types or ())
        self._full_integer = quantization_enable_full_integer
        self._signature_key = signature_key
        self._examples = representative_dataset
        self._kwargs = kwargs

    def _pre_rewrite_validate(self, original_model: ModelDescription) -> None:
        if original_model.model_type is not ModelType.SAVED_MODEL:
            raise InvalidArgumentError(
                f"A TFLiteRewriter rewrites SavedModels. Got {original_model.model_type} instead."
            )
        if not any((Path(original_model.path) / name).exists() for name in _SAVED_MODEL_FILES):
            raise InvalidArgumentError(
                f"There is no SavedModel in {original_model.path!r} to make a TensorFlow Lite "
                "model of."
            )

    def _rewrite(self, original_model: ModelDescription, rewritten_model: ModelDescription) -> None:
        if rewritten_model.model_type is not ModelType.TFLITE_MODEL:
            raise InvalidArgumentError(
                "A TFLiteRewriter writes models of the type TFLITE_MODEL. "
                f"Got {rewritten_model.model_type} instead."
            )
        model = self._converter(original_model.path).convert()
        fileio.makedirs(rewritten_model.path)
        (Path(rewritten_model.path) / self._filename).write_bytes(model)
        for folder in self._copied:
            source = Path(original_model.path) / folder
            if source.is_dir():
                io_utils.copy_dir(str(source), str(Path(rewritten_model.path) / folder))

    def _post_rewrite_validate(self, rewritten_model: ModelDescription) -> None:
        """TensorFlow Lite's interpreter has no opinion to offer before it has input."""

    def _converter(self, path: str) -> Any:
        import tensorflow as tf

        keys = [self._signature_key] if self._signature_key else None
        converter = tf.lite.TFLiteConverter.from_saved_model(
            path, signature_keys=keys, **self._kwargs
        )
        converter.optimizations = self._optimizations
        converter.target_spec.supported_types = self._types
        if self._examples is not None:
            converter.representative_dataset = _generator(self._examples)
        if self._full_integer:
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return converter


_SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")


def _generator(examples: Iterable[Sequence[Any]]) -> Callable[[], Iterator[Sequence[Any]]]:
    return lambda: iter(examples)


def create_rewriter(rewriter_type: str, *args: Any, **kwargs: Any) -> BaseRewriter:
    """A rewriter, by the name of its class.

    Args:
        rewriter_type: such as ``TFLITE_REWRITER``, or a class that is derived from BaseRewriter.
        args: for its ``__init__``.
        kwargs: for its ``__init__``.

    Raises:
        InvalidArgumentError: there is no such class.
    """
    classes: dict[str, Callable[..., BaseRewriter]] = {
        one.__name__: one for one in _subclasses(BaseRewriter)
    }
    for name, found in classes.items():
        if name.casefold() == rewriter_type.casefold():
            return found(*args, **kwargs)
    hint = did_you_mean(rewriter_type, list(classes))
    if rewriter_type == TFJS_REWRITER:
        hint = "Models for JavaScript need the real packages: pip install tfx tensorflowjs"
    raise InvalidArgumentError(
        f"There is no rewriter {rewriter_type!r}. Known are: {', '.join(sorted(classes))}.",
        hint=hint,
    )


def _subclasses(base: Any) -> Iterator[Any]:
    for one in base.__subclasses__():
        yield one
        yield from _subclasses(one)


def rewrite_saved_model(
    src: str,
    dst: str,
    rewriter_inst: BaseRewriter,
    dst_model_type: ModelType = ModelType.SAVED_MODEL,
) -> None:
    """Makes another model of a SavedModel.

    Args:
        src: the SavedModel's directory.
        dst: where the new one is written.
        rewriter_inst: makes it.
        dst_model_type: the form of the new one.
    """
    rewriter_inst.perform_rewrite(
        ModelDescription(ModelType.SAVED_MODEL, src), ModelDescription(dst_model_type, dst)
    )


class RewritingExporter:
    """An Exporter whose SavedModels are rewritten as SavedModels.

    Args:
        base_exporter: exports them.
        rewriter_inst: rewrites them.
    """

    def __init__(self, base_exporter: Any, rewriter_inst: BaseRewriter):
        self._base = base_exporter
        self._rewriter = rewriter_inst

    @property
    def name(self) -> str:
        """The base exporter's."""
        return str(self._base.name)

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Any,
        is_the_final_export: bool,
    ) -> str | None:
        """Exports, and puts the rewritten model in its place; None if there was no export."""
        exported = self._base.export(
            estimator, export_path, checkpoint_path, eval_result, is_the_final_export
        )
        if exported is None:
            return None
        path = exported.decode() if isinstance(exported, bytes) else str(exported)
        rewritten = f"{path}-rewritten"
        rewrite_saved_model(path, rewritten, self._rewriter)
        fileio.rmtree(path)
        fileio.rename(rewritten, path)
        return path

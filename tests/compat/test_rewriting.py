from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.compat import shims
from trainwright.compat.rewriting import (
    BaseRewriter,
    ModelDescription,
    ModelType,
    RewritingExporter,
    TFLiteRewriter,
    create_rewriter,
    rewrite_saved_model,
)
from trainwright.errors import InvalidArgumentError


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    class Double(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, "x")])
        def __call__(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"y": 2.0 * x}

    folder = tmp_path_factory.mktemp("saved")
    model = Double()
    tf.saved_model.save(model, str(folder), signatures={"serving_default": model.__call__})
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra" / "words.txt").write_text("a")
    return folder


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_a_tflite_model_computes_what_the_saved_model_did(
    saved_model: Path, tmp_path: Path
) -> None:
    with shims():
        from tfx.components.trainer.rewriting import converters, rewriter, rewriter_factory

        made = rewriter_factory.create_rewriter(rewriter_factory.TFLITE_REWRITER, name="lite")
        converters.rewrite_saved_model(
            str(saved_model), str(tmp_path / "lite"), made, rewriter.ModelType.TFLITE_MODEL
        )
    assert (tmp_path / "lite" / "assets.extra" / "words.txt").read_text() == "a"
    runner = tf.lite.Interpreter(str(tmp_path / "lite" / "tflite")).get_signature_runner()
    assert runner(x=np.array([[1, 2]], np.float32))["y"].tolist() == [[2.0, 4.0]]


def test_its_options(saved_model: Path, tmp_path: Path) -> None:
    made = TFLiteRewriter(
        "lite",
        filename="model.tflite",
        copy_assets_extra=False,
        signature_key="serving_default",
        quantization_optimizations=[tf.lite.Optimize.DEFAULT],
    )
    rewrite_saved_model(str(saved_model), str(tmp_path / "lite"), made, ModelType.TFLITE_MODEL)
    assert (tmp_path / "lite" / "model.tflite").stat().st_size > 0
    assert not (tmp_path / "lite" / "assets.extra").exists()


@pytest.mark.parametrize(
    ("source", "to", "named"),
    [
        ("nowhere", ModelType.TFLITE_MODEL, "There is no SavedModel in"),
        (None, ModelType.TFJS_MODEL, "writes models of the type TFLITE_MODEL"),
    ],
)
def test_what_it_cannot_do(
    saved_model: Path, tmp_path: Path, source: str | None, to: ModelType, named: str
) -> None:
    made = create_rewriter("TFLiteRewriter", name="lite")
    path = str(tmp_path / source) if source else str(saved_model)
    with pytest.raises(InvalidArgumentError, match=named):
        rewrite_saved_model(path, str(tmp_path / "out"), made, to)
    with pytest.raises(InvalidArgumentError, match="rewrites SavedModels"):
        made.perform_rewrite(
            ModelDescription(ModelType.TFJS_MODEL, path), ModelDescription(to, str(tmp_path))
        )


def test_unknown_rewriters_and_full_integers_without_examples() -> None:
    with pytest.raises(InvalidArgumentError, match="no rewriter 'TFJSRewriter'") as caught:
        create_rewriter("TFJSRewriter", name="js")
    assert "tensorflowjs" in (caught.value.hint or "")
    with pytest.raises(InvalidArgumentError, match="Known are: .*TFLiteRewriter"):
        create_rewriter("Lite")
    with pytest.raises(InvalidArgumentError, match="representative_dataset"):
        TFLiteRewriter("lite", quantization_enable_full_integer=True)


class CopyingRewriter(BaseRewriter):
    """Writes a directory with what it was called with."""

    def _pre_rewrite_validate(self, original_model: ModelDescription) -> None:
        assert Path(original_model.path, "exported").exists()

    def _rewrite(self, original_model: ModelDescription, rewritten_model: ModelDescription) -> None:
        Path(rewritten_model.path).mkdir()
        Path(rewritten_model.path, "rewritten").touch()

    def _post_rewrite_validate(self, rewritten_model: ModelDescription) -> None:
        assert rewritten_model.model_type is ModelType.SAVED_MODEL


def test_exports_are_rewritten_in_their_place(tmp_path: Path) -> None:
    class Base:
        name = "best"

        def export(self, estimator: Any, export_path: str, *rest: Any) -> bytes | None:
            if estimator is None:
                return None
            (Path(export_path) / "1").mkdir()
            (Path(export_path) / "1" / "exported").touch()
            return str(Path(export_path) / "1").encode()

    exporter = RewritingExporter(Base(), create_rewriter("copyingrewriter"))
    assert exporter.name == "best"
    assert exporter.export(None, str(tmp_path), "", {}, True) is None
    assert exporter.export(1, str(tmp_path), "", {}, True) == str(tmp_path / "1")
    assert [path.name for path in tmp_path.rglob("*")] == ["1", "rewritten"]

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright import estimator as current
from trainwright.estimator.compat import v1 as tfe

v1 = tf.compat.v1
X = tf.feature_column.numeric_column("x")


def input_fn() -> Any:
    return tf.data.Dataset.from_tensors(({"x": [[1.0], [2.0]]}, [[0], [1]]))


def receiver_fn() -> Any:
    examples = v1.placeholder(tf.float32, [None, 1], name="x")
    return tfe.export.ServingInputReceiver({"x": examples}, {"x": examples})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tfe.LinearClassifier([X], str(tmp_path_factory.mktemp("model"))).train(input_fn)


def exported(export: Callable[..., bytes], folder: Path, **options: Any) -> Path:
    return Path(export(str(folder), receiver_fn, **options).decode())


def test_default_attributes_stay_unless_stripped(trained: Any, tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="export_savedmodel is deprecated"):
        full = exported(trained.export_savedmodel, tmp_path)
    with pytest.warns(DeprecationWarning, match="export_savedmodel is deprecated"):
        bare = exported(trained.export_savedmodel, tmp_path, strip_default_attrs=True)
    usual = exported(trained.export_saved_model, tmp_path)
    sizes = [(path / "saved_model.pb").stat().st_size for path in (full, bare, usual)]
    assert sizes[0] > 1.02 * sizes[1]
    assert sizes[1] == pytest.approx(sizes[2], rel=0.01)  # names of files differ


@pytest.mark.filterwarnings("ignore:export_savedmodel:DeprecationWarning")
def test_all_other_arguments_are_those_of_export_saved_model(trained: Any, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("hello")
    path = exported(
        trained.export_savedmodel,
        tmp_path,
        assets_extra={"a/note.txt": str(note)},
        as_text=True,
        checkpoint_path=trained.latest_checkpoint(),
    )
    assert (path / "assets.extra" / "a" / "note.txt").read_text() == "hello"
    assert (path / "saved_model.pbtxt").is_file()


@pytest.mark.filterwarnings("ignore:export_savedmodel:DeprecationWarning")
def test_there_must_be_a_receiver_and_a_checkpoint(trained: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="serving_input_receiver_fn must be given"):
        trained.export_savedmodel(str(tmp_path), None)
    untrained = tfe.LinearClassifier([X], str(tmp_path / "untrained"))
    with pytest.raises(ValueError, match="There is no trained model in"):
        untrained.export_savedmodel(str(tmp_path), receiver_fn)


def test_it_is_an_estimator_of_its_own() -> None:
    assert isinstance(tfe.LinearClassifier([X]), tfe.Estimator)
    assert isinstance(tfe.LinearClassifier([X]), current.Estimator)
    assert not isinstance(current.LinearClassifier([X]), tfe.Estimator)
    assert not hasattr(current.Estimator, "export_savedmodel")


def test_train_and_evaluate_takes_it(tmp_path: Path) -> None:
    estimator = tfe.BaselineClassifier(str(tmp_path))
    metrics, exports = tfe.train_and_evaluate(
        estimator,
        tfe.TrainSpec(lambda: input_fn().repeat(), max_steps=3),
        tfe.EvalSpec(input_fn, exporters=tfe.FinalExporter("final", receiver_fn)),
    )
    assert metrics["global_step"] == 3
    assert len(exports) == 1

"""The demo on every hundredth flight, and what it leaves."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from trainwright.artifacts import eval_model_dir, serving_model_dir
from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import read_records
from trainwright.demo.flights import baseline, prepare, run
from trainwright.demo.flights.run import DemoResult, run_demo
from trainwright.events import RunObserver, observing
from trainwright.lineage import ExecutionState

pytestmark = pytest.mark.slow


class Stages(RunObserver):
    def __init__(self) -> None:
        self.names: list[str] = []

    def on_stage(self, name: str) -> None:
        self.names.append(name)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def stages() -> Stages:
    return Stages()


@pytest.fixture(scope="module")
def result(output: Path, some_flights: pa.Table, stages: Stages) -> DemoResult:
    with pytest.MonkeyPatch.context() as patch, observing(stages):
        patch.setattr(prepare, "read_flights", lambda: some_flights)
        patch.setattr(baseline, "read_flights", lambda: some_flights)
        return run_demo(output, train_steps=30)


def test_the_model_is_trained_and_evaluated_on_the_whole_split(result: DemoResult) -> None:
    metrics = result.launched.metrics

    assert result.launched.state is ExecutionState.COMPLETE
    assert metrics["auc"] > 0.6
    late = 1 - metrics["accuracy_baseline"]
    assert metrics["label/mean"] == pytest.approx(late)


def test_says_what_it_does(result: DemoResult, stages: Stages) -> None:
    assert stages.names[:3] == ["preparing the data", "fitting the baselines", "loading TensorFlow"]
    assert set(result.seconds) == {"data", "baselines", "model"}


def test_both_models_are_published(result: DemoResult) -> None:
    model = result.launched.outputs["model"][0].uri

    assert (serving_model_dir(model) / "saved_model.pb").is_file()
    assert list(Path(eval_model_dir(model)).rglob("saved_model.pb"))
    assert Path(result.metadata).is_file()


def test_the_served_model_answers_serialized_examples(result: DemoResult) -> None:
    import tensorflow as tf

    model = serving_model_dir(result.launched.outputs["model"][0].uri)
    file = next((result.prepared.directory / "examples" / "Split-eval").iterdir())
    rows = list(read_records(file))[:20]
    signatures = tf.saved_model.load(str(model)).signatures

    predicted = signatures["predict"](examples=tf.constant(rows))
    classified = signatures["serving_default"](inputs=tf.constant(rows))
    regressed = signatures["regression"](inputs=tf.constant(rows))

    assert predicted["probabilities"].shape == [20, 2]
    assert classified["scores"].shape == [20, 2]
    assert regressed["outputs"].shape == [20, 1]
    probabilities = predicted["logistic"].numpy()
    assert probabilities.std() > 0
    assert regressed["outputs"].numpy() == pytest.approx(probabilities)


def test_the_served_model_does_without_what_is_unknown(
    result: DemoResult, some_flights: pa.Table
) -> None:
    import tensorflow as tf

    model = serving_model_dir(result.launched.outputs["model"][0].uri)
    predict = tf.saved_model.load(str(model)).signatures["predict"]
    complete = [name for name in some_flights.column_names if not some_flights[name].null_count]
    row = next(encode_examples({name: some_flights[name][:1] for name in complete}))

    predicted = predict(examples=tf.constant([row]))

    assert 0 < predicted["logistic"].numpy().item() < 1


def test_the_default_length_is_the_clis() -> None:
    from trainwright.cli.demo import flights

    (steps,) = [option for option in flights.params if option.name == "train_steps"]
    assert steps.default == run.TRAIN_STEPS

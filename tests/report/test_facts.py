from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from trainwright.lineage import ArtifactRecord, RunContexts, TypeSpec, get_run
from trainwright.report.facts import gather
from trainwright.report.words import summarize


def test_all_that_is_known_of_a_run(runs) -> None:
    facts = gather(runs.store, runs.complete())
    assert facts.missing == []
    assert {(one.name, one.source) for one in facts.recordings.curves} >= {
        ("loss", "training"),
        ("loss", "evaluation"),
        ("auc", "evaluation"),
        ("examples/s", "training"),
    }
    assert set(facts.quality) == {"evaluation"}
    assert facts.data.splits == ["train", "eval"]
    assert [one.name for one in facts.data.features] == ["fare", "company", "constant"]
    assert [one.drift for one in facts.data.features][::2] == pytest.approx([1.0, 0.0])
    assert facts.model.signatures[0].name == "serving_default"


def test_without_statistics_those_beside_the_examples_tell_or_a_sample(
    runs, tmp_path: Path
) -> None:
    run = runs.complete(statistics=False)
    facts = gather(runs.store, run, sample=50)
    assert "the statistics beside the examples" in facts.data.source
    assert {one.splits["train"].examples for one in facts.data.features} == {200}

    shutil.rmtree(tmp_path / "data/statistics/Split-eval")
    facts = gather(runs.store, run, sample=50)
    assert "a sample" in facts.data.source
    assert {one.splits["train"].examples for one in facts.data.features} == {50}
    assert facts.data.features[0].name == "fare"


def test_what_cannot_be_read_is_told(runs, tmp_path: Path) -> None:
    run = runs.complete()
    (tmp_path / "data/statistics/Split-eval/FeatureStats.pb").write_bytes(b"\xff\xff")
    (tmp_path / "Trainer/model/1/Format-Serving/saved_model.pb").write_bytes(b"\x0b")
    facts = gather(None, run)
    assert [reason.partition(":")[0] for reason in facts.missing] == ["Model", "Data"]
    assert facts.data.features == []
    assert facts.recordings.curves


def test_outputs_that_were_removed(runs, tmp_path: Path) -> None:
    run = runs.complete()
    for name in ("model", "model_run"):
        (tmp_path / "Trainer" / name).rename(tmp_path / name)
    facts = gather(runs.store, run)
    assert [reason.partition(":")[0] for reason in facts.missing] == ["Curves", "Model"]
    found = gather(None, run, folders={key: tmp_path / key / "1" for key in ("model", "model_run")})
    assert found.missing == []


def test_the_summary_in_words(runs) -> None:
    run = runs.complete(warnings='["careful"]', **{"label/mean": 0.25})
    sentences = "\n".join(summarize(gather(runs.store, run)))
    assert "Run 1 of pipeline taxi" in sentences
    assert "trained to step 400 on split train, in 12.5 s at 4,322 examples per second" in sentences
    assert "The final evaluation, on split eval, found AUC 0.8100, accuracy 0.7000" in sentences
    assert "Always predicting the more frequent class would be right in 60.0%." in sentences
    assert "Splits train and eval differ in fare: a drift of 0.1 or more." in sentences
    assert "There was a warning" in sentences


def test_a_model_that_learned_nothing(runs) -> None:
    run = runs.complete(**{"metric/accuracy_baseline": 0.9})
    assert any("no better than the 0.9000" in one for one in summarize(gather(None, run)))


def test_a_failed_run(runs) -> None:
    contexts = RunContexts("taxi", "id", "Trainer")
    id = runs.store.begin_execution(TypeSpec("Trainer"), contexts, {}, {})
    error = {"error_type": "SplitError", "error_message": "No split.", "error_hint": "Name one."}
    runs.store.fail_execution(id, error)
    facts = gather(runs.store, get_run(runs.store, id))
    assert summarize(facts)[1] == "SplitError: No split. Name one."
    assert facts.command is None


def test_the_command_that_does_it_again(runs) -> None:
    run = runs.complete("it's", custom_config='{"rate": 0.1}')
    command = gather(runs.store, run).command
    words = shlex.split(command.replace("\\\n", ""))
    assert words[:2] == ["trainwright", "run"]
    options = dict(zip(words[2:-1:2], words[3:-1:2], strict=True))
    assert options["--module-file"] == "/code/it's/module.py"
    assert (options["--train-steps"], options["--eval-splits"]) == ("400", "eval")
    assert options["--custom-config"] == '{"rate": 0.1}'
    assert options["--fn"] == "trainer_fn"


def test_no_command_for_what_it_has_no_option_for(runs) -> None:
    run = runs.complete(warm_starting=1)
    assert gather(None, run).command is None
    stranger = replace(run, inputs={**run.inputs, "more": []})
    assert gather(None, stranger).command is None


def test_lineage_goes_on_through_other_runs(runs) -> None:
    first = runs.complete()
    model = first.outputs["model"][0]
    contexts = RunContexts("taxi", "second", "Trainer")
    id = runs.store.begin_execution(TypeSpec("Trainer"), contexts, {"base_model": [model]}, {})
    better = ArtifactRecord(TypeSpec("Model"), "/better")
    runs.store.complete_execution(id, {"model": [better]}, {})
    drawing = gather(runs.store, get_run(runs.store, id)).lineage
    titles = {box.title: box for box in drawing.boxes.values()}
    order = ["Examples 1", "Run 1", f"Model {model.id}", f"Run {id}"]
    assert [titles[one].x for one in order] == sorted(titles[one].x for one in order)
    assert titles[f"Run {id}"].is_start
    assert ("run:1", f"artifact:{model.id}", "model") in drawing.arrows
    down = gather(runs.store, first).lineage
    assert f"Run {id}" in {box.title for box in down.boxes.values()}
    assert all(drawing.path(arrow).startswith("M") for arrow in drawing.arrows)
    assert max(box.x for box in drawing.boxes.values()) < drawing.width

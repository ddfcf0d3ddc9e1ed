"""All that is known of a run, gathered from the lineage database and from its artifacts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from trainwright.artifacts import Examples
from trainwright.data.statistics import STATISTICS_FILE, read_statistics
from trainwright.errors import ArtifactError, DataError, TrainwrightError
from trainwright.lineage import LineageStore, RunRecord
from trainwright.report.command import command_of
from trainwright.report.curves import Recordings, read_recordings
from trainwright.report.features import Feature, describe_features
from trainwright.report.lineage_graph import Drawing, draw_lineage
from trainwright.report.model import ModelFacts, describe_model
from trainwright.report.quality import Quality, measure
from trainwright.report.sample import sample_statistics

__all__ = ["DataFacts", "RunFacts", "gather", "splits_of"]

T = TypeVar("T")


@dataclass(frozen=True)
class DataFacts:
    """The features of the examples.

    Attributes:
        features: those that drift most first.
        splits: the splits described, that of training first.
        source: where the statistics come from, as the end of a sentence.
    """

    features: list[Feature] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    source: str = ""


@dataclass(frozen=True)
class RunFacts:
    """A run.

    Attributes:
        run: as recorded.
        recordings: curves by step.
        quality: of the newest evaluation, by the name of what was evaluated.
        data: the features.
        model: the serving model; None where there is none.
        lineage: a drawing.
        command: that does it again; None where there is none.
        missing: what could not be read, and why.
    """

    run: RunRecord
    recordings: Recordings
    quality: dict[str, Quality]
    data: DataFacts
    model: ModelFacts | None
    lineage: Drawing
    command: str | None
    missing: list[str]


def gather(
    store: LineageStore | None,
    run: RunRecord,
    *,
    folders: Mapping[str, Path] | None = None,
    sample: int = 10_000,
) -> RunFacts:
    """Reads what is there of a run; what is not there is told, not raised.

    Args:
        store: the database, for the lineage; None: only what the run itself has.
        run: the run.
        folders: where its outputs lie now, by key, if not at their URIs.
        sample: how many examples of a split to read where the run was given no statistics.
    """
    missing: list[str] = []
    places = {key: Path(group[0].uri) for key, group in run.outputs.items() if group}
    places |= folders or {}
    recordings = Recordings()
    if "model_run" in places and places["model_run"].is_dir():
        recordings = read_recordings(places["model_run"])
    elif "model_run" in places:
        missing.append(f"Curves: {places['model_run']} is not there.")
    measured = {source: measure(counts) for source, counts in recordings.counts.items()}
    model = None
    if "model" in places:
        model = _tried("Model", lambda: describe_model(places["model"]), None, missing)
    return RunFacts(
        run=run,
        recordings=recordings,
        quality={source: found for source, found in measured.items() if found is not None},
        data=_tried("Data", lambda: _data(run, sample), DataFacts(), missing),
        model=model,
        lineage=draw_lineage(store, run),
        command=command_of(run),
        missing=missing,
    )


def _tried(part: str, read: Callable[[], T], instead: T, missing: list[str]) -> T:
    """A part of the report; where it cannot be read, the reason is kept, and the rest stands."""
    try:
        return read()
    except (TrainwrightError, OSError) as error:
        missing.append(f"{part}: {error}")
        return instead


def splits_of(run: RunRecord, name: str) -> list[str]:
    """The splits that ``train_args`` or ``eval_args`` name; the default of the contract else."""
    try:
        args = json.loads(str(run.execution.properties.get(name, "{}")))
    except ValueError:
        args = None
    named = args.get("splits") if isinstance(args, dict) else None
    if isinstance(named, list) and named:
        return [str(split) for split in named]
    return ["train" if name == "train_args" else "eval"]


def _data(run: RunRecord, sample: int) -> DataFacts:
    given = run.inputs.get("statistics")
    if given:
        source = f"the statistics that the run was given, {given[0].uri}"
        return _described(run, read_statistics(given[0].uri), source)
    records = run.inputs.get("examples")
    if not records:
        return DataFacts()
    properties = {**records[0].custom_properties, **records[0].properties}
    names = properties.get("split_names", "")
    examples = Examples(records[0].uri, split_names=str(names))
    kind = str(properties.get("payload_format") or "FORMAT_TF_EXAMPLE")
    if kind != "FORMAT_TF_EXAMPLE" or properties.get("file_format") == "parquet":
        raise DataError(
            f"The run was given no statistics, and its examples are {kind} in files of another "
            "kind than TFRecord, which are not sampled."
        )
    if not Path(records[0].uri).is_dir():
        raise ArtifactError(f"{records[0].uri} is not there.")
    beside = _beside(Path(records[0].uri), examples.splits)
    if beside is not None:
        source = f"the statistics beside the examples, {beside}, as the run was given none"
        return _described(run, read_statistics(beside), source)
    source = (
        f"a sample: the first examples of each file, {sample:,} of each split at most, as the run "
        "was given no statistics"
    )
    return _described(run, sample_statistics(examples, sample), source)


def _beside(examples: Path, splits: Sequence[str]) -> Path | None:
    """Statistics of the same splits next to the examples, where ``trainwright ingest`` has them."""
    folder = examples.absolute().parent / "statistics"
    there = all((folder / f"Split-{split}" / STATISTICS_FILE).is_file() for split in splits)
    return folder if splits and there else None


def _described(run: RunRecord, statistics: Mapping[str, Any], source: str) -> DataFacts:
    wanted = [*splits_of(run, "train_args"), *splits_of(run, "eval_args")]
    order = [split for split in dict.fromkeys([*wanted, *statistics]) if split in statistics]
    chosen = {split: statistics[split] for split in order}
    return DataFacts(describe_features(chosen), order, source)

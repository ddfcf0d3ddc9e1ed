"""Whether a run has been done already, and if not, what has changed since one like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trainwright.artifacts import Artifact, Model, ModelRun
from trainwright.launcher.fingerprints import NoFingerprintError, tree_stamps
from trainwright.launcher.identify import Identified
from trainwright.launcher.identity import Identity, differences, identity_from_json
from trainwright.launcher.recorder import SHORT
from trainwright.launcher.request import LaunchRequest, LaunchResult
from trainwright.launcher.values import artifact_records, property_values, version_properties
from trainwright.lineage import (
    ArtifactRecord,
    ExecutionRecord,
    ExecutionState,
    LineageStore,
    PropertyValue,
    RunContexts,
    RunRecord,
    TypeSpec,
    get_run,
)
from trainwright.lineage.caching import record_cached, runs_in_cache, runs_of_node

__all__ = ["Decision", "decide", "identity_properties", "output_sizes", "reuse", "without_reuse"]

IDENTITY, SOURCE, UNUSABLE, WHY = "cache/identity", "cache/source", "cache/unusable", "cache/why"
"""Custom properties of runs."""
_SIZE = "output_files/"
_COMPARED = 30
"""How many earlier runs the nearest one is sought among."""
_MOST_TOLD = 6
_REPEATED = ("metric/", "final_step", SHORT, "export/", "last_checkpoint")


@dataclass(frozen=True)
class Decision:
    """Whether to reuse a run.

    Attributes:
        source: the run to reuse; None: run.
        why: the reason, for people; empty where there is nothing to tell.
        worth_telling: whether somebody who waits for the run wants to know.
    """

    source: RunRecord | None
    why: str
    worth_telling: bool = True


def decide(
    store: LineageStore, identified: Identified, *, allowed: bool, short: bool = False
) -> Decision:
    """Decides whether a run is to be reused.

    Args:
        store: the database.
        identified: the run's identity.
        allowed: whether that is wanted at all.
        short: whether a run will do whose input ended early.
    """
    identity = identified.identity
    if identity is None:
        return Decision(None, f"it cannot be cached: {identified.problem}", allowed)
    if not allowed:
        return Decision(None, "caching was turned off", False)
    known = runs_in_cache(store, identity.key)
    problems = []
    for record in known:
        if record.state is not ExecutionState.COMPLETE:
            continue
        run = get_run(store, record.id)
        problem = _problem(run, short) or _race(identified)
        if not problem:
            return Decision(run, f"same inputs, properties, code and versions as run {record.id}")
        problems.append(f"run {record.id} was the same, but {problem}")
    if problems:
        return Decision(None, problems[0])
    if any(record.state is ExecutionState.RUNNING for record in known):
        same = next(record.id for record in known if record.state is ExecutionState.RUNNING)
        return Decision(None, f"run {same} is doing the same at this moment")
    return _changes(store, identity)


def reuse(
    store: LineageStore,
    request: LaunchRequest,
    identified: Identified,
    decision: Decision,
    properties: Mapping[str, PropertyValue],
    type: TypeSpec,
) -> LaunchResult | None:
    """Records a run whose outputs are those of an earlier one.

    Args:
        store: the database.
        request: the run.
        identified: its identity.
        decision: which run to reuse.
        properties: what to record of it beside the executor's properties.
        type: the execution's type.

    Returns:
        The earlier outputs; None where there is no run to reuse, or no longer.
    """
    source, identity = decision.source, identified.identity
    if source is None or identity is None:
        return None
    recorded = {
        **property_values(request.exec_properties),
        **properties,
        **_repeated_properties(source),
        **version_properties(),
        SOURCE: source.execution.id,
        WHY: decision.why,
    }
    execution_id = record_cached(
        store,
        type,
        RunContexts(request.pipeline, str(request.run_id), request.node),
        identity.key,
        artifact_records(request.inputs),
        {key: [record.id or 0 for record in group] for key, group in source.outputs.items()},
        recorded,
    )
    if execution_id is None:
        return None  # somebody has removed the outputs at this moment
    run = get_run(store, execution_id)
    outputs = {key: [_artifact(record) for record in group] for key, group in run.outputs.items()}
    record = run.execution
    return LaunchResult(execution_id, record.state, outputs, record.metrics, record.properties)


def without_reuse(decision: Decision) -> Decision:
    """What remains of a decision when there was nothing to reuse after all."""
    if decision.source is None:
        return decision
    run = decision.source.execution.id
    return Decision(None, f"run {run} was the same, but somebody removes its outputs just now")


def _artifact(record: ArtifactRecord) -> Artifact:
    kind = {"Model": Model, "ModelRun": ModelRun}.get(record.type.name, Artifact)
    return kind(record.uri, id=record.id, custom_properties=dict(record.custom_properties))


def identity_properties(identified: Identified) -> dict[str, PropertyValue]:
    """What is recorded of an identity."""
    return {} if identified.identity is None else {IDENTITY: identified.identity.to_json()}


def output_sizes(places: Mapping[str, Path]) -> dict[str, PropertyValue]:
    """Files and bytes of each output, to tell later whether it is still what it was."""
    return {f"{_SIZE}{key}": _size(place) for key, place in places.items()}


def _repeated_properties(source: RunRecord) -> dict[str, PropertyValue]:
    """What a CACHED run has from the one that it reuses."""
    properties = source.execution.properties
    return {name: value for name, value in properties.items() if name.startswith(_REPEATED)}


def _race(identified: Identified) -> str:
    changed = identified.changed()
    return f"{changed[0]} changes at this moment" if changed else ""


def _problem(run: RunRecord, short: bool) -> str:
    """Why a COMPLETE run cannot be reused, empty if it can."""
    if not short and SHORT in run.execution.properties:
        return "its input ended early, which --allow-short accepts"
    unusable = run.execution.properties.get(UNUSABLE)
    if unusable:
        return str(unusable)
    if not run.outputs:
        return "it has no outputs"
    for key, records in run.outputs.items():
        for record in records:
            problem = _output_problem(record, run.execution, key)
            if problem:
                return f"its output {key} {problem}"
    return ""


def _output_problem(record: ArtifactRecord, run: ExecutionRecord, key: str) -> str:
    if record.state.name != "LIVE":
        return f"is {record.state.name}"
    if not Path(record.uri).is_dir():
        return f"is gone from {record.uri}"
    recorded = run.properties.get(f"{_SIZE}{key}")
    if recorded is not None and _size(Path(record.uri)) != recorded:
        return f"has changed in {record.uri}"
    return ""


def _size(place: Path) -> str:
    try:
        stamps = tree_stamps(place)
    except (OSError, NoFingerprintError):
        return "unreadable"
    return f"{len(stamps)} files, {sum(stamp.size for stamp in stamps.values())} bytes"


def _changes(store: LineageStore, identity: Identity) -> Decision:
    """Compares with the nearest earlier run."""
    contexts = RunContexts(identity.context[0], "", identity.context[1])
    nearest: tuple[int, list[str]] | None = None
    mine = identity_from_json(identity.to_json()) or {}
    for record in runs_of_node(store, contexts, ExecutionState.COMPLETE, limit=_COMPARED):
        parts = identity_from_json(record.properties.get(IDENTITY))
        if parts is None:
            continue
        found = differences(parts, mine)
        if nearest is None or len(found) < len(nearest[1]):
            nearest = record.id, found
    if nearest is None:
        return Decision(None, "no run like it has been completed before", False)
    return Decision(None, f"since run {nearest[0]}: {_listed(nearest[1])}")


def _listed(lines: list[str]) -> str:
    rest = len(lines) - _MOST_TOLD
    more = [f"and {rest} more; `trainwright compare` tells them all"] if rest > 0 else []
    if not lines:
        return "nothing that is recorded has changed"
    return "; ".join([*lines[:_MOST_TOLD], *more])

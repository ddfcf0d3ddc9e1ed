from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trainwright.lineage import (
    ArtifactRecord,
    LineageStore,
    PropertyType,
    RunContexts,
    TypeSpec,
)

TRAINER = TypeSpec("tfx.components.trainer.component.Trainer", "mlmd.Train")
EXAMPLES = TypeSpec(
    "Examples",
    "mlmd.Dataset",
    {"span": PropertyType.INT, "version": PropertyType.INT, "split_names": PropertyType.STRING},
)
MODEL = TypeSpec("Model", "mlmd.Model")
MODEL_RUN = TypeSpec("ModelRun")
CONTEXTS = RunContexts("taxi", "run-1", "Trainer")


class Recording:
    """A store, and short ways to record runs in it."""

    def __init__(self, path: Path):
        self.path = path
        self.store = LineageStore.open(path)

    def examples(self, uri: str = "/data/examples", **kwargs: object) -> ArtifactRecord:
        return ArtifactRecord(EXAMPLES, uri, {"split_names": '["train"]'}, **kwargs)  # type: ignore[arg-type]

    def begin(self, contexts: RunContexts = CONTEXTS, **properties: object) -> int:
        return self.store.begin_execution(
            TRAINER, contexts, {"examples": [self.examples()]}, properties
        )

    def complete(self, execution_id: int, **properties: object) -> dict[str, list[int]]:
        model = ArtifactRecord(MODEL, f"/out/model/{execution_id}", {}, {"note": "x"})
        run = ArtifactRecord(MODEL_RUN, f"/out/model_run/{execution_id}")
        return self.store.complete_execution(
            execution_id, {"model": [model], "model_run": [run]}, properties
        )


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path / "metadata.sqlite")


@pytest.fixture
def tfx_database(shared_data: Path, tmp_path: Path) -> Path:
    """A copy of a database that TFX 1.15.1 wrote."""
    copy = tmp_path / "tfx.sqlite"
    shutil.copy(shared_data / "mlmd" / "tfx-1.15.1.sqlite", copy)
    return copy

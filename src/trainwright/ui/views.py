"""What the pages show, as plain values."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from trainwright.cli.run_views import main_metrics, steps_of
from trainwright.cli.text import ago, duration, local_time, number
from trainwright.lineage import ExecutionRecord, ExecutionState, LineageStore, RunRecord
from trainwright.lineage.search import RunFilter, search_runs

__all__ = ["PAGE", "STATES", "Listing", "curves_of", "list_page", "recordings_folder", "row_of"]

PAGE = 50
"""Runs on a page."""
STATES = ("RUNNING", "COMPLETE", "CACHED", "FAILED", "CANCELED")
_CHARTS = ("loss", "auc", "accuracy", "average_loss")


@dataclass(frozen=True)
class Listing:
    """What a list of runs is asked for, as the address of its page says it.

    Attributes:
        pipeline: only this one; empty for all.
        node: only this one; empty for all.
        state: only this one; empty for all.
        sort: a metric; empty: by time.
        ascending: the least, or the oldest, first.
        page: from 1 on.
    """

    pipeline: str = ""
    node: str = ""
    state: str = ""
    sort: str = ""
    ascending: bool = False
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Listing:
        """As an address has it; what makes no sense there is left out."""
        page = query.get("page", "1")
        state = query.get("state", "").upper()
        return cls(
            pipeline=query.get("pipeline", "").strip(),
            node=query.get("node", "").strip(),
            state=state if state in STATES else "",
            sort=query.get("sort", "").strip(),
            ascending=query.get("ascending") == "1",
            page=max(1, int(page)) if page.isdecimal() and len(page) < 8 else 1,
        )

    def address(self, **changes: Any) -> str:
        """The address of a list like this one, with changes; from its first page on."""
        wanted = replace(self, **{"page": 1, **changes})
        query = {
            "pipeline": wanted.pipeline,
            "node": wanted.node,
            "state": wanted.state,
            "sort": wanted.sort,
            "ascending": "1" if wanted.ascending else "",
            "page": str(wanted.page) if wanted.page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in query.items() if value})

    @property
    def chosen(self) -> RunFilter:
        """The same, for the database."""
        return RunFilter(
            pipeline=self.pipeline or None,
            node=self.node or None,
            state=ExecutionState[self.state] if self.state else None,
            metric=self.sort or None,
            ascending=self.ascending,
        )


def list_page(store: LineageStore, listing: Listing) -> dict[str, Any]:
    """One page of the runs: the database picks them, so that any number of runs is as quick."""
    records, total = search_runs(
        store,
        listing.chosen,
        limit=PAGE,
        offset=(listing.page - 1) * PAGE,
        count=True,
    )
    metrics = list(dict.fromkeys([*filter(None, [listing.sort]), *main_metrics(records)]))
    return {
        "listing": listing,
        "metrics": metrics,
        "rows": [row_of(record, metrics) for record in records],
        "total": total or 0,
        "pages": max(1, math.ceil((total or 0) / PAGE)),
        "running": any(record.state.name == "RUNNING" for record in records),
    }


def row_of(record: ExecutionRecord, metrics: Sequence[str]) -> dict[str, Any]:
    """A run as a row of the list."""
    step = steps_of(record)
    took = record.duration_seconds
    if took is None and record.state is ExecutionState.RUNNING:
        took = max(0.0, time.time() - record.created_ms / 1000)
    values = [record.metrics.get(name) for name in metrics]
    return {
        "id": record.id,
        "state": record.state.name,
        "pipeline": record.contexts.pipeline,
        "node": record.contexts.node,
        "started": local_time(record.created_ms),
        "ago": ago(record.created_ms),
        "took": duration(took),
        "steps": "" if step is None else f"{step:,}",
        "metrics": ["" if value is None else number(value) for value in values],
        "error": record.error.type if record.error else "",
    }


def recordings_folder(run: RunRecord) -> Path | None:
    """Where event files and progress of a run are, None where nobody knows.

    Of a run that is going on, that is its working directory.
    """
    for record in run.outputs.get("model_run", ()):
        return Path(record.uri) if "://" not in record.uri else None
    properties = run.execution.properties
    kept, root = properties.get("kept_checkpoints"), properties.get("output_root")
    if isinstance(kept, str) and kept:
        return Path(kept)
    if isinstance(root, str) and root and "://" not in root:
        from trainwright.launcher.workspace import Workspace

        node = run.execution.contexts.node
        return Workspace(Path(root), node, run.execution.id, ()).working("model_run")
    return None


def curves_of(run: RunRecord) -> dict[str, Any]:
    """What training has recorded so far, as JSON: state, and series by chart.

    Returns:
        ``state``, and ``charts``: a list of ``name`` and ``series``, each with a ``source`` and
        ``points``, pairs of a step and a number or null.
    """
    from trainwright.report.curves import read_recordings

    folder = recordings_folder(run)
    charts: dict[str, list[dict[str, Any]]] = {}
    if folder is not None and folder.is_dir():
        for curve in read_recordings(folder).curves:
            series = {"source": curve.source, "points": curve.thinned()}
            charts.setdefault(curve.name, []).append(series)
    ranked = sorted(charts, key=lambda name: (_rank(name), name))
    return {
        "run": run.execution.id,
        "state": run.execution.state.name,
        "charts": [{"name": name, "series": charts[name]} for name in ranked],
    }


def _rank(name: str) -> int:
    return _CHARTS.index(name) if name in _CHARTS else len(_CHARTS)

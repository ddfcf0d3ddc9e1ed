"""The lineage of a run as a drawing: boxes in columns, data flowing to the right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trainwright.lineage import ArtifactRecord, ExecutionRecord, LineageStore, RunRecord
from trainwright.lineage.graph import get_nodes, links_of

__all__ = ["Box", "Drawing", "draw_lineage"]

WIDTH, HEIGHT = 190, 46
_GAP_X, _GAP_Y, _MARGIN = 60, 18, 8
_DEPTH, _MOST = 3, 12


@dataclass
class Box:
    """An artifact or a run.

    Attributes:
        key: ``artifact:ID`` or ``run:ID``; of what has no number yet, its place.
        title: the first line.
        detail: the second one.
        place: all of its name, to be shown on demand.
        is_run: whether it is a run.
        is_start: whether it is the run whose lineage it is.
        x: of its upper left corner.
        y: of its upper left corner.
    """

    key: str
    title: str
    detail: str
    place: str
    is_run: bool = False
    is_start: bool = False
    x: float = 0
    y: float = 0


@dataclass
class Drawing:
    """Boxes, and arrows from one to the other.

    Attributes:
        boxes: by key.
        arrows: from, to and the key of inputs or outputs.
        width: of all of it.
        height: of all of it.
    """

    boxes: dict[str, Box] = field(default_factory=dict)
    arrows: list[tuple[str, str, str]] = field(default_factory=list)
    width: float = 0
    height: float = 0

    def path(self, arrow: tuple[str, str, str]) -> str:
        """An arrow's way, as the attribute ``d`` of an SVG path."""
        one, other = self.boxes[arrow[0]], self.boxes[arrow[1]]
        x, y = one.x + WIDTH, one.y + HEIGHT / 2
        end, end_y = other.x - 6, other.y + HEIGHT / 2
        bend = max(24.0, (end - x) / 2)
        return f"M{x:g} {y:g}C{x + bend:g} {y:g} {end - bend:g} {end_y:g} {end:g} {end_y:g}"


def draw_lineage(store: LineageStore | None, run: RunRecord) -> Drawing:
    """Draws what a run read and wrote, and some steps before and after that.

    Args:
        store: the database; None: nothing but the run itself.
        run: the run; its outputs need not be recorded yet.
    """
    drawing, columns = Drawing(), {0: [_run_box(run.execution, start=True)]}
    start = columns[0][0].key
    drawing.boxes[start] = columns[0][0]
    before = _add(drawing, columns, -1, run.inputs, start, inputs=True)
    after = _add(drawing, columns, 1, run.outputs, start, inputs=False)
    if store is not None:
        _go_on(store, drawing, columns, before, inputs=True)
        _go_on(store, drawing, columns, after, inputs=False)
    _place(drawing, columns)
    return drawing


def _add(
    drawing: Drawing,
    columns: dict[int, list[Box]],
    column: int,
    artifacts: Mapping[str, Sequence[ArtifactRecord]],
    run: str,
    *,
    inputs: bool,
) -> list[int]:
    """Adds a run's inputs or outputs; returns the ids of those that are new."""
    new = []
    for key, group in artifacts.items():
        for record in group[:_MOST]:
            box = _artifact_box(record)
            if box.key not in drawing.boxes:
                drawing.boxes[box.key] = box
                columns.setdefault(column, []).append(box)
                new += [] if record.id is None else [record.id]
            arrow = (box.key, run, key) if inputs else (run, box.key, key)
            if arrow not in drawing.arrows:
                drawing.arrows.append(arrow)
    return new


def _go_on(
    store: LineageStore,
    drawing: Drawing,
    columns: dict[int, list[Box]],
    artifacts: Iterable[int],
    *,
    inputs: bool,
) -> None:
    """Adds the runs that wrote the artifacts, with their inputs; or those that read them."""
    way = -1 if inputs else 1
    for step in range(1, _DEPTH):
        new: list[int] = []
        for id in artifacts:
            links, _ = links_of(store, "artifact", id, inputs=not inputs, limit=_MOST)
            _, runs = get_nodes(store, [], {link.execution_id for link in links})
            for link in links:
                run = runs.get(link.execution_id)
                if run is None or run.state.name == "CACHED" or len(drawing.boxes) > 4 * _MOST:
                    continue
                box = _run_box(run)
                if box.key not in drawing.boxes:
                    drawing.boxes[box.key] = box
                    columns.setdefault(2 * step * way, []).append(box)
                    new += _neighbours(store, drawing, columns, run, step, inputs=inputs)
                ends = (f"artifact:{id}", box.key)
                arrow = (*(reversed(ends) if inputs else ends), link.key)
                if arrow not in drawing.arrows:
                    drawing.arrows.append(arrow)
        artifacts = new


def _neighbours(
    store: LineageStore,
    drawing: Drawing,
    columns: dict[int, list[Box]],
    run: ExecutionRecord,
    step: int,
    *,
    inputs: bool,
) -> list[int]:
    links, _ = links_of(store, "run", run.id, inputs=inputs, limit=_MOST)
    records, _ = get_nodes(store, {link.artifact_id for link in links}, [])
    column = (2 * step + 1) * (-1 if inputs else 1)
    groups: dict[str, list[ArtifactRecord]] = {}
    for link in links:
        if link.artifact_id in records:
            groups.setdefault(link.key, []).append(records[link.artifact_id])
    return _add(drawing, columns, column, groups, f"run:{run.id}", inputs=inputs)


def _run_box(run: ExecutionRecord, *, start: bool = False) -> Box:
    name = f"{run.contexts.pipeline} · {run.contexts.node}"
    return Box(f"run:{run.id}", f"Run {run.id}", name, f"{name}, {run.state.name}", True, start)


def _artifact_box(record: ArtifactRecord) -> Box:
    named = f" {record.id}" if record.id is not None else ""
    key = f"artifact:{record.id}" if record.id is not None else f"place:{record.uri}"
    end = "/".join(record.uri.rstrip("/").split("/")[-2:])
    return Box(key, f"{record.type.name}{named}", end, record.uri)


def _place(drawing: Drawing, columns: Mapping[int, Sequence[Box]]) -> None:
    """Gives each box its place: columns from left to right, each one in the middle."""
    tallest = max(len(boxes) for boxes in columns.values())
    whole = tallest * (HEIGHT + _GAP_Y) - _GAP_Y
    for place, column in enumerate(sorted(columns)):
        boxes = columns[column]
        top = _MARGIN + (whole - len(boxes) * (HEIGHT + _GAP_Y) + _GAP_Y) / 2
        for row, box in enumerate(boxes):
            box.x = _MARGIN + place * (WIDTH + _GAP_X)
            box.y = top + row * (HEIGHT + _GAP_Y)
    drawing.width = 2 * _MARGIN + len(columns) * (WIDTH + _GAP_X) - _GAP_X
    drawing.height = 2 * _MARGIN + whole

"""Lineage as trees for people, and as a graph for programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainwright.cli.run_views import artifact_view, main_metrics, state_style, summary
from trainwright.cli.tables import show_lines
from trainwright.cli.text import ago, number, printable
from trainwright.lineage.graph import Link, get_nodes, links_of

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from trainwright.lineage import ArtifactRecord, ExecutionRecord, LineageStore

__all__ = ["Branch", "Explorer", "Node", "as_graph", "show_trees"]

Node = tuple[str, int]
"""``"artifact"`` or ``"run"``, and its id."""


@dataclass
class Branch:
    """An artifact or a run in a tree.

    Attributes:
        node: what it is.
        link: how it hangs on the branch above, None at the root.
        branches: the next ones in the tree's direction.
        seen: it has been shown elsewhere in this tree, with its branches.
        cut: how many branches are not shown, for lack of depth or because they are too many.
    """

    node: Node
    link: Link | None = None
    branches: list[Branch] = field(default_factory=list)
    seen: bool = False
    cut: int = 0


class Explorer:
    """Walks through a database, to a depth, and remembers what it has met.

    Args:
        store: the database.
        depth: how many steps to go.
        limit: how many neighbours of a node to visit.
    """

    def __init__(self, store: LineageStore, depth: int, limit: int):
        self._store = store
        self._depth = depth
        self._limit = limit
        self._start: Node | None = None
        self.artifacts: dict[int, ArtifactRecord] = {}
        self.runs: dict[int, ExecutionRecord] = {}

    def explore(self, start: Node, *, up: bool) -> Branch:
        """The tree of what a node was made from (up), or of what was made from it.

        Breadth first, so that a node that is met on several ways is shown on the shortest.
        """
        self._start = start
        root = Branch(start)
        seen, level = {start}, [root]
        for step in range(self._depth + 1):
            following: list[Branch] = []
            for branch in level:
                links, total = self._links(branch.node, up)
                if step == self._depth:
                    branch.cut = total
                    continue
                branch.cut = total - len(links)
                for link in links:
                    node = _other_end(branch.node, link)
                    branch.branches.append(Branch(node, link, seen=node in seen))
                    if node not in seen:
                        seen.add(node)
                        following.append(branch.branches[-1])
            level = following
        self._load(seen)
        return root

    def _links(self, node: Node, up: bool) -> tuple[list[Link], int]:
        """The links that lead on: what a run read, or who wrote an artifact, on the way up."""
        kind, id = node
        if not up and kind == "run" and node != self._start and self._cached({id}):
            return [], 0  # what it reuses has been shown as the output of another run
        inputs = up == (kind == "run")
        links, total = links_of(self._store, kind, id, inputs=inputs, limit=self._limit)
        if kind == "artifact":
            return self._without_reuse(links, total, id, up)
        return links, total

    def _without_reuse(
        self, links: list[Link], total: int, id: int, up: bool
    ) -> tuple[list[Link], int]:
        """A CACHED run comes after the artifacts that it reuses, not before them."""
        others = {link.execution_id for link in links}
        if up:
            writers = self._cached(others)
            kept = [link for link in links if link.execution_id not in writers]
            return kept, total - (len(links) - len(kept))
        written, _ = links_of(self._store, "artifact", id, inputs=False, limit=self._limit)
        reused = self._cached({link.execution_id for link in written})
        more = [link for link in written if link.execution_id in reused]
        more = [link for link in more if ("run", link.execution_id) != self._start]
        return [*links, *more], total + len(more)

    def _cached(self, ids: set[int]) -> set[int]:
        self._load({("run", id) for id in ids})
        return {id for id in ids if id in self.runs and self.runs[id].state.name == "CACHED"}

    def _load(self, nodes: Iterable[Node]) -> None:
        nodes = list(nodes)
        artifacts = {id for kind, id in nodes if kind == "artifact"} - set(self.artifacts)
        runs = {id for kind, id in nodes if kind == "run"} - set(self.runs)
        found, executions = get_nodes(self._store, artifacts, runs)
        self.artifacts.update(found)
        self.runs.update(executions)


def _other_end(node: Node, link: Link) -> Node:
    return ("run", link.execution_id) if node[0] == "artifact" else ("artifact", link.artifact_id)


def as_graph(up: Branch, down: Branch, explorer: Explorer) -> dict[str, Any]:
    """Nodes by name and edges in the direction in which data flows, as JSON."""
    nodes: dict[str, Any] = {}
    edges: dict[tuple[str, str, str], dict[str, Any]] = {}
    cut = False
    for tree in (up, down):
        for branch in _all(tree):
            nodes[_name(branch.node)] = _node_view(branch.node, explorer)
            cut |= bool(branch.cut)
            if branch.link is not None:
                edge = _edge(branch.link, explorer)
                edges[edge["from"], edge["to"], edge["key"]] = edge
    return {
        "start": _name(up.node),
        "nodes": nodes,
        "edges": sorted(edges.values(), key=lambda edge: (edge["from"], edge["to"], edge["key"])),
        "complete": not cut,
    }


def _all(branch: Branch) -> Iterable[Branch]:
    yield branch
    for one in branch.branches:
        yield from _all(one)


def _name(node: Node) -> str:
    return f"{node[0]}:{node[1]}"


def _node_view(node: Node, explorer: Explorer) -> dict[str, Any]:
    kind, id = node
    if kind == "run":
        return {"kind": "run", **(summary(explorer.runs[id]) if id in explorer.runs else {})}
    found = explorer.artifacts.get(id)
    return {"kind": "artifact", **(artifact_view(found) if found else {})}


def _edge(link: Link, explorer: Explorer) -> dict[str, Any]:
    run, artifact = f"run:{link.execution_id}", f"artifact:{link.artifact_id}"
    record = explorer.runs.get(link.execution_id)
    reused = not link.is_input and record is not None and record.state.name == "CACHED"
    ends = (artifact, run) if link.is_input or reused else (run, artifact)
    role = "input" if link.is_input else "reused" if reused else "output"
    return {"from": ends[0], "to": ends[1], "role": role, "key": link.key}


def show_trees(up: Branch, down: Branch, explorer: Explorer) -> None:
    """Prints both trees, the origins first."""
    from rich.text import Text

    heading = Text.assemble((_title(up.node), "bold"), "  ", _describe(up.node, explorer))
    parts: list[Any] = [heading]
    for title, nothing, tree in (
        ("Made from", "nothing that is recorded", up),
        ("Used for", "nothing yet", down),
    ):
        drawn = _tree(tree, explorer, Text(title, style="bold"))
        if not drawn.children:
            drawn.add(Text(nothing, style="dim"))
        parts += ["", drawn]
    show_lines(*parts)


def _tree(branch: Branch, explorer: Explorer, label: Text) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(label, guide_style="dim")
    for one in branch.branches:
        text = Text.assemble(_relation(one), (_title(one.node), "bold"), "  ")
        if one.seen:
            text.append("shown elsewhere", style="dim")
        else:
            text.append_text(_describe(one.node, explorer))
        tree.add(_tree(one, explorer, text))
    if branch.cut:
        tree.add(Text(f"... and {branch.cut:,} more", style="dim"))
    return tree


def _relation(branch: Branch) -> str:
    """The key under which an artifact was read or written."""
    link = branch.link
    if link is None or not link.key:
        return ""
    key = printable(link.key)
    if branch.node[0] == "artifact":
        return f"{key}: "
    return f"{key} of " if link.is_input else ""


def _title(node: Node) -> str:
    return f"{node[0]} {node[1]}"


def _describe(node: Node, explorer: Explorer) -> Text:
    from rich.text import Text

    kind, id = node
    if kind == "artifact":
        found = explorer.artifacts.get(id)
        if found is None:
            return Text("not in the database", style="red")
        state = "" if found.state.name == "LIVE" else f" ({found.state.name})"
        return Text(f"{printable(found.type.name)}{state}  {printable(found.uri)}")
    run = explorer.runs.get(id)
    if run is None:
        return Text("not in the database", style="red")
    text = Text.assemble((run.state.name, state_style(run.state)))
    text.append(f"  {printable(run.contexts.pipeline)}.{printable(run.contexts.node)}")
    text.append(f", {ago(run.created_ms)} ago")
    source = run.properties.get("cache/source")
    if isinstance(source, int):
        text.append(f", reuses run {source}")
    for name in main_metrics([run])[:1]:
        text.append(f", {printable(name)} {number(run.metrics[name])}")
    return text

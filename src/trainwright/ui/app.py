"""The pages and what they fetch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from trainwright.cli.comparison import compared
from trainwright.cli.run_views import details, json_value
from trainwright.cli.text import number
from trainwright.errors import RunNotFoundError, TrainwrightError
from trainwright.lineage import LineageStore, RunRecord, get_run
from trainwright.ui.views import STATES, Listing, curves_of, list_page, row_of

__all__ = ["create_app"]

_MOST_COMPARED = 12
_STATIC = {"style.css": "text/css", "script.js": "text/javascript"}
_NUMBER = re.compile(r"[0-9]{1,18}")


def create_app(store: LineageStore) -> Starlette:
    """The application; :class:`trainwright.ui.guard.Guard` must stand before it.

    Args:
        store: the database, read only.
    """
    pages = _Pages(store)
    return Starlette(
        routes=[
            Route("/", pages.runs),
            Route("/runs/{run}", pages.run),
            Route("/compare", pages.compare),
            Route("/api/runs/{run}/curves", pages.curves),
            Route("/static/{name}", _static),
        ],
        exception_handlers={TrainwrightError: pages.failed},
    )


@dataclass
class _Pages:
    """Each method answers one kind of request, in a thread of its own."""

    store: LineageStore

    def __post_init__(self) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("trainwright.ui"),
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def runs(self, request: Request) -> Response:
        """The list."""
        listing = Listing.of(request.query_params)
        return self._page("runs.html.jinja", states=STATES, **list_page(self.store, listing))

    def run(self, request: Request) -> Response:
        """One run."""
        run = self._run(request.path_params["run"])
        record = run.execution
        return self._page(
            "run.html.jinja",
            row=row_of(record, ()),
            metrics=[(name, number(value)) for name, value in sorted(record.metrics.items())],
            error=record.error,
            details=details(run),
        )

    def compare(self, request: Request) -> Response:
        """Several runs: in what they differ, and their curves."""
        wanted = list(dict.fromkeys(request.query_params.getlist("run")))
        if not 2 <= len(wanted) <= _MOST_COMPARED:
            return self._message(400, f"Choose 2 to {_MOST_COMPARED} runs of the list to compare.")
        runs = [self._run(one) for one in wanted]
        rows = [row for row in compared(runs) if row.differs]
        sections = {
            row.section: [one for one in rows if one.section == row.section] for row in rows
        }
        return self._page(
            "compare.html.jinja",
            runs=[row_of(run.execution, ()) for run in runs],
            sections=sections,
            shown=_shown,
        )

    def curves(self, request: Request) -> Response:
        """Loss and metrics by step, as JSON."""
        return JSONResponse(curves_of(self._run(request.path_params["run"])))

    def failed(self, request: Request, error: Exception) -> Response:
        """An error for a person."""
        del request
        assert isinstance(error, TrainwrightError)
        return self._message(404 if isinstance(error, RunNotFoundError) else 503, str(error))

    def _run(self, text: str) -> RunRecord:
        if not _NUMBER.fullmatch(text):
            raise RunNotFoundError(f"{text!r} is not the number of a run.")
        return get_run(self.store, int(text))

    def _page(self, template: str, **values: Any) -> Response:
        found = self._environment.get_template(template)
        return HTMLResponse(found.render(database=self.store.location.name, **values))

    def _message(self, status: int, text: str) -> Response:
        template = self._environment.get_template("message.html.jinja")
        page = template.render(database=self.store.location.name, text=text)
        return HTMLResponse(page, status_code=status)


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return Response("There is no such file.\n", 404, media_type="text/plain")
    text = files("trainwright.ui").joinpath("static").joinpath(name).read_text("utf-8")
    return Response(text, media_type=_STATIC[name])


def _shown(value: Any) -> str:
    if value is None:
        return ""
    value = json_value(value)
    return number(value) if isinstance(value, float) else str(value)

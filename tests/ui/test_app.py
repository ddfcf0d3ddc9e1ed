"""The pages, over a real connection."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from trainwright.cli.main import main
from trainwright.lineage import LineageStore
from trainwright.ui.views import PAGE, Listing, list_page


def runs_in(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'<th scope="row"><a href="/runs/(\d+)"', text)]


def test_the_list(site: Any) -> None:
    answer = site.get("/")
    assert answer.status == 200
    assert runs_in(answer.text) == [4, 3, 2, 1]
    assert "0.8500" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "server" not in {name.lower() for name in answer.headers}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=FAILED", [2]),
        ("?pipeline=taxi", [4, 3, 1]),
        ("?sort=auc", [3, 1]),
        ("?sort=accuracy&ascending=1", [3, 1]),
        ("?ascending=1", [1, 2, 3, 4]),
        ("?node=Trainer&state=COMPLETE", [3, 1]),
        ("?page=2", []),
        ("?page=-1&state=nonsense", [4, 3, 2, 1]),
        ("?page=99999999999999999999", [4, 3, 2, 1]),
        ("?sort=%27%3B%20DROP%20TABLE%20Execution%3B", []),
    ],
)
def test_filters_and_orders(site: Any, query: str, found: list[int]) -> None:
    answer = site.get("/" + query)
    assert answer.status == 200
    assert runs_in(answer.text) == found


def test_what_is_recorded_is_never_markup(site: Any) -> None:
    for path in (
        "/",
        "/runs/2",
        "/compare?run=1&run=2",
        "/?pipeline=%3Cscript%3E",
        "/runs/%3Cb%3E",
    ):
        text = site.get(path).text
        assert "<img" not in text
        assert "<b>" not in text
        assert text.count("<script") == 1
    assert "&lt;/script&gt;&lt;img" in site.get("/runs/2").text


def test_one_run(site: Any) -> None:
    text = site.get("/runs/1").text
    assert "Run 1" in text
    assert "auc" in text
    assert "rate" in text
    for wrong in ("99", "x", "1%2F..", "-1", "9" * 30):
        assert site.get(f"/runs/{wrong}").status == 404


def test_curves_of_a_run_that_is_going_on(site: Any, world: Any) -> None:
    def steps() -> list[int]:
        answer = json.loads(site.get("/api/runs/4/curves").text)
        assert answer["state"] == "RUNNING"
        (loss,) = [chart for chart in answer["charts"] if chart["name"] == "loss"]
        return [step for step, _ in loss["series"][0]["points"]]

    assert steps() == list(range(1, 10))
    world.record(range(10, 12))
    assert steps() == list(range(1, 12))
    complete = json.loads(site.get("/api/runs/3/curves").text)
    assert complete["charts"][0]["name"] == "loss"


def test_comparing(site: Any) -> None:
    text = site.get("/compare?run=1&run=3").text
    assert "custom_config.rate" in text
    assert 'data-runs="1 3"' in text
    for query in ("", "?run=1", "?run=1&run=1", "?" + "&".join(f"run={n}" for n in range(20))):
        assert site.get(f"/compare{query}").status == 400
    assert site.get("/compare?run=1&run=99").status == 404


def test_other_paths(site: Any) -> None:
    assert site.get("/static/script.js").headers["content-type"].startswith("text/javascript")
    for path in ("/static/nothing", "/static/..%2fapp.py", "/static/../app.py", "/x"):
        assert site.get(path).status == 404
    assert site.get("/", Host="evil.example").status == 421
    assert site.get("/api/runs/1/curves", Origin="https://evil.example").status == 403
    assert site.get("/", method="POST").status == 405


def test_a_page_asks_the_database_for_its_own_runs_only(tmp_path: Path, world: Any) -> None:
    statements: list[Any] = []
    with world.store.transaction() as connection:
        engine = connection.engine
    event.listen(engine, "after_cursor_execute", lambda *args: statements.append(args[2]))
    page = list_page(world.store, Listing(page=3))
    assert page["rows"] == []
    assert page["total"] == 4
    limited = [text for text in statements if "LIMIT" in text and "OFFSET" in text]
    assert limited
    assert PAGE == 50


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "10.1.2.3"], "--allow-remote"),
        (["--port", "70000"], "70000"),
        (["--host", "127.0.0.1", "--port", "1"], ""),
    ],
)
def test_the_command_refuses_other_addresses(
    world: Any,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("uvicorn")
    monkeypatch.setattr("trainwright.ui.serving.serve", lambda *args, **options: None)
    code = main(["ui", "--output", str(world.root), *arguments])
    assert code == (2 if said else code)
    assert said in capsys.readouterr().err


def test_the_command_says_where(
    world: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("uvicorn")
    served: list[LineageStore] = []

    def serve(store: LineageStore, bound: Any, **options: Any) -> None:
        served.append(store)
        bound.close()

    monkeypatch.setattr("trainwright.ui.serving.serve", serve)
    assert main(["ui", "--output", str(world.root), "--port", "0"]) == 0
    assert re.search(r"http://127\.0\.0\.1:\d+/", capsys.readouterr().err)
    assert served


def test_filters_suggest_what_is_there_and_runs_that_go_on_show_how_long(
    site: Any, world: Any
) -> None:
    page = site.get("/").text
    assert '<datalist id="pipelines"><option value="taxi">' in page
    assert '<datalist id="metrics"><option value="auc">' in page
    (running,) = re.findall(r'href="/runs/4">.*?<td class="right less">(.*?)</td>', page)
    assert re.fullmatch(r"[0-9.]+ s", running)

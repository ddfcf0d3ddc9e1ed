from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import trainwright.report
from trainwright.report.facts import gather
from trainwright.report.feature_shapes import Shapes
from trainwright.report.features import Feature, FeatureSplit
from trainwright.report.histograms import Bucket
from trainwright.report.page import Difference, render

TEMPLATES = Path(trainwright.report.__file__).parent / "templates"


class Elements(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.found if found == tag]


@pytest.fixture
def page(runs) -> str:
    return render([gather(runs.store, runs.complete())])


def test_sections(page: str) -> None:
    sections = [one["id"] for one in Elements(page).of("section")]
    assert sections == [
        *("summary", "curves", "speed", "quality", "data", "model", "lineage", "environment")
    ]
    links = {one["href"] for one in Elements(page).of("a")}
    assert links == {f"#{name}" for name in sections}


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    for _, attributes in Elements(page).found:
        for name in ("src", "href", "action", "srcset", "xlink:href"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:"))
    style = TEMPLATES.joinpath("style.css").read_text()
    assert "url(" not in style
    assert "@import" not in style


def test_only_its_own_script_may_run(page: str) -> None:
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [one["content"] for one in Elements(page).of("meta") if "content" in one
                 and "http-equiv" in one]  # fmt: skip
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not any(name.startswith("on") for _, found in Elements(page).found for name in found)


def test_hostile_text_is_only_text(runs, hostile) -> None:
    rows = [Difference("properties", "custom_config", (str(hostile.execution.contexts), None))]
    page = render([gather(runs.store, hostile)] * 2, rows)
    elements = Elements(page)
    assert elements.of("img") == []
    assert len(elements.of("script")) == 2
    assert not any("onerror" in attributes for _, attributes in elements.found)
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "{{7*7}}" in elements.text
    data = re.search(r'id="charts">(.*?)</script>', page, re.S)[1]
    assert "<" not in data
    json.loads(data)


def test_waiting_for_input(page: str) -> None:
    assert "Steps waited for their input 25.0% of their time, on average." in page


def test_several_runs_side_by_side(runs) -> None:
    first, second = runs.complete(), runs.complete("other")
    rows = [Difference("metrics", "auc", (0.81, 0.82)), Difference("times", "steps", (None, 7))]
    page = render([gather(runs.store, run) for run in (first, second)], rows)
    elements = Elements(page)
    assert "<title>Run 1, Run 2 · taxi</title>" in page
    assert "In what the runs differ" in [one.get("aria-label") for one in elements.of("div")]
    charts = json.loads(re.search(r'id="charts">(.*?)</script>', page, re.S)[1])
    (loss,) = [chart for chart in charts["curves"] if chart["title"] == "loss"]
    assert [(one["name"], one["color"], one["dash"]) for one in loss["series"]] == [
        ("run 1 training", 0, 0),
        ("run 1 evaluation", 0, 1),
        ("run 2 training", 1, 0),
        ("run 2 evaluation", 1, 1),
    ]
    assert len(charts["quality"][0]["series"]) == 2
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_a_run_of_which_nothing_is_left(runs, tmp_path: Path) -> None:
    run = runs.complete()
    for name in ("Trainer", "data"):
        (tmp_path / name).rename(tmp_path / f"was-{name}")
    text = Elements(render([gather(runs.store, run)])).text
    assert "Not in this report (3)" in text
    assert "There are no statistics of the examples." in text
    assert "There is no model to read." in text


def palettes() -> dict[str, dict[str, str]]:
    """The colours of the light and of the dark page, and of paper."""
    style = TEMPLATES.joinpath("style.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.S)
    light, dark, paper = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in blocks)
    return {"light": light, "dark": {**light, **dark}, "paper": {**light, **paper}}


def luminance(color: str) -> float:
    """Relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark", "paper"])
def test_contrast_is_enough(name: str) -> None:
    palette = palettes()[name]
    text = [(one, ground) for one in ("text", "muted", "link") for ground in ("page", "surface")]
    text += [("text", "sunken"), ("muted", "sunken"), ("text", "notice-surface")]
    text += [(one, f"{one}-surface") for one in ("good", "bad", "notice")]
    text += [("text", "bad-surface")]
    for one, ground in text:
        assert contrast(palette[one], palette[ground]) >= 4.5, (one, ground)
    shapes = [f"series-{number}" for number in range(8)] + ["edge", "focus"]
    for one in shapes:
        assert contrast(palette[one], palette["surface"]) >= 3, one


def test_paper_is_as_light_as_the_light_page() -> None:
    light = {**palettes()["light"], "page": "#ffffff"}
    assert palettes()["paper"] == light


def wide(runs, count: int) -> str:
    """The page of a run with many features."""
    facts = gather(runs.store, runs.complete())
    features = [
        replace(feature, name=f"{feature.name}{place}")
        for place in range(count // 3)
        for feature in facts.data.features
    ]
    return render([replace(facts, data=replace(facts.data, features=features))])


def test_many_features_are_rows_of_a_table(runs) -> None:
    found = Elements(wide(runs, 1_200))
    cards = [one for one in found.of("li") if one.get("class") == "feature"]
    rows = [one for one in found.of("tr") if one.get("class") == "feature-row"]
    assert (len(cards), len(rows)) == (100, 1_100)
    assert "88 more features" in found.text
    assert "The other 1,100 features, as a table" in found.text


def test_numbers_too_large_for_a_margin_of_a_half() -> None:
    split = FeatureSplit(5, 0, buckets=[Bucket(2.0**63, 2.0**63, 1.0)])
    shape = Shapes(Feature("id", "INT", {"train": split}))
    assert shape.low < 2.0**63 < shape.high
    assert shape.path("train").endswith("Z")


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        ({"auc": 0.8}, "was computed otherwise, and no counts are left"),
        ({"loss": 0.8}, "has computed no auc"),
        ({}, "No evaluation of this run is recorded"),
    ],
)
def test_why_there_is_no_chart_of_the_scores(runs, metrics, reason) -> None:
    facts = gather(runs.store, runs.complete())
    kept = {n: v for n, v in facts.run.execution.properties.items() if not n.startswith("metric/")}
    kept |= {f"metric/{name}": value for name, value in metrics.items()}
    run = replace(facts.run, execution=replace(facts.run.execution, properties=kept))
    page = render([replace(facts, run=run, quality={})])
    assert reason in Elements(page).text

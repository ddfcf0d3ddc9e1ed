"""The page in a real browser: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trainwright.report.facts import gather
from trainwright.report.page import render

pytestmark = pytest.mark.slow
DRAWN = "figure[data-chart] svg[role=img] .curve"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    driver = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[..., Any]


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page; nothing may be complained of, and nothing loaded."""
    complaints: list[str] = []
    contexts = []

    def open_page(html: str, width: int = 1280, scheme: str = "light") -> Any:
        path = tmp_path / "page.html"
        path.write_text(html)
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda one: one.url.startswith(("file:", "data:")) or complaints.append(one.url),
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def html(runs) -> str:
    return render([gather(runs.store, runs.complete())])


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn(opened: Open, html: str, width: int, scheme: str) -> None:
    page = opened(html, width, scheme)
    for details in page.query_selector_all("#curves details"):
        details.evaluate("one => { one.open = true }")
    page.wait_for_function(
        "[...document.querySelectorAll('figure[data-chart]')]"
        ".every(one => one.querySelector('svg[role=img] .curve'))"
    )
    charts = page.query_selector_all("figure[data-chart]")
    assert (
        len(charts) == 9
    )  # loss, auc; speed, waiting; four of quality; one that only training has
    for path in page.query_selector_all(DRAWN):
        assert len(path.get_attribute("d")) > 8
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    names = "[...document.querySelectorAll('.feature tbody th')].map(one => one.clientHeight)"
    assert max(page.evaluate(names)) < 30  # one line, not a letter on each
    wide = "one => one.scrollWidth > one.clientWidth"
    assert not page.evaluate(f"[...document.querySelectorAll('.feature')].some({wide})")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(244, 245, 247)" if scheme == "light" else "rgb(15, 18, 23)")


def test_values_by_keyboard_and_by_pointer(opened: Open, html: str) -> None:
    page = opened(html)
    chart = page.locator("[data-group=curves] figure").first
    assert "Left and right arrow keys" in chart.locator("svg[role=img]").get_attribute("aria-label")
    chart.locator("svg[role=img]").focus()
    page.keyboard.press("End")
    readout = chart.locator(".readout")
    assert "step 400" in readout.inner_text()
    assert "evaluation: 0.4" in readout.inner_text()
    page.keyboard.press("Escape")
    assert readout.is_hidden()
    page.keyboard.press("ArrowRight")
    assert readout.inner_text().startswith("step 1")
    chart.locator("svg[role=img]").hover(position={"x": 640, "y": 100})
    assert "training" in readout.inner_text()


def test_all_controls_are_reached_by_tab(opened: Open, html: str) -> None:
    page = opened(html)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(e => e.dataset && 'copy' in e.dataset ? 'copy' : e.tagName"
                " + (e.type || ''))(document.activeElement)"
            )
        )
    assert {"A", "INPUTrange", "INPUTcheckbox", "BUTTONbutton", "svg", "SUMMARY", "copy"} <= reached


def test_smoothing_scale_and_legend(opened: Open, html: str) -> None:
    page = opened(html)
    chart = page.locator("[data-group=curves] figure").first

    def curves() -> list[str]:
        return [one.get_attribute("d") for one in chart.locator("path.curve:not(.legend *)").all()]

    before = curves()
    page.locator("[data-smooth]").fill("0.9")
    smoothed = curves()
    assert len(smoothed) == len(before) + 1  # the curve as it is stays behind the smoothed one
    assert before[0] in smoothed
    page.locator("[data-smooth]").fill("0")
    page.locator("[data-log]").check()
    assert curves() != before
    page.locator("[data-log]").uncheck()
    chart.locator(".legend button").first.click()
    assert len(curves()) == 1
    assert chart.locator(".legend button").first.get_attribute("aria-pressed") == "false"


def test_features_are_found_by_name(opened: Open, runs) -> None:
    facts = gather(runs.store, runs.complete())
    many = replace(facts.data, features=facts.data.features * 3)
    page = opened(render([replace(facts, data=many)]))
    page.locator("[data-filter]").fill("COMP")
    shown = [one for one in page.locator(".feature h3").all() if one.is_visible()]
    assert [one.inner_text()[:7] for one in shown] == ["company"] * 3


def test_hostile_text_does_nothing(opened: Open, runs, hostile, hostile_text: str) -> None:
    page = opened(render([gather(runs.store, hostile)]))
    page.wait_for_selector(DRAWN)
    assert page.evaluate("window.hacked") is None
    assert hostile_text.partition("\x1b")[0] in page.locator("main").inner_text()
    assert page.locator("img").count() == 0


def test_several_runs(opened: Open, runs) -> None:
    both = [gather(runs.store, runs.complete(name)) for name in ("one", "two")]
    page = opened(render(both), 390)
    page.wait_for_selector(DRAWN)
    assert page.locator("[data-group=curves] figure").first.locator(".legend button").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_paper_all_is_open(opened: Open, html: str) -> None:
    page = opened(html, scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf()[:4] == b"%PDF"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0


def test_finding_one_of_many_features(opened: Open, runs) -> None:
    facts = gather(runs.store, runs.complete())
    features = [
        replace(feature, name=f"{feature.name}{place}")
        for place in range(50)
        for feature in facts.data.features
    ]
    page = opened(render([replace(facts, data=replace(facts.data, features=features))]))
    field = page.locator("[data-filter]")
    field.fill("company49")
    assert page.locator(".feature:visible").count() == 0
    assert page.locator(".feature-row:visible").count() == 1
    assert page.locator("#data .controls [role=status]").inner_text() == "1 of 150"
    field.fill("")
    assert page.locator(".feature:visible").count() >= 12
    assert page.locator("#data summary:visible").count() == 2

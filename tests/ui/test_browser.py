"""The pages in a real browser: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def browser() -> Iterator[Any]:
    driver = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with driver.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def test_pages_work_in_a_browser(
    browser: Any, site: Any, world: Any, complaints: list[str]
) -> None:
    for scheme, width in (("light", 1280), ("dark", 390)):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda one: one.url.startswith((site.address, "data:")) or complaints.append(one.url),
        )
        for path in ("/", "/runs/4", "/runs/2", "/compare?run=1&run=3"):
            page.goto(site.address + path)
            if "runs" in path or "compare" in path:
                page.wait_for_selector("#curves svg, #curves p:has-text('Nothing')")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.evaluate("window.hacked") is None
        assert page.locator("#curves svg path.line").count() == 2
        context.close()
    assert complaints == []


def test_choosing_sorting_and_curves_that_grow(browser: Any, site: Any, world: Any) -> None:
    page = browser.new_page()
    page.goto(site.address)
    page.click("thead a:has-text('auc')")
    assert page.locator("tbody th a").all_inner_texts() == ["3", "1"]
    page.check("input[name=run][value='1']")
    page.check("input[name=run][value='3']")
    page.click("text=Compare the chosen")
    assert page.inner_text("h1") == "Compare 3, 1"
    page.goto(site.address + "/runs/4")
    page.wait_for_selector("svg text:has-text('step 9')")
    world.record(range(10, 31))
    page.wait_for_selector("svg text:has-text('step 30')")
    world.store.complete_execution(4, {}, {"metric/auc": 0.9})
    page.wait_for_selector("#state:has-text('COMPLETE')")
    other = browser.new_page()
    other.goto("data:text/html,<title>elsewhere</title>")
    refused = other.evaluate(
        "address => fetch(address).then(() => 'read', () => 'refused')",
        site.address + "/api/runs/1/curves",
    )
    assert refused == "refused"

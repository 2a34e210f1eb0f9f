"""The site in a browser: errors, origins, widths, node and line, keys, accessibility, speed."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from tfcourse import lessons
from tfcourse.reader.serving import server

WIDTHS = (360, 768, 1440)
LESSONS = (  # a page with the graph of a lesson, the operation of a node, and words of its line
    ("mf-with-history-pooling", "computation/infer", 'name="infer"'),
    ("pokemon-dropout", "computation/acc", 'name="acc"'),
    ("mf-with-dnn", "embedding/Sum", "return tf.reduce_sum(genres_emb"),
)
SOME = (
    "index.html",
    "slides/mf-with-history-pooling.html",
    "slides/mf-with-dnn-training.html",
    "slides/softmax.html",
)
CUT = """() => {  // what of the drawing is outside of it; formulas that do not fit
  const svg = document.querySelector('#drawing svg'), wide = innerWidth >= 1440;
  const box = svg && svg.getBoundingClientRect();
  return [
    ...document.querySelectorAll('#drawing .edge, #drawing rect, #drawing svg text'),
  ].filter(part => {
    const own = part.getBoundingClientRect();
    return own.width + own.height > 0 && (own.left < box.left - 1 || own.right > box.right + 1 ||
      own.top < box.top - 1 || own.bottom > box.bottom + 1);
  }).concat([...document.querySelectorAll('.formula')].filter(
    formula => wide && formula.scrollWidth > formula.clientWidth + 1
  )).map(part => part.outerHTML.slice(0, 200));
}"""
FIND = "window.tfcourseGraph.nodes.findIndex(node => node.op === {!r})"


@contextlib.contextmanager
def opened(browser, url="", scheme="light", width=1440):
    """A page, what went wrong on it, and what it asked for."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    faults, asked = [], []
    page.on(
        "console",
        lambda said: faults.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
    if url:
        page.goto(url)
    yield page, faults, asked
    context.close()


def every_page(site):
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


def faulty(results):
    return [
        (fault["id"], [node["html"] for node in fault["nodes"]][:3])
        for fault in results.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


def check_pages(browser, site, names):
    from playwright.sync_api import TimeoutError as Late

    with opened(browser) as (page, faults, asked):
        for name in names:
            page.goto(f"{site.as_uri()}/{name}")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 600})
                overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert overflow <= 0, (name, width, overflow)
            # Formulas are fitted when the window's new width and their fonts are there.
            with contextlib.suppress(Late):
                page.wait_for_function(f"({CUT})().length === 0", timeout=5000)
            assert page.evaluate(CUT) == [], name
            assert not faults, (name, faults)
            assert page.locator(".broken").count() == 0, name
        outside = [url for url in asked if not url.startswith((site.as_uri(), "data:"))]
        assert not outside


def test_pages_open_without_an_error_and_fit_every_width(browser, site):
    """The list of slides, one in four lessons' graphs, a wide formula, a drawing with far edges, and one
    in 15 other pages."""
    first = {slide.lesson: slide.key for slide in reversed(lessons.slides()) if slide.lesson}
    names = [f"slides/{key}.html" for key in first.values()][::4]
    others = [name for name in every_page(site) if name not in names]
    hard = ["slides/mf.html", "slides/pokemon-l2.html"]
    check_pages(browser, site, ["index.html", *names, *hard, *others[::15]])


@pytest.mark.slow
def test_every_page_opens_without_an_error_and_fits_every_width(browser, site):
    check_pages(browser, site, every_page(site))


def test_served_pages_ask_for_nothing_from_elsewhere(browser, site):
    with server(site, 0) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{service.server_address[1]}/"
        with opened(browser) as (page, faults, asked):
            for name in (SOME[0], SOME[3]):
                page.goto(base + name)
            assert not faults
            assert asked and all(url.startswith((base, "data:")) for url in asked)
            assert page.locator(".katex").count() > 0
        service.shutdown()


@pytest.mark.parametrize(("key", "op", "words"), LESSONS)
def test_node_and_line_find_each_other(browser, site, key, op, words):
    with opened(browser, f"{site.as_uri()}/slides/{key}.html") as (page, faults, _):
        node = page.locator("#drawing .node").nth(page.evaluate(FIND.format(op)))
        line = page.locator("pre span.linked", has_text=words).last

        node.click()
        assert "sel" in line.get_attribute("class").split()
        assert line.is_visible() and node.get_attribute("aria-pressed") == "true"
        # It is within its box: scrolled to, in the tab of its file.
        box, inner = line.locator("xpath=ancestor::pre").bounding_box(), line.bounding_box()
        assert box["y"] <= inner["y"] <= box["y"] + box["height"]
        assert words in page.locator("#detail").inner_text().replace("\xa0", " ")

        page.keyboard.press("Escape")
        assert page.locator(".sel").count() == 0

        line.click(position={"x": 80, "y": 5})
        assert "sel" in node.get_attribute("class").split()
        assert line.get_attribute("aria-pressed") == "true"
        assert not faults


def test_node_and_line_by_keyboard(browser, site):
    with opened(browser, f"{site.as_uri()}/slides/mf-with-history-pooling.html") as (page, *_):
        for area in ("#drawing .node", "pre span.linked"):
            assert page.locator(f"{area}[tabindex='0']").count() == 1
            page.locator(f"{area}[tabindex='0']").focus()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            assert page.locator(f"{area}.sel").count() == 1
            assert page.evaluate("document.activeElement.classList.contains('sel')")
            assert page.locator("#drawing .node.sel").count() >= 1
            assert page.locator("pre span.sel").count() >= 1
            page.keyboard.press("Escape")
            page.keyboard.press("Space")
            assert page.locator(f"{area}.sel").count() == 1
            page.keyboard.press("Escape")


def test_keys_search_help_and_language(browser, site):
    with opened(browser, f"{site.as_uri()}/slides/mf.html") as (page, faults, _):
        first = page.title()
        for forth, back in (("j", "k"), ("ArrowRight", "ArrowLeft")):
            page.keyboard.press(forth)
            page.wait_for_url(lambda url: not url.endswith("/mf.html"))
            page.keyboard.press(back)
            page.wait_for_url(lambda url: url.endswith("/mf.html"))
        assert page.title() == first

        page.keyboard.press("?")
        assert page.locator("#help").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#help").is_visible()

        assert page.locator("html").get_attribute("lang") == "en"
        page.click("#language")
        assert page.locator("html").get_attribute("lang") == "zh-Hant-TW"
        assert page.locator("a[rel=next]").inner_text().startswith("下一頁")
        both = [
            page.locator(f".slide .say-{name}").first.bounding_box()["y"] for name in ("zh", "en")
        ]
        assert both[0] < both[1]

        page.keyboard.press("/")
        page.wait_for_url("**/index.html#search")
        assert page.locator("html").get_attribute("lang") == "zh-Hant-TW"  # it is remembered
        page.keyboard.type("sqrtn")
        shown = page.locator(".part li:visible")
        assert 0 < shown.count() < 10
        assert "張投影片符合" in page.locator("#found").inner_text()
        page.keyboard.press("Enter")
        page.wait_for_url("**/slides/*.html")

        before = page.evaluate("getComputedStyle(document.body).color")
        page.click("#theme")
        assert page.evaluate("getComputedStyle(document.body).color") != before
        assert not faults


def test_without_a_script_the_page_is_whole(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{site.as_uri()}/slides/mf-with-history-pooling.html")
    assert page.locator("pre").inner_text().count("\n") > 80
    assert r"\sqrt" in page.locator(".formula").first.inner_text()
    page.click("summary >> nth=0")
    assert page.get_by_role("row", name="query_emb_mask").is_visible()
    assert not page.locator("#theme").is_visible()
    context.close()


def test_print_shows_all_and_no_controls(browser, site):
    with opened(browser, f"{site.as_uri()}/slides/pokemon-dropout.html") as (page, *_):
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".pane:visible").count() == page.locator(".pane").count() > 1
        assert page.locator("button:visible").count() == 0
        assert page.locator("details table:visible").count() >= 1
        clipped = page.evaluate(
            "[...document.querySelectorAll('pre')].filter(p => p.scrollHeight > p.clientHeight + 2).length"
        )
        assert clipped == 0


def test_axe_finds_no_serious_fault(browser, site):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for name, scheme in ((SOME[0], "light"), (SOME[1], "light"), (SOME[1], "dark")):
        with opened(browser, f"{site.as_uri()}/{name}", scheme) as (page, *_):
            assert faulty(axe.run(page)) == [], (name, scheme)


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_on_every_page(browser, site, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = {}
    for name in every_page(site):
        with opened(browser, f"{site.as_uri()}/{name}", scheme, width) as (page, *_):
            if page.locator("#drawing .node").count():
                page.locator("#drawing .node").first.dispatch_event("click")
            if faults := faulty(axe.run(page)):
                found[name] = faults
    assert found == {}


def test_a_page_opens_in_less_than_a_second(browser, site):
    """From disk, scripts and drawing included; the better of two, as other tests run beside it."""
    with opened(browser) as (page, *_):
        page.goto(f"{site.as_uri()}/index.html")
        for name in SOME[1:3]:
            seconds = []
            for _ in range(2):
                began = time.perf_counter()
                page.goto(f"{site.as_uri()}/{name}", wait_until="load")
                page.evaluate("document.body.offsetHeight")
                seconds.append(time.perf_counter() - began)
            assert min(seconds) < 1, (name, seconds)

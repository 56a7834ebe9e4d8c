"""The documents as a site: an index where everything is found, and what "make docs" makes of them.

CERTMAP_SCREENSHOTS=FOLDER keeps pictures of some pages.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from browser import CONTRAST, Browser, need_browser
from documents import DIRECTIVES_MD, DOCUMENTS, blocks, files_below, read, section
from httpd_setup import TREE

INDEX = "docs/README.md"
PAGES = ["index", "docs/README", "docs/directives", "docs/troubleshooting", "docs/tasks/first-steps", "docs/performance"]
LOOKS = [(1280, False), (1280, True), (375, False), (375, True)]


# The index

def targets(path):
    """Where a document's links lead, from the tree."""
    return {os.path.normpath(os.path.join(os.path.dirname(path), target))
            for target in re.findall(r"\]\(([^)\s:]+)\)", read(path))}


def test_each_document_and_task_page_is_in_the_index():
    linked = {target.partition("#")[0] for target in targets(INDEX)}
    assert not set(DOCUMENTS) - {"README.md", INDEX} - linked


def test_each_directive_is_in_the_index():
    headings = re.findall(r"^### (.*)$", section(read(DIRECTIVES_MD), "## Directives"), re.M)
    anchors = {f"{DIRECTIVES_MD}#{re.sub('&.t;', '', heading).lower()}" for heading in headings}
    assert len(anchors) > 20 and not anchors - targets(INDEX)


def sentences(path):
    text = re.sub(r"^( *)```.*?^\1```$", "", read(path), flags=re.M | re.S)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for paragraph in re.split(r"\n\n+", text):
        yield from (each for each in re.split(r"(?<=[.:!?])\s+", " ".join(paragraph.split())) if len(each) > 70)


def test_no_document_repeats_another():
    found = {}
    for path in [*DOCUMENTS, "CONTRIBUTING.md", "SECURITY.md"]:
        for sentence in sentences(path):
            assert found.setdefault(sentence, path) == path, f"{path} says what {found[sentence]} says: {sentence}"


def test_no_document_shows_the_lines_of_another():
    """Task pages are apart: each has the whole of its site."""
    found = {}
    for path in set(DOCUMENTS) - set(files_below("docs/tasks", ".md")):
        for block in blocks(path):
            if block.text.count("\n") > 4:
                assert found.setdefault(block.text, path) == path, f"{path} shows what {found[block.text]} shows: {block.text}"


# Pictures

def test_each_picture_is_shown_and_described():
    shown = [(os.path.normpath(os.path.join(os.path.dirname(path), target)), words)
             for path in DOCUMENTS for words, target in re.findall(r"!\[([^]]*)\]\(([^)]+)\)", read(path))]
    assert all(len(words) > 30 for _, words in shown)
    kept = {os.path.join("docs/pictures", name) for name in os.listdir(os.path.join(TREE, "docs/pictures"))}
    assert {path for path, _ in shown} == kept


def test_make_pictures_makes_those_of_the_pages(tmp_path):
    need_browser()
    subprocess.run([os.path.join(TREE, "tests", "pictures"), tmp_path], check=True, timeout=100)
    assert {name for name in os.listdir(os.path.join(TREE, "docs/pictures")) if name.endswith(".png")} == set(os.listdir(tmp_path))


# HTML

@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """As the Makefile makes it. Sphinx's warnings, also of links that lead nowhere, are errors."""
    missing = [name for name in ("sphinx", "myst_parser", "furo") if not importlib.util.find_spec(name)]
    if missing:
        pytest.skip(f"not on this system: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("site")
    made = subprocess.run(["make", "docs", f"BUILD={folder}", f"PYTHON={sys.executable}"], cwd=TREE, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return os.path.join(folder, "docs")


class Links(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids, self.targets = set(), set()
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids.add(attributes.get("id"))
        self.targets |= {attributes[name] for name in ("href", "src") if attributes.get(name)}


def test_each_document_is_a_page_whose_links_lead_somewhere(site):
    pages = {os.path.relpath(os.path.join(path, name), site): Links(os.path.join(path, name))
             for path, _, names in os.walk(site) for name in names if name.endswith(".html")}
    assert {path.removesuffix(".md") + ".html" for path in DOCUMENTS} | {"index.html"} <= set(pages)
    for path, page in pages.items():
        for target in page.targets:
            file, _, fragment = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = os.path.normpath(os.path.join(os.path.dirname(path), file.partition("?")[0])) if file else path
            assert os.path.exists(os.path.join(site, there)), f"{path}: {target}"
            assert not fragment or there not in pages or fragment in pages[there].ids, f"{path}: {target}"


def test_nothing_is_loaded_from_elsewhere(site):
    """A page opens from a file and behind a firewall."""
    for path, _, names in os.walk(site):
        for name in names:
            if name.endswith((".html", ".css")):
                with open(os.path.join(path, name), encoding="utf-8") as file:
                    text = file.read()
                assert not re.search(r"""<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//|url\(["']?https?:""", text), name


@pytest.fixture(scope="module")
def browser(site, pki):
    # Chromium may be confined to a home folder and /tmp.
    folder = shutil.copytree(site, f"/tmp/certmap-site-{os.getpid()}")
    try:
        with Browser(pki) as browser:
            yield lambda page: browser.open(f"file://{folder}/{page}.html"), browser
    finally:
        shutil.rmtree(folder)


def test_what_is_printed_looks_other_than_what_is_typed(browser):
    show, browser = browser
    show("docs/tasks/first-steps")
    border = "return getComputedStyle(document.querySelector('div.highlight-' + arguments[0])).borderLeftWidth"
    assert browser.run(border, "sh") == "0px" != browser.run(border, "text")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width, dark", LOOKS)
def test_how_it_looks(browser, page, width, dark):
    show, browser = browser
    browser.look(width, dark)
    show(page)
    assert browser.run("return [innerWidth, document.documentElement.scrollWidth]") == [width, width]
    assert browser.run("return document.documentElement.getBoundingClientRect().top + document.body.getBoundingClientRect().left") == 0
    assert browser.run("return [...document.images].filter(e => !e.naturalWidth).length") == 0
    assert [each for each in browser.run(CONTRAST) if each[0] < 4.5] == []
    is_dark = browser.run("const c = getComputedStyle(document.body).backgroundColor; return c.match(/\\d+/g).slice(0, 3).every(v => v < 80)")
    assert is_dark == dark
    if folder := os.environ.get("CERTMAP_SCREENSHOTS"):
        browser.screenshot(os.path.join(folder, f"{page.replace('/', '-')}-{width}-{'dark' if dark else 'light'}.png"))

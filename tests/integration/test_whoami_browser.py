"""certmap-whoami in headless Chromium, with a client certificate that a policy chooses.

CERTMAP_SCREENSHOTS=FOLDER keeps pictures of the pages.
"""

import os

import pytest

from browser import CONTRAST, Browser
from pki import dns, email
from whoami_page import SERVER  # noqa: F401 (of `httpd`)

STORY = {  # who: (what the page is called, the sections that a screen reader can jump to)
    "mapped": ("You are signed in as alice", ["Your account", "Your certificate, as the server sees it",
                                              "Whom to ask"]),
    "refused": ("You are not signed in", ["What you can do", "Whom to ask",
                                          "Your certificate, as the server sees it"]),
    "nobody": ("You are not signed in", ["What you can do", "Whom to ask"]),
    "soon": ("You are signed in as alice", ["Your certificate expires in 5 days", "Your account",
                                            "Your certificate, as the server sees it", "Whom to ask"]),
    "many": ("You are not signed in", ["What you can do", "Whom to ask",
                                       "Your certificate, as the server sees it"]),
}
LOOKS = [(1280, False), (1280, True), (320, False), (320, True)]


@pytest.fixture(scope="module")
def certs(pki):
    day = 86400
    evil = '<script>document.title = "evil"</script><img src=x onerror=alert(1)>'
    return {"mapped": pki.alice, "refused": pki.carol, "nobody": None,
            "soon": pki.person("alice", not_before=-60 * day, not_after=5 * day + 3600),
            "many": pki.issuing.issue(["O=" + "W" * 300, f"CN={evil} \u0639\u0644\u064a \u202e \U0001F469"],
                                      san=[*(dns(f"host-{number}.example") for number in range(200)),
                                           email("m@other.example")])}


@pytest.fixture(scope="module", params=STORY)
def visit(request, httpd, pki, certs):
    """The page as the answer to a request that may be refused, opened once for all tests."""
    cert = certs[request.param]
    with Browser(pki, cert, issuer=pki.partner if request.param == "refused" else pki.issuing) as browser:
        browser.open(f"https://localhost:{httpd.port}/whoami/in")
        yield request.param, browser


def test_what_it_says(visit):
    who, browser = visit
    title, sections = STORY[who]
    assert browser.run("return document.title") == title
    assert browser.headings() == [(1, title), *((2, section) for section in sections)]
    landmarks = [(role, name) for role, name, _ in browser.accessible() if role in ("main", "region")]
    assert landmarks[0][0] == "main"
    assert {name for role, name in landmarks if role == "region"} == {
        section for section in sections if "expires" not in section}
    browser.run("document.querySelectorAll('details').forEach(element => element.open = true)")
    terms = [name for role, name, _ in browser.accessible() if role == "term"]
    assert len(terms) == len(browser.run("return [...document.querySelectorAll('dt')].map(e => e.innerText)"))


def test_nothing_is_blocked_or_runs(visit):
    _, browser = visit
    expected = "Failed to load resource: the server responded with a status of 403"
    assert [line for line in browser.complaints() if expected not in line] == []
    assert browser.run("return document.images.length + document.scripts.length") == 0
    assert browser.run("return getComputedStyle(document.querySelector('main')).maxWidth") != "none"


@pytest.mark.parametrize("width, dark", LOOKS)
def test_how_it_looks(visit, width, dark):
    who, browser = visit
    browser.look(width, dark)
    browser.run("document.querySelectorAll('details').forEach(element => element.open = true)")
    assert browser.run("return [innerWidth, document.documentElement.scrollWidth]") == [width, width]
    # Nothing sticks out of its box either.
    assert browser.run("return [...document.querySelectorAll('section, dd, dt, pre, p, li')]"
                       ".filter(element => element.scrollWidth > element.clientWidth + 1 && element.clientWidth)"
                       ".map(element => element.outerHTML.slice(0, 80))") == []
    ratios = browser.run(CONTRAST)
    assert len(ratios) > 10 and [each for each in ratios if each[0] < 4.5] == []
    back = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, back[4:-1].split(","))) < 200) is dark
    if folder := os.environ.get("CERTMAP_SCREENSHOTS"):
        browser.run("document.querySelectorAll('details').forEach(element => element.open = false)")
        browser.screenshot(os.path.join(folder, f"whoami-{who}-{width}-{'dark' if dark else 'light'}.png"))


def test_certificates_are_verified_and_nothing_stays_behind(httpd, pki):
    with Browser(pki) as browser:
        policies = browser.policies
        assert policies and all(map(os.path.exists, policies))
        browser.open(f"https://other.localhost:{httpd.port}/index.html")
        assert "NET::ERR_CERT_COMMON_NAME_INVALID" in browser.run("return document.body.innerText")
        browser.open(f"https://localhost:{httpd.port}/index.html")
        assert browser.run("return document.body.innerText") == "index"
    assert not any(map(os.path.exists, policies)) and not browser.processes()

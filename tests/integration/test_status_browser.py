"""certmap-status in headless Chromium: nothing is cut off, nothing is green that is not there, zeros are quiet.

CERTMAP_SCREENSHOTS=FOLDER keeps pictures of the pages.
"""

import os

import pytest

from browser import CONTRAST, Browser
from fake_ldap import FakeLdap
from httpd_setup import AUDIT
from status_page import PLAIN, Counts, wait_for_requests
from watch import wait_for

RULES = """
<CertMapRule people-of-a-department-with-a-long-name>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>"""
MAP = """
<CertMapRule listed>
    CertMapFile conf/a-folder-with-a-long-name/and-a-map-with-a-name-as-long-as-that.map
</CertMapRule>"""
FILES = {"conf/a-folder-with-a-long-name/and-a-map-with-a-name-as-long-as-that.map": "email:x@partner.example x\n"}
USE = "AuthType ClientCert\nRequire valid-user\nCertMapUse "
STATES = ("new", "busy", "trouble")
LOOKS = [(1280, False), (1280, True), (375, False), (375, True)]


def people(ldap):
    return f"\n<CertMapRule people>\n    {ldap}\n</CertMapRule>"


@pytest.fixture(scope="module", params=STATES)
def visit(request, serve, pki):
    """A server and its page: just started, after some requests, with a directory and a map that fail."""
    state, ldap = request.param, FakeLdap()
    names, rules = "people-of-a-department-with-a-long-name", RULES
    rules += people(ldap.lines())
    if state != "new":
        names, rules = "listed " + names + " people", rules + MAP
    if state == "trouble":
        ldap.close()
    httpd = serve(main=rules, location=USE + names, plain=PLAIN, processes=2, files=FILES,
                  vhost="ServerName www.a-rather-long-name.example.com",
                  audit="" if state == "new" else AUDIT)
    if state != "new":
        for number in range(12):
            httpd.get("/page.html", (pki.alice, pki.carol, None)[number % 3])
        wait_for_requests(httpd, 12)
    if state == "trouble":
        httpd.write(next(iter(FILES)), "nonsense\n")
        wait_for(lambda: Counts(httpd)("map_file_good") == 0, "a map file that is seen to be bad")
    with Browser(pki) as browser:
        browser.open(f"http://localhost:{httpd.plain_port}/status")
        yield state, browser
    ldap.close()


def green(browser):
    """The texts of what is green."""
    return browser.run("return [...document.querySelectorAll('.good')].map(e => e.innerText.replace(/\\s+/g, ' '))")


def test_nothing_is_green_that_is_not_there(visit):
    state, browser = visit
    if state == "new":
        assert browser.headings()[0] == (1, "CertMap runs") and green(browser) == []
        assert "not asked yet" in browser.run("return document.body.innerText")
    elif state == "busy":
        assert green(browser) == ["CertMap works Directories answer, map files are good, audit events were written.",
                                  "up", "good"]
    else:
        assert browser.headings()[0] == (1, "CertMap needs a look") and green(browser) == []


def test_zeros_are_quiet(visit):
    _, browser = visit
    numbers = browser.run("return [...document.querySelectorAll('td.number, dd')].map(e => [e.innerText,"
                          " e.classList.contains('zero') || !!e.querySelector('.zero')])")
    assert {text for text, quiet in numbers if quiet} <= {"0", "none", "not asked yet"}
    assert {text for text, quiet in numbers if not quiet} & {"0", "none"} == set() and len(numbers) > 10


@pytest.mark.parametrize("width, dark", LOOKS)
def test_how_it_looks(visit, width, dark):
    state, browser = visit
    browser.look(width, dark)
    assert browser.run("return [innerWidth, document.documentElement.scrollWidth]") == [width, width]
    # Nothing is cut off, and nothing must be scrolled sideways to be seen.
    assert browser.run("return [...document.querySelectorAll('section, table, th, td, dd, dt, h2, p, li')]"
                       ".filter(e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth)"
                       ".map(e => e.outerHTML.slice(0, 80))") == []
    assert [each for each in browser.run(CONTRAST) if each[0] < 4.5] == []
    if folder := os.environ.get("CERTMAP_SCREENSHOTS"):
        browser.screenshot(os.path.join(folder, f"status-{state}-{width}-{'dark' if dark else 'light'}.png"))

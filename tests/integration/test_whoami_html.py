"""certmap-whoami as a page: its markup, what certificates can do to it, headers, methods, Accept."""

import base64
import hashlib
import re

import pytest

from client import password
from pki import dns, email, upn
from whoami_page import SERVER, facts, page  # noqa: F401 (SERVER: of `httpd`)

POLICY = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}
HTML, JSON = "text/html; charset=utf-8", "application/json"
EVIL = '<script>alert("1")</script>&amp;\'"><b>'
SUBJECTS = {
    "markup": EVIL,
    "right-to-left": "\u0639\u0644\u064a \u05d3\u05df",
    "override": "alice\u202egpj.exe\u2066",
    "emoji": "Zo\u00eb \U0001F469\U0001F3FD caf\u0065\u0301",
    "long word": "W" * 2000,
    "tag characters": "a\U000E0041b\u00adc\u2028d",
    "backslash": "a\\u202e",
}


def issue(pki, text, **how):
    return pki.issuing.issue(["O=Example", f"CN={text}"], **how)


def shown_as(text):
    """Format and separator characters become visible."""
    return re.sub("[\u202a-\u202e\u2066-\u2069\u00ad\u2028\u200b]|[\U000E0000-\U000E007F]",
                  lambda found: "".join(f"\\u{unit:04x}" for unit in memoryview(
                      found[0].encode("utf-16-le")).cast("H")), text)


# The markup

PAGES = [("/whoami", "alice", None), ("/whoami/in", "carol", None), ("/whoami", None, None),
         ("/group", "alice", None), ("/both", "alice", None), ("/basic/in", None, "bob"), ("/nothing", "alice", None),
         ("/typeless", "alice", None), ("/directory/in", "alice", None), ("/denied", None, None)]


@pytest.fixture(scope="module", params=PAGES, ids=lambda each: f"{each[0]} {each[1]}")
def shown(request, httpd, pki):
    path, who, login = request.param
    return page(httpd, path, who and getattr(pki, who), login and password(login))


def test_it_is_a_whole_document(shown):
    tags = [tag for tag, _ in shown.elements]
    assert shown.source.startswith("<!DOCTYPE html>\n") and dict(shown.elements)["html"] == {"lang": "en"}
    assert tags.count("main") == tags.count("h1") == tags.count("title") == 1
    assert shown.title.startswith(shown.all("h1")[0]) and len(shown.all("dt")) == len(shown.all("dd"))
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and set(levels[1:]) == {2}
    ids = {attributes.get("id") for _, attributes in shown.elements}
    assert {attributes["aria-labelledby"] for _, attributes in shown.elements
            if "aria-labelledby" in attributes} <= ids
    assert all(attributes.get("aria-hidden") == "true" for tag, attributes in shown.elements if tag == "svg")


def test_nothing_in_it_runs_or_is_loaded(shown):
    assert not {tag for tag, _ in shown.elements} & {"script", "link", "img", "iframe", "form", "object"}
    for tag, attributes in shown.elements:
        if tag == "a":
            assert attributes == {"href": "mailto:helpdesk@example.com"}
            continue
        assert not [name for name in attributes if name in ("style", "src", "href") or name.startswith("on")]
    assert not re.search(r"url\(|@import|expression", shown.all("style")[0])


def test_its_headers(shown):
    policy = dict(each.strip().split(" ", 1) for each in shown.headers["Content-Security-Policy"].split(";"))
    digest = base64.b64encode(hashlib.sha256(shown.all("style")[0].encode()).digest()).decode()
    assert policy.pop("style-src") == f"'sha256-{digest}'" and policy == POLICY
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    (control,) = shown.headers.get_all("Cache-Control")
    assert sorted(control.split(", ")) == ["no-store", "private"] and "Accept" in shown.headers["Vary"]
    assert int(shown.headers["Content-Length"]) == len(shown.source.encode())


# What a certificate can do to it

@pytest.mark.parametrize("name", SUBJECTS)
def test_texts_of_a_certificate(httpd, pki, name):
    text = SUBJECTS[name]
    escaped = re.sub(r'([",+<>;\\])', r"\\\1", text)  # RFC 4514
    cert = issue(pki, text)
    shown = page(httpd, "/whoami", cert)
    assert shown.facts["Subject"] == shown_as(f"CN={escaped},O=Example")
    assert "script" not in {tag for tag, _ in shown.elements}
    response = httpd.get("/whoami", cert, {"Accept": JSON})
    assert facts(httpd, "/whoami", cert)["certificate"]["subject"] == f"CN={escaped},O=Example"
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u00ad\u2028\U000E0000-\U000E007F]", response.body.decode())


def test_a_malformed_certificate_is_shown_safely(httpd, pki):
    cert = pki.issuing.issue(["CN=a\x07\x1b[2J\x85b"], san=[dns(b"\xff\xfe<b>"), email("x@example.com")])
    shown = page(httpd, "/whoami", cert)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.source)
    assert shown.facts["Subject"] == "CN=a\\u0007\\u001b[2J\\u0085b" or "Fault" in shown.facts
    assert shown.facts["Fault"] and shown.facts["Fingerprint"] == cert.sha256
    told = facts(httpd, "/whoami", cert)["certificate"]
    assert told["malformed"] == shown.facts["Fault"] or "\\u" in shown.facts["Fault"]


def test_256_names(httpd, pki):
    names = [f"host-{number}.example" for number in range(250)]
    cert = pki.issuing.issue(["CN=many"], san=[*map(dns, names), *(upn(f"u{n}@example") for n in range(6))])
    assert facts(httpd, "/whoami", cert)["certificate"]["dns"] == names
    shown = page(httpd, "/whoami", cert)
    assert shown.all("summary") == ["250 values", "Technical details"] and set(names) < set(shown.all("li"))
    assert page(httpd, "/whoami", pki.alice).all("summary") == ["Technical details"]


def test_no_subject(httpd, pki):
    assert "Subject" not in page(httpd, "/whoami", pki.issuing.issue([], san=[email("a@example.com")])).facts


# Requests

ACCEPTS = [
    (None, HTML), ("", HTML), ("*/*", HTML), ("text/html", HTML), ("application/json", JSON),
    ("APPLICATION/JSON", JSON), ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
    ("text/html;q=0.5, application/json", JSON), ("application/json;q=0.5, text/html", HTML),
    ("application/json, text/html", HTML), ("application/*", JSON), ("text/*;q=0.2, application/json;q=0.1", HTML),
    ("text/html;q=0, */*", JSON), ("image/png", HTML), ("application/json;q=0", HTML),
    ("application/json;q=junk", JSON), ("text/html;q=nan,application/json;q=0.9", HTML),
    ('text/html;x="a,b;q=1";q=0.1, application/json;q=0.2', JSON), (",;=,application/json", JSON),
    ("*/*;q=0.1, text/*;q=0.9", HTML), ("text/html ; q=0.3 , application/json ; q=0.4", JSON),
]


@pytest.mark.parametrize("accept, expected", ACCEPTS)
def test_accept(httpd, pki, accept, expected):
    response = httpd.get("/whoami", pki.alice, {} if accept is None else {"Accept": accept})
    assert response.headers["Content-Type"] == expected and response.status == 200


def test_json_has_the_same_headers(httpd, pki):
    with httpd.connect(pki.alice) as connection:
        html, told = (connection.get("/whoami", {"Accept": each}).headers for each in (HTML, JSON))
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control", "Vary"):
        assert html[name] == told[name]


def test_methods(httpd, pki):
    with httpd.connect(pki.alice) as connection:
        head = connection.request("HEAD", "/whoami")
        assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) > 1000
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            answer = connection.request(method, "/whoami", body="x=1")
            assert answer.status == 405 and {"GET", "HEAD"} <= set(re.split(", *", answer.headers["Allow"])), method
        refused = connection.request("POST", "/group", body="x=1")
        assert refused.status == 403 and b"You may not open this page" in refused.body

"""What httpd puts in the place of a request: DirectoryIndex, FallbackResource, behind internal redirects, too."""

import pytest

from client import password
from httpd_setup import user_file

VALID = """
    AuthType   ClientCert
    CertMapUse staff
    Require    valid-user
"""
REWRITES = "RewriteEngine On\nRewriteRule ^go$ /reports/\nRewriteRule ^again$ /rewrite/go\nRewriteRule ^both$ /both/\n"
BOTH = """
    AuthType       Basic
    AuthName       "both"
    AuthUserFile   conf/users
    CertMapUse     staff
    CertMapControl required
"""
PAGE = "user=[<!--#echo var=\"REMOTE_USER\" -->] type=[<!--#echo var=\"AUTH_TYPE\" -->] rule=[<!--#echo var=\"CERTMAP_RULE\" -->]\n"
SERVER = dict(
    main="""
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.O == Example
    CertMapUser     {subject.CN}
</CertMapRule>
""",
    vhost=f"""
<Location "/reports/index.html">{VALID}</Location>
<Location "/both/index.html">{BOTH}
    Require        valid-user
</Location>
<Location "/chain/">
    DirectoryIndex inner/
</Location>
<Location "/chain/inner/">{VALID}
    DirectoryIndex index.shtml
</Location>
<Location "/chain/inner/index.shtml">{BOTH}
    Require        ip 127.0.0.1
</Location>
<Location "/weak/">{VALID}
    DirectoryIndex index.shtml
</Location>
<Location "/weak/index.shtml">{BOTH}
    Require        valid-user
</Location>
<Location "/people/">
    AuthType       Basic
    AuthName       "people"
    AuthUserFile   conf/users
    Require        valid-user
    DirectoryIndex index.shtml
</Location>
<Location "/people/index.shtml">
    CertMapUse staff
</Location>
<Location "/private">{VALID}</Location>
<Directory "${{ROOT}}/htdocs">
    AllowOverride All
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Location "/private/app">
    FallbackResource /private/index.html
</Location>
<Location "/told/index.html">{VALID}</Location>
<Location "/told/">
    ErrorDocument 403 /why.html
</Location>
<Location "/away/index.html">{VALID}</Location>
<Location "/away/">
    ErrorDocument 403 https://login.example.test/why
</Location>
<Location "/moved/index.html">{VALID}</Location>
<Location "/moved/">
    DirectoryIndex index.html second.html
    Redirect       302 /moved/second.html https://www.example.test/
    ErrorDocument  403 https://login.example.test/why
</Location>
<Location "/bob/index.html">
    AuthType   ClientCert
    CertMapUse staff
    Require    user bob
</Location>
<Location "/second/">
    DirectoryIndex index.html open.html
</Location>
<Location "/second/index.html">{VALID}</Location>
<Location "/absent">
    ErrorDocument 404 /reports/
</Location>
""", files={
        "conf/users": user_file("alice", "bob"), "htdocs/both/index.html": "of both\n",
        "htdocs/chain/inner/index.shtml": PAGE, "htdocs/weak/index.shtml": PAGE, "htdocs/people/index.shtml": PAGE,
        "htdocs/including/page.shtml": '<!--#include virtual="/chain/inner/" -->',
        "htdocs/reports/index.html": "the reports\n", "htdocs/private/index.html": "the front\n",
        "htdocs/rewrite/.htaccess": REWRITES, "htdocs/told/index.html": "told\n", "htdocs/away/index.html": "away\n",
        "htdocs/moved/index.html": "first\n", "htdocs/moved/second.html": "second\n",
        "htdocs/why.html": "why\n",
        "htdocs/bob/index.html": "of bob\n", "htdocs/second/index.html": "first\n",
        "htdocs/second/open.html": "the reports\n",
    })
WAYS = {"asked": "/reports/", "rewritten": "/rewrite/go", "rewritten twice": "/rewrite/again",
        "error document": "/absent"}


@pytest.mark.parametrize("way", WAYS)
def test_an_index_behind_a_redirect_has_user_and_event(httpd, pki, way):
    seen = httpd.watch()
    response = httpd.get(WAYS[way], pki.alice)
    assert response.text == "the reports\n"
    assert response.headers.get_all("Cache-Control") == ["private"]
    (line,) = seen.access(1)
    assert line.reason == "mapped"
    makes_one = way != "error document"
    assert [event["user"]["name"] for event in seen.events(int(makes_one))] == ["alice"] * makes_one


@pytest.mark.parametrize("way", WAYS)
def test_an_index_behind_a_redirect_is_refused(httpd, pki, way):
    for cert in (None, pki.carol):
        assert "the reports" not in httpd.get(WAYS[way], cert).text


@pytest.mark.parametrize("path", ["/reports/", "/rewrite/go", "/told/"])
def test_a_refusal_by_an_index_left_no_event_and_an_open_connection(httpd, pki, path):
    for cert, reason, ends in ((None, "no_certificate", True), (pki.carol, "no_rule_matched", False)):
        seen = httpd.watch()
        with httpd.connect(cert) as connection:
            assert connection.get(path).status == 403
            assert connection.ended == ends
        (event,) = seen.events(1)
        assert (event["event"]["reason"], event["event"]["outcome"]) == (reason, "failure")
        assert event["url"]["path"] == ("/reports/" if path == "/rewrite/go" else path)


def test_a_refusal_by_an_index_that_is_answered_with_a_redirect_left_no_event(httpd):
    """httpd answers 302 where the ErrorDocument is a whole URL."""
    seen = httpd.watch()
    with httpd.connect() as connection:
        response = connection.get("/away/")
        assert (response.status, response.headers["Location"]) == (302, "https://login.example.test/why")
        assert connection.ended
    (event,) = seen.events(1)
    assert (event["event"]["reason"], event["event"]["outcome"]) == ("no_certificate", "failure")


def test_a_later_index_that_is_elsewhere_is_no_refusal_of_the_first(httpd):
    seen = httpd.watch()
    response = httpd.get("/moved/")
    assert (response.status, response.headers["Location"]) == (302, "https://www.example.test/")
    assert seen.events(0) == []


def test_a_user_whom_an_index_refuses_left_no_event(httpd, pki):
    seen = httpd.watch()
    assert httpd.get("/bob/", pki.alice).status == 403
    (event,) = seen.events(1)
    assert event["event"]["outcome"] == "failure" and "refused the account alice" in event["error"]["message"]


def test_a_refused_index_before_one_that_is_open_makes_no_event(httpd):
    seen = httpd.watch()
    assert httpd.get("/second/").text == "the reports\n"
    assert seen.events(0) == []


def test_a_later_index_that_nobody_can_read_is_no_refusal_of_the_first(httpd):
    httpd.write("htdocs/second/open.html", "", mode=0)
    seen = httpd.watch()
    try:
        assert httpd.get("/second/").status == 403
        assert seen.events(0) == []
    finally:
        httpd.write("htdocs/second/open.html", "the reports\n")


@pytest.mark.parametrize("path", ["/both/", "/rewrite/both"])
def test_an_index_with_two_factors_has_user_and_event(httpd, pki, path):
    seen = httpd.watch()
    assert httpd.get(path, pki.alice).status == 401
    assert httpd.get(path, pki.bob, password("alice")).status == 403
    assert httpd.get(path, pki.alice, password("alice")).text == "of both\n"
    assert [line.user for line in seen.access(3)][-1] == "alice"
    assert [event["event"]["reason"] for event in seen.events(2, requests=3)] == [
        "account_mismatch", "mapped"]


@pytest.mark.parametrize("path", ["/chain/inner/index.shtml", "/chain/inner/", "/chain/", "/including/page.shtml"])
def test_an_index_has_no_user_that_its_own_place_does_not_give(httpd, pki, path):
    assert httpd.get(path, pki.alice).text == "user=[(none)] type=[(none)] rule=[(none)]\n"


def test_a_user_of_a_password_stays_that_of_the_index(httpd, pki):
    assert httpd.get("/people/", None, password("bob")).text == "user=[bob] type=[Basic] rule=[(none)]\n"
    assert httpd.get("/people/", pki.alice, password("bob")).text == "user=[alice] type=[ClientCert] rule=[staff]\n"


def test_the_reason_of_a_refused_index_was_in_no_access_log(httpd, pki):
    seen = httpd.watch()
    assert httpd.get("/reports/", pki.carol).status == 403
    assert [line.reason for line in seen.access(1)] == ["no_rule_matched"]


def test_an_index_with_two_factors_behind_a_folder_with_one(httpd, pki):
    assert httpd.get("/weak/", pki.alice).status == 401
    assert httpd.get("/weak/", pki.bob, password("alice")).status == 403
    seen = httpd.watch()
    assert httpd.get("/weak/", pki.alice, password("alice")).text == "user=[alice] type=[Basic] rule=[staff]\n"
    assert [event["event"]["reason"] for event in seen.events(1)] == ["mapped"]


@pytest.mark.parametrize("path", ["/private/app/any", "/private/", "/private/index.html"])
def test_cache_control_is_said_once(httpd, pki, path):
    response = httpd.get(path, pki.alice)
    assert response.text == "the front\n"
    assert response.headers.get_all("Cache-Control") == ["private"]

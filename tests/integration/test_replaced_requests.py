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
<Location "/absent">
    ErrorDocument 404 /reports/
</Location>
""", files={
        "conf/users": user_file("alice", "bob"), "htdocs/both/index.html": "of both\n",
        "htdocs/chain/inner/index.shtml": PAGE, "htdocs/weak/index.shtml": PAGE, "htdocs/people/index.shtml": PAGE,
        "htdocs/including/page.shtml": '<!--#include virtual="/chain/inner/" -->',
        "htdocs/reports/index.html": "the reports\n", "htdocs/private/index.html": "the front\n",
        "htdocs/rewrite/.htaccess": REWRITES,
    })
WAYS = {"asked": "/reports/", "rewritten": "/rewrite/go", "rewritten twice": "/rewrite/again",
        "error document": "/absent"}


@pytest.mark.parametrize("way", WAYS)
def test_an_index_behind_a_redirect_has_user_and_event(httpd, pki, way):
    seen = httpd.watch()
    response = httpd.get(WAYS[way], pki.alice)
    assert response.text == "the reports\n"
    assert response.headers.get_all("Cache-Control") == ["private"]
    (event,) = seen.events(1)
    assert event["user"]["name"] == "alice"
    (line,) = seen.access(1)
    assert line.reason == "mapped"


@pytest.mark.parametrize("way", WAYS)
def test_an_index_behind_a_redirect_is_refused(httpd, pki, way):
    for cert in (None, pki.carol):
        assert "the reports" not in httpd.get(WAYS[way], cert).text


@pytest.mark.parametrize("path", ["/both/", "/rewrite/both"])
def test_an_index_with_two_factors_has_user_and_event(httpd, pki, path):
    seen = httpd.watch()
    assert httpd.get(path, pki.alice).status == 401
    assert httpd.get(path, pki.bob, password("alice")).status == 403
    assert httpd.get(path, pki.alice, password("alice")).text == "of both\n"
    assert [line.user for line in seen.access(3)][-1] == "alice"
    assert [event["event"]["reason"] for event in seen.events(1, requests=3)] == ["mapped"]


@pytest.mark.parametrize("path", ["/chain/inner/index.shtml", "/chain/inner/", "/chain/", "/including/page.shtml"])
def test_an_index_has_no_user_that_its_own_place_does_not_give(httpd, pki, path):
    assert httpd.get(path, pki.alice).text == "user=[(none)] type=[(none)] rule=[(none)]\n"


def test_a_user_of_a_password_stays_that_of_the_index(httpd, pki):
    assert httpd.get("/people/", None, password("bob")).text == "user=[bob] type=[Basic] rule=[(none)]\n"
    assert httpd.get("/people/", pki.alice, password("bob")).text == "user=[alice] type=[ClientCert] rule=[staff]\n"


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

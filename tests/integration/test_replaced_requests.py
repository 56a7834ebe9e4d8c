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
<Location "/both/index.html">
    AuthType       Basic
    AuthName       "both"
    AuthUserFile   conf/users
    CertMapUse     staff
    CertMapControl required
    Require        valid-user
</Location>
<Location "/private">{VALID}</Location>
<Directory "${{ROOT}}/htdocs">
    AllowOverride All
</Directory>
<Location "/private/app">
    FallbackResource /private/index.html
</Location>
<Location "/absent">
    ErrorDocument 404 /reports/
</Location>
""", files={
        "conf/users": user_file("alice", "bob"), "htdocs/both/index.html": "of both\n",
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


@pytest.mark.parametrize("path", ["/private/app/any", "/private/", "/private/index.html"])
def test_cache_control_is_said_once(httpd, pki, path):
    response = httpd.get(path, pki.alice)
    assert response.text == "the front\n"
    assert response.headers.get_all("Cache-Control") == ["private"]

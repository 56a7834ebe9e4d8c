"""CertMap together with the rest of httpd: error documents, redirects, caches, mod_ssl's own users."""

import base64
import os
import time

import pytest

from httpd_setup import virtual_host

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.O == Example
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule people>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
<CertMapRule partner>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse people staff\n"
VALID = USE + "Require valid-user\n"
PLACES = {
    "inner": VALID,
    "inner/partner": "CertMapUse partner",
    "inner/if": "<If \"%{QUERY_STRING} == 'partner'\">\nCertMapUse partner\n</If>",
    "sslusername": "SSLUserName SSL_CLIENT_S_DN_CN\n" + VALID,
    "sslusername/granted": "Require all granted",
    "sslusername/alone": "CertMapUse none\nAuthType None\nRequire all granted",
    "satisfy": VALID + "Order deny,allow\nDeny from all\nSatisfy Any",
    "satisfy/strict": "SSLOptions +StrictRequire\nSSLRequire %{SSL_CLIENT_S_DN_CN} eq \"bob\"",
    "error/inside": VALID + "ErrorDocument 403 /cgi/env/error/inside/page",
    "error/outside": VALID + "ErrorDocument 403 /cgi/env/nowhere",
    "error/to-sslusername": VALID + "ErrorDocument 403 /cgi/env/sslusername/alone",
    "error/sslusername": "SSLUserName SSL_CLIENT_S_DN_CN\n" + VALID
                         + "ErrorDocument 403 /cgi/env/error/sslusername/page",
}
VHOST = "".join(f'<Location "/cgi/env/{name}">\n{text}\n</Location>\n' for name, text in PLACES.items()) + f"""
<Location "/private">
{VALID}
</Location>
<Location "/cgi/env/private">
{VALID}
</Location>
<Directory "${{ROOT}}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AllowOverride All
</Directory>
RewriteEngine on
RewriteRule ^/public-way-in$ /private/page.html [PT]
RewriteRule ^/private/rewritten$ /private/page.html [PT]
<Location "/to-backend">
    {VALID}
    RequestHeader set X-Remote-User "expr=%{{REMOTE_USER}}"
    RequestHeader set X-Rule "%{{CERTMAP_RULE}}e"
    ProxyPass "http://127.0.0.1:${{PLAIN_PORT}}/cgi/env"
</Location>
"""
FAKE = virtual_host("fake", f"""SSLOptions +FakeBasicAuth
    <CertMapRule staff>
        CertMapIssuedBy conf/corp-ca.pem
        CertMapUser     "vhost-{{subject.CN}}"
    </CertMapRule>
    <Location "/">
        {VALID}
        AuthUserFile conf/users
    </Location>""")
SERVER = dict(
    main=RULES, vhost=VHOST, after=FAKE, modules=("proxy", "proxy_http", "access_compat"),
    files={
        "conf/people.map": 'email:bob@example.com bob "groups=wheel,power users"\n',
        "conf/groups": "wheel: bob\n", "conf/users": "/O=Example/CN=alice:xxj31ZMTZzkVA\n",
        "htdocs/private/page.html": "the page\n", "htdocs/private/index.html": "the index\n",
        "htdocs/private/whole.shtml": '<!--#include virtual="page.html" --> and <!--#echo var="REMOTE_USER" -->'
                                      '<!--#include virtual="/private/page.html" -->\n',
        "htdocs/private/variables.shtml": "<!--#printenv -->",
        "htdocs/private/more.shtml": '<!--#include virtual="variables.shtml" -->',
        "htdocs/open.shtml": '[<!--#include virtual="/private/page.html" -->]\n',
        "htdocs/override/.htaccess": "CertMapUse none\n", "htdocs/override/page.html": "x\n",
    })


def statuses(httpd, pki, place):
    return [httpd.get(f"/cgi/env/{place}", cert).status for cert in (pki.alice, pki.bob, pki.carol, None)]


# alice maps by "staff", bob by "people"; carol maps by neither.

def test_an_inner_use_replaces_the_outer(httpd, pki):
    assert statuses(httpd, pki, "inner") == [200, 200, 403, 403]
    assert statuses(httpd, pki, "inner/partner") == [403, 403, 200, 403]


def test_if_sections(httpd, pki):
    assert httpd.get("/cgi/env/inner/if", pki.carol).status == 403
    assert httpd.get("/cgi/env/inner/if?partner", pki.carol).status == 200
    assert httpd.get("/cgi/env/inner/if?partner", pki.alice).status == 403


def test_a_rule_of_the_virtual_host_comes_before_the_main_servers(httpd, pki):
    with httpd.connect(pki.alice, sni="fake.example.test") as connection:
        assert connection.get("/cgi/env").env["REMOTE_USER"] == "vhost-alice"


# mod_ssl's own users

def test_sslusername_gives_way(httpd, pki):
    assert httpd.whoami(pki.bob, "/cgi/env/sslusername")["AUTH_TYPE"] == "ClientCert"
    assert statuses(httpd, pki, "sslusername") == [200, 200, 403, 403]


def test_sslusername_is_cleared_where_nothing_maps(httpd, pki):
    assert "REMOTE_USER" not in httpd.whoami(pki.carol, "/cgi/env/sslusername/granted")


def test_sslusername_is_left_alone_elsewhere(httpd, pki):
    env = httpd.whoami(pki.carol, "/cgi/env/sslusername/alone")
    assert env["REMOTE_USER"] == "carol" and "CERTMAP_RULE" not in env


def fake_statuses(httpd, pki, headers=None):
    return [httpd.get("/cgi/env", cert, headers, sni="fake.example.test").status
            for cert in (pki.alice, pki.carol, None)]


def test_fakebasicauth_does_not_decide(httpd, pki):
    assert fake_statuses(httpd, pki) == [200, 403, 403]


def test_mod_ssl_refuses_a_client_that_fakes_its_fakebasicauth(httpd, pki):
    header = "Basic " + base64.b64encode(b"/O=Example/CN=alice:password").decode()
    assert fake_statuses(httpd, pki, {"Authorization": header}) == [403, 403, 403]


def test_mod_ssl_refuses_past_satisfy_any(httpd, pki):
    assert statuses(httpd, pki, "satisfy/strict") == [403, 200, 403, 403]


def test_require_is_asked_once_where_only_httpds_own_modules_are(make_httpd, pki):
    httpd = make_httpd(main=RULES, files=SERVER["files"], location=VALID, log_level="notice authz_core:debug").start()
    seen = httpd.watch()
    assert httpd.get("/page.html", pki.alice).status == 200
    asked = [line for line in seen.errors("AH01626") if "Require valid-user" in line]
    assert len(asked) == 1 and asked[0].endswith("granted")


def test_satisfy_any_does_not_let_in(httpd, pki):
    assert statuses(httpd, pki, "satisfy") == [200, 200, 403, 403]


# One request, one decision

@pytest.mark.parametrize("who", ["carol", None])
@pytest.mark.parametrize("place", ["inside", "outside", "sslusername", "to-sslusername"])
def test_an_error_document_is_served_and_knows_nothing(httpd, pki, who, place):
    seen = httpd.watch()
    response = httpd.get(f"/cgi/env/error/{place}", who and getattr(pki, who))
    assert response.status == 403
    assert response.env["REDIRECT_STATUS"] == "403"
    told = [key for key in response.env if "CERTMAP" in key or "REMOTE_USER" in key or "AUTH_TYPE" in key]
    assert told == []
    seen.events(1, requests=1)
    assert len([line for line in seen.errors("[certmap:info]") if "no_" in line]) == 1


def test_an_error_document_cannot_be_asked_for(httpd, pki):
    """That it is served for a refusal must not open it for everybody."""
    response = httpd.get("/cgi/env/error/inside/page", headers={"X-Original-Status": "403"})
    assert response.status == 403


def test_the_environment_of_a_mapped_error_document(httpd, pki):
    """A mapped user who meets an error inside keeps the user, for the log."""
    seen = httpd.watch()
    assert httpd.get("/private/missing.html", pki.alice).status == 404
    assert seen.access(1, "/private/missing.html")[0].user == "alice"


def test_subrequests_make_no_event(httpd, pki):
    seen = httpd.watch()
    body = httpd.get("/private/whole.shtml", pki.alice).text
    assert body.count("the page") == 2 and "and alice" in body
    seen.events(1)


def test_a_subrequest_does_not_open_a_door(httpd):
    seen = httpd.watch()
    response = httpd.get("/open.shtml")
    assert response.status == 200 and "the page" not in response.text
    seen.events(0, requests=1)


def test_a_subrequest_from_a_public_page_knows_the_user(httpd, pki):
    assert "the page" in httpd.get("/open.shtml", pki.alice).text


@pytest.mark.parametrize("path, text", [("/private/", "the index"), ("/private/rewritten", "the page")])
def test_internal_redirects_make_no_second_event(httpd, pki, path, text):
    seen = httpd.watch()
    response = httpd.get(path, pki.alice)
    assert (response.status, response.text.strip()) == (200, text)
    assert "private" in response.headers["Cache-Control"]
    seen.events(1)


def test_a_redirect_into_a_protected_place_is_refused(httpd, pki):
    assert httpd.get("/public-way-in").status == 403
    assert httpd.get("/public-way-in", pki.carol).status == 403
    assert httpd.get("/public-way-in", pki.alice).text == "the page\n"


@pytest.mark.parametrize("page", ["variables", "more"])
def test_each_variable_is_there_once(httpd, pki, page):
    text = httpd.get(f"/private/{page}.shtml", pki.bob).text
    names = [line.split("=")[0] for line in text.splitlines() if line.startswith("CERTMAP_")]
    assert sorted(names) == ["CERTMAP_DAYS_LEFT", "CERTMAP_GROUPS", "CERTMAP_RULE", "CERTMAP_STRENGTH"]


def test_a_proxied_application_gets_the_user(httpd, pki):
    env = httpd.get("/to-backend", pki.bob, {"X-Remote-User": "root", "X-Rule": "root"}).env
    assert (env["HTTP_X_REMOTE_USER"], env["HTTP_X_RULE"]) == ("bob", "people")
    assert httpd.get("/to-backend", pki.carol, {"X-Remote-User": "root"}).status == 403


def test_htaccess_has_no_say(httpd):
    seen = httpd.watch()
    assert httpd.get("/override/page.html").status == 500
    assert "CertMapUse not allowed here" in seen.error("CertMapUse")


# mod_cache answers before anybody is asked

@pytest.fixture(scope="module", params=["On", "Off"])
def caching(request, serve):
    httpd = serve(
        main=RULES, modules=("cache", "cache_socache"),
        vhost=f"""
CacheEnable socache /
CacheSocache shmcb:${{ROOT}}/run/cache(512000)
CacheQuickHandler {request.param}
CacheHeader on
CacheDefaultExpire 600
CacheIgnoreNoLastMod on
<Location "/private">
{VALID}
</Location>
<Location "/stubborn">
{VALID}
Header set Cache-Control "max-age=600, public"
</Location>
""", files={**SERVER["files"], "htdocs/stubborn/page.html": "stubborn\n"})
    long_ago = time.time() - 100 * 86400  # what was just written is not fresh for long
    for name in ("public.html", "private/page.html", "private/index.html", "stubborn/page.html"):
        os.utime(httpd.path("htdocs/" + name), (long_ago, long_ago))
    return httpd


def test_a_protected_page_is_not_cached_for_others(caching, pki):
    for path in ("/private/page.html", "/private/", "/stubborn/page.html"):
        for _ in range(2):
            assert caching.get(path, pki.alice).status == 200
        assert caching.get(path).status == 403
        assert caching.get(path, pki.carol).status == 403


def test_a_page_stays_private_whatever_the_configuration_sets(caching, pki):
    headers = caching.get("/stubborn/page.html", pki.alice).headers.get_all("Cache-Control")
    assert sorted(headers) == ["max-age=600, public", "private"]


def test_the_cache_works_elsewhere(caching):
    caching.get("/public.html")
    assert caching.get("/public.html").headers["X-Cache"].startswith("HIT")


def test_two_people_on_http2_streams_of_their_own(serve, pki):
    httpd = serve(main=RULES, vhost="Protocols h2 http/1.1", location=VALID, mpm="event",
                  files=SERVER["files"])
    with httpd.http2(pki.alice) as alice, httpd.http2(pki.bob) as bob:
        for connection, name in ((alice, "alice"), (bob, "bob")):
            users = {response.env["REMOTE_USER"] for response in connection.get_all(["/cgi/env"] * 8)}
            assert users == {name}

"""docs/directives.md, "Together with other modules": which ErrorDocument of a refusal is served, and which is checked as any request."""

import pytest

from client import password
from httpd_setup import user_file

RULE = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.O == Example
    CertMapUser     {subject.CN}
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse staff\n"
BASIC = "AuthType Basic\nAuthName people\nAuthUserFile conf/users\n"
OPEN = {  # CertMap alone protects these, or nobody
    "staff": USE + "Require valid-user",
    "alice": USE + "Require user alice",
    "rule": USE + "Require certmap-rule staff",
    "without-require": USE,
    "public": "Require all granted",
    "granted": USE + "Require all granted",
    "lua-lets-in": USE + 'Require valid-user\nLuaHookAuthChecker "${ROOT}/conf/authz.lua" pass',
}
FOR_ALL = ("without-require", "public", "granted")  # nobody protects these
CLOSED = {  # something else protects these
    "denied": "Require all denied",
    "denied-by-use": USE + "Require all denied",
    "address": USE + "<RequireAll>\nRequire valid-user\nRequire ip 10.1.2.3\n</RequireAll>",
    "none-matches": USE + "Require ip 10.1.2.3",
    "expression": USE + """Require expr "%{reqenv:CERTMAP_RULE} == 'staff'\"""",
    "access-compat": USE + "Require valid-user\nOrder deny,allow\nDeny from all",
    "basic": BASIC + "Require valid-user",
    "sufficient": BASIC + "CertMapUse staff\nRequire valid-user",
    "required": BASIC + "CertMapUse staff\nCertMapControl required\nRequire valid-user",
    "half": "AuthType ClientCert\nRequire valid-user",
    "lua": USE + 'Require valid-user\nLuaHookAuthChecker "${ROOT}/conf/authz.lua" refuse',
    "lua-asks": USE + 'Require valid-user\nLuaHookAuthChecker "${ROOT}/conf/authz.lua" ask',
    "lua-authn": USE + 'Require valid-user\nLuaHookCheckUserID "${ROOT}/conf/authz.lua" refuse',
    "lua-authn-early": USE + 'Require valid-user\nLuaHookCheckUserID "${ROOT}/conf/authz.lua" refuse early',
    "lua-access": USE + 'Require valid-user\nLuaHookAccessChecker "${ROOT}/conf/authz.lua" refuse',
}
LUA = """
require 'apache2'
function refuse(r) return 403 end
function ask(r) return 401 end
function pass(r) return apache2.DECLINED end
function choose(r)
    if r.uri == "/lua" then r.uri = "/resolved/" .. (r.headers_in["X-Page"] or "") .. ".html" end
    if r.uri == "/lua-query" then r.args = r.headers_in["X-Page"] end
    return apache2.DECLINED
end
"""
ALL = {**OPEN, **CLOSED}
BOTH = BASIC + "CertMapUse staff\nCertMapControl required\n"
KEPT_OUT = {  # what refuses a request with the query "early", before or after CertMap is asked
    "rewrite": USE + "Require valid-user",
    "rewrite-two": BOTH + "Require valid-user",
    "ssl": USE + 'Require valid-user\nSSLRequire %{QUERY_STRING} ne "early"',
    "ssl-two": BOTH + 'Require valid-user\nSSLRequire %{QUERY_STRING} ne "early"',
    "address": USE + "Require valid-user\nOrder allow,deny\nAllow from all\nDeny from env=early",
    "user": USE + "Require user alice",
    "password": BOTH + "Require valid-user",
    "password-or-not": BASIC + "CertMapUse staff\nRequire user alice",
}
FRONT = "".join(f"RewriteCond %{{QUERY_STRING}} early\nRewriteRule ^/kept/(literal/)?{name}/ - [F]\n" for name in ("rewrite", "rewrite-two", "granted"))
FRONT += 'RewriteRule ^/passed-on$ "/resolved/%{HTTP:X-Page}.html" [PT]\n'
FRONT += 'RewriteRule ^/file$ "%{DOCUMENT_ROOT}/resolved/%{HTTP:X-Page}.html" [L]\n'
WITH_USER = "the page user=[<!--#echo var=\"REMOTE_USER\" -->] rule=[<!--#echo var=\"CERTMAP_RULE\" -->]\n"
SERVER = dict(
    main=RULE, modules=("lua", "access_compat", "allowmethods"),
    vhost="".join(f'<Location "/doc/{name}">\n{text}\n</Location>\n<Location "/by/{name}">\n{USE}Require valid-user\n'
                  f'ErrorDocument 403 /doc/{name}/page.html\n</Location>\n' for name, text in ALL.items()) + "".join(
        f'<Location "/kept/{folder}{name}">\n{text}\n' +
        "".join(f'ErrorDocument {status} "/kept/{folder}{name}/{page}.shtml"\n' for status in (401, 403)) + "</Location>\n"
        for name, text in {**KEPT_OUT, "granted": USE + "Require all granted"}.items()
        for folder, page in (("", "%{req:X-Page}"), ("literal/", "sorry"))) + f"""
SetEnvIfExpr "%{{QUERY_STRING}} == 'early'" early
RewriteEngine On
{FRONT}
LuaHookTranslateName "${{ROOT}}/conf/authz.lua" choose early
<LocationMatch "^/(resolved|passed-on|file|alias|handler|lua)">
{USE}
    Require valid-user
</LocationMatch>
<Location "/resolved/passed-on">
    ErrorDocument 403 /passed-on
</Location>
<Location "/resolved/file">
    ErrorDocument 403 /file
</Location>
<Location "/resolved/alias">
    ErrorDocument 403 /alias
</Location>
<Location "/alias">
    Alias "${{ROOT}}/htdocs/resolved/%{{req:X-Page}}.html"
</Location>
<Location "/resolved/handler">
    ErrorDocument 403 /handler
</Location>
<Location "/resolved/lua">
    ErrorDocument 403 /lua
</Location>
<Location "/resolved/lua-query">
    ErrorDocument 403 /lua-query
</Location>
<Location "/handler">
    SetHandler "%{{req:X-Page}}"
</Location>
<Directory "${{ROOT}}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AllowOverride FileInfo
</Directory>
<Location "/own">
{USE}
    Require valid-user
</Location>
<Location "/own/literal">
    ErrorDocument 403 /own/literal/sorry.html
</Location>
<Location "/own/query">
    ErrorDocument 403 /own/query/sorry.html?why=refused
</Location>
<Location "/own/include">
    ErrorDocument 403 /own/include/sorry.shtml
</Location>
<Location "/others">
    ErrorDocument 404 /own/literal/sorry.html
    ErrorDocument 403 /own/literal/sorry.html
</Location>
<Location "/others/denied">
    Require all denied
</Location>
<Location "/own/header">
    ErrorDocument 403 /own/header/%{{req:X-Page}}.html
</Location>
<Location "/own/if">
    <If "true">
    ErrorDocument 403 /own/if/%{{req:X-Page}}.html
    </If>
</Location>
<Location "/own/outer">
    ErrorDocument 403 /own/outer/sorry.html
</Location>
<Location "/own/outer/inner">
    ErrorDocument 403 /own/outer/%{{req:X-Page}}.html
</Location>
<Location "/own/header/inner">
    ErrorDocument 403 /own/header/sorry.html
</Location>
<Location "/own/twice">
    ErrorDocument 403 /own/twice/sorry.html
    ErrorDocument 403 /own/twice/%{{req:X-Page}}.html
</Location>
<Location "/to-header">
{USE}
    Require valid-user
    ErrorDocument 403 /own/literal/%{{req:X-Page}}.html
</Location>
RedirectMatch 404 /\\.git
<Location "/gone">
{USE}
    Require valid-user
    AllowMethods GET
    ErrorDocument 404 /doc/staff/page.html
    ErrorDocument 405 /doc/staff/page.html
</Location>
<Location "/own/two">
    {BASIC}
    CertMapControl required
    ErrorDocument 403 /own/two/sorry.html
</Location>
""", files={
        "conf/authz.lua": LUA, "conf/users": user_file("alice"),
        **{f"htdocs/doc/{name}/page.html": "the page\n" for name in ALL},
        **{f"htdocs/kept/{folder}{name}/{page}.shtml": WITH_USER for name in (*KEPT_OUT, "granted")
           for folder, page in (("", "secret"), ("literal/", "sorry"))},
        **{f"htdocs/{name}": "the page\n" for name in ("resolved/secret.html", "handler", "lua-query")},
        **{f"htdocs/own/{name}/{page}.html": f"{page}\n" for page in ("sorry", "secret")
           for name in ("literal", "query", "header", "if", "outer", "twice", "two")},
        **{f"htdocs/own/ht-{name}/.htaccess": f"ErrorDocument 403 /doc/{name}/page.html\n" for name in ALL},
        "htdocs/own/ht-header/.htaccess": "ErrorDocument 403 /own/literal/%{req:X-Page}.html\n",
        "htdocs/own/ht-own/.htaccess": "ErrorDocument 403 /own/ht-own/%{req:X-Page}.html\n",
        "htdocs/own/include/sorry.shtml": '<!--#include virtual="/own/include/page.html" -->\n',
        "htdocs/own/ht-own/secret.html": "secret\n",
    })
ASKED = {"X-Page": "secret"}


@pytest.mark.parametrize("where", ["by/", "own/ht-"])
@pytest.mark.parametrize("name", ALL)
def test_what_protects_an_error_document(httpd, pki, name, where):
    for cert in (None, pki.carol):
        response = httpd.get(f"/{where}{name}", cert)
        assert response.status == 403
        is_served = name in (OPEN if where == "by/" else FOR_ALL)
        assert ("the page" in response.text) == is_served, name


def test_the_owner_of_a_htaccess_file_opens_no_other_place(httpd, pki):
    """AllowOverride FileInfo is for his own pages."""
    for cert in (None, pki.carol):
        assert "the page" not in httpd.get("/own/ht-alice", cert).text


@pytest.mark.parametrize("status, asked", [(404, "GET /gone/.git?secret=1"), (405, "PUT /gone/any")])
def test_an_error_that_is_no_refusal_opens_nothing(httpd, pki, status, asked):
    """The document may be a script, and the client chooses path and query."""
    method, target = asked.split()
    for cert in (None, pki.carol):
        with httpd.connect(cert) as connection:
            response = connection.request(method, target)
        assert response.status == status and "the page" not in response.text
    with httpd.connect(pki.alice) as connection:
        assert "the page" in connection.request(method, target).text


@pytest.mark.parametrize("path, text", [
    ("literal", "sorry"), ("query", "sorry"), ("header/inner", "sorry"), ("header", None), ("if", None),
    ("outer", "sorry"), ("outer/inner", None), ("twice", None), ("ht-own", None), ("ht-header", None)])
def test_an_error_document_whose_address_a_client_chooses(httpd, pki, path, text):
    for cert in (None, pki.carol):
        for page in ("secret", "sorry", "%{req:X-Page}"):
            response = httpd.get(f"/own/{path}/page.html", cert, {"X-Page": page})
            assert response.status == 403 and "secret" not in response.text
            assert ("sorry" in response.text) == (text == "sorry")


def test_another_place_whose_address_a_client_chooses(httpd, pki):
    assert "secret" not in httpd.get("/to-header", pki.carol, ASKED).text
    assert "secret" not in httpd.get("/to-header", None, ASKED).text


def test_an_error_document_behind_two_factors_needs_both(httpd, pki):
    for cert, headers in ((None, {}), (pki.carol, password("alice")), (pki.bob, password("alice"))):
        response = httpd.get("/own/two/secret.html", cert, headers)
        assert response.status == 403 and "sorry" not in response.text


PASSWORDS = {"none": {}, "wrong": password("alice", "wrong"), "another's": password("bob", "wrong")}


def may_see_all(name, cert, pki):
    return cert in (pki.alice, pki.bob) and KEPT_OUT[name].startswith(USE + "Require valid-user")


@pytest.mark.parametrize("words", PASSWORDS)
@pytest.mark.parametrize("name", KEPT_OUT)
def test_the_error_document_of_what_anyone_refused_opens_no_page(httpd, pki, name, words):
    for cert in (None, pki.carol, pki.bob, pki.alice):
        if may_see_all(name, cert, pki) or cert == pki.alice and "user alice" in KEPT_OUT[name]:
            continue
        for path in (f"{name}/secret", f"literal/{name}/sorry")[:1 if KEPT_OUT[name].startswith(USE) else 2]:
            response = httpd.get(f"/kept/{path}.shtml?early", cert, {**ASKED, **PASSWORDS[words]})
            assert response.status in (401, 403)
            assert "the page" not in response.text


@pytest.mark.parametrize("name", ["rewrite", "ssl", "address", "user"])
def test_the_literal_error_document_of_what_anyone_refused_has_no_user(httpd, pki, name):
    for cert in (None, pki.carol, pki.bob):
        response = httpd.get(f"/kept/literal/{name}/sorry.shtml?early", cert)
        assert response.status == 403
        assert response.text == "the page user=[(none)] rule=[(none)]\n"


def test_an_error_document_where_everyone_is_let_in_is_served(httpd, pki):
    assert "the page" in httpd.get("/kept/granted/secret.shtml?early", pki.carol, ASKED).text
    assert "user=[alice] rule=[staff]" in httpd.get("/kept/granted/secret.shtml?early", pki.alice, ASKED).text


@pytest.mark.parametrize("path", ["own/header", "own/literal", "own/include", "by/denied"])
def test_a_refusal_is_one_line_whatever_becomes_of_its_document(httpd, pki, path):
    seen = httpd.watch()
    assert httpd.get(f"/{path}/page.html", None, ASKED).status == 403
    seen.access(1)
    [_] = seen.errors("CM0012")


@pytest.mark.parametrize("path, status", [("missing/page.html", 404), ("denied/page.html", 403)])
def test_a_document_that_is_refused_of_what_was_not_is_told(httpd, pki, path, status):
    """Nothing else says why it is not served."""
    seen = httpd.watch()
    assert httpd.get(f"/others/{path}", None).status == status
    seen.access(1)
    [_] = seen.errors("CM0012")


@pytest.mark.parametrize("how", ["passed-on", "file", "alias", "handler", "lua", "lua-query"])
def test_a_literal_error_document_that_the_server_resolves_to_what_a_client_chooses(httpd, pki, how):
    for cert in (None, pki.carol):
        response = httpd.get(f"/resolved/{how}/any", cert, ASKED)
        assert response.status == 403 and "the page" not in response.text
    assert "the page" in httpd.get(f"/{how}", pki.alice, {"X-Page": "secret"}).text

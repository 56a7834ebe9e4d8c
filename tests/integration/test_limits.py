"""Limits of CertMap that docs/directives.md, docs/audit.md and the page for SSLUserName tell of."""

import pytest

from pki import Ca, email

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem conf/accented.pem
    CertMapUser     {email!local}
</CertMapRule>
<CertMapRule cea>
    CertMapIssuedBy conf/corp-ca.pem conf/accented.pem
    CertMapUser     {cea}
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse staff\n"
PLACES = {
    "mapped": USE + "Require valid-user",
    "always": USE + 'Require valid-user\nHeader always set Cache-Control "public, max-age=300"',
    "expression": USE + "Require expr \"%{REMOTE_USER} == 'bob'\"",
    "cea": "AuthType ClientCert\nCertMapUse cea\nRequire valid-user\nSSLOptions +StdEnvVars",
    "ahead": "RewriteEngine on\nRewriteCond expr \"! -U '/cgi/env/mapped'\"\nRewriteRule . - [F]",
}
VHOST = "".join(f'<Location "/cgi/env/{name}">\n{text}\n</Location>\n' for name, text in PLACES.items())


@pytest.fixture(scope="module")
def accented(pki):
    return Ca("O=Example", "CN=Zoë CA", parent=pki.root)


@pytest.fixture(scope="module")
def httpd(serve, accented):
    return serve(main=RULES, vhost=VHOST, files={"conf/accented.pem": accented.pem.encode()})


def test_header_always_set_takes_private_away(httpd, pki):
    assert httpd.get("/cgi/env/mapped", pki.alice).headers.get_all("Cache-Control") == ["private"]
    assert httpd.get("/cgi/env/always", pki.alice).headers.get_all("Cache-Control") == ["public, max-age=300"]


def test_an_expression_with_remote_user_is_refused_by_require_or_another_module(httpd, pki):
    seen = httpd.watch()
    assert httpd.get("/cgi/env/expression", pki.bob).status == 200
    assert httpd.get("/cgi/env/expression", pki.alice).status == 403
    (event,) = [event for event in seen.events(2) if event["event"]["outcome"] == "failure"]
    assert event["error"]["message"] == "Require or another module refused the account alice"


def test_a_look_ahead_that_is_refused_leaves_an_event(httpd, pki):
    assert httpd.get("/cgi/env/ahead", pki.alice).status == 200
    seen = httpd.watch()
    assert httpd.get("/cgi/env/ahead").status == 403
    assert seen.events(1)[0]["event"]["reason"] == "no_certificate"


def test_cea_is_another_text_where_the_issuer_has_letters_beyond_ascii(httpd, pki, accented):
    zoe = accented.issue(["O=Example", "CN=zoe"], san=[email("zoe@example.com")]).with_chain(accented.cert)
    for cert, is_same in ((pki.alice, True), (zoe, False)):
        seen = httpd.get("/cgi/env/cea", cert).env
        assert (seen["REMOTE_USER"] == seen["SSL_CLIENT_CERT_RFC4523_CEA"]) == is_same


def test_control_characters_have_the_short_forms_of_json(httpd):
    seen = httpd.watch()
    assert httpd.get("/cgi/env/mapped/%09%08%1b").status == 403
    assert seen.events(1)[0]["url"]["path"] == "/cgi/env/mapped/\t\b\x1b"
    assert r"/cgi/env/mapped/\t\b\u001b" in httpd.read("logs/audit.log")

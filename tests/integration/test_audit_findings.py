"""docs/directives.md and docs/audit.md: bugs that an audit found where requests set off other requests, and in what is written of them."""

import socket

import pytest
from client import tls_context
from httpd_setup import virtual_host
from pki import email

BIT_STRING = 0x03
VALID = "AuthType ClientCert\nCertMapUse staff\nRequire valid-user"
SPKI_RULES = """
<CertMapRule key-and-cn>
    CertMapMatch spki == {spki}
    CertMapUser  {{subject.CN}}
</CertMapRule>
<CertMapRule key-and-email>
    CertMapMatch spki == {spki}
    CertMapFile  conf/people.map email
</CertMapRule>
<CertMapRule key-alone>
    CertMapMatch spki == {spki}
    CertMapUser  key-holder
</CertMapRule>
"""
MAIN = """
CertMapAuditLog logs/audit.log
DirectoryIndex index.shtml index.html
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule anyone>
    CertMapUser {subject.CN}
</CertMapRule>
<Directory "${ROOT}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
"""


def location(path, text):
    return f'<Location "{path}">\n{text}\n</Location>\n'


def use(rule):
    return location(f"/cgi/env/{rule}", f"AuthType ClientCert\nCertMapUse {rule}\nRequire valid-user")


PLACES = (location("/dir/index.shtml", VALID) + location("/slow", VALID)
          + location("/open", VALID.replace("valid-user", "all granted")))
HERE = PLACES + """
ProxyRequests On
<Proxy "*">
    {VALID}
</Proxy>
<Directory "${ROOT}/htdocs/redirected">
    RewriteEngine On
    RewriteRule ^to-staff$ /staff/page.html [L]
</Directory>
""".replace("{VALID}", VALID) + location("/redirected", VALID.replace("staff", "anyone")) + location(
    "/staff", VALID) + "".join(map(use, ("key-and-cn", "key-and-email", "key-alone", "anyone")))
ERROR_DOCUMENTS = {  # what the ErrorDocument is → what it would lead to
    "front-controller": "/errors/nothing-here", "own-section": "/errors/own",
    "include": "/errors/include.shtml", "index": "/errors/folder/", "cgi-redirect": "/cgi/away"}
FRONT = """
<Directory "${ROOT}/htdocs">
    RewriteEngine On
    RewriteRule ^errors/own$ /cgi/own [PT,L]
    RewriteCond %{REQUEST_FILENAME} !-f
    RewriteCond %{REQUEST_FILENAME} !-d
    RewriteRule . /cgi/front [PT,L]
</Directory>
""" + location("/", VALID + "\nErrorDocument 403 /errors/page.html") + location(
    "/cgi/own", "AuthType ClientCert\nCertMapUse anyone\nRequire user bob") + "".join(
        location(f"/by/{kind}", f"ErrorDocument 403 {path}") for kind, path in ERROR_DOCUMENTS.items())
CACHE = """
CacheRoot ${ROOT}/cache
CacheEnable disk /
CacheIgnoreNoLastMod On
""" + location("/public", 'Header set Cache-Control "max-age=600"') + location("/private", VALID) + location(
    "/whoami", "SetHandler certmap-whoami\nRequire all granted")
DENY = "CertMapAuditLog /dev/full\nCertMapAuditFailure deny\n" + PLACES
WHO = "<!--#echo var=\"REMOTE_USER\" --> <!--#echo var=\"CERTMAP_RULE\" -->\n"
FILES = {
    "conf/people.map": "email:alice@example.com alice\n", "htdocs/dir/index.shtml": WHO,
    "htdocs/open/page.shtml": WHO,
    "htdocs/staff/page.html": "SECRET\n", "htdocs/redirected/page.html": "page\n",
    "htdocs/errors/page.html": "sorry\n", "htdocs/errors/folder/index.html": "SECRET\n",
    "htdocs/errors/include.shtml": '<!--#include virtual="/secret.html" -->\n',
    "htdocs/secret.html": "SECRET\n", "htdocs/private/page.html": "SECRET\n",
    "htdocs/public/plain.html": "plain\n", "htdocs/slow/page.html": "SECRET\n",
    "htdocs/public/with.shtml": '<!--#include virtual="/private/page.html" -->\n',
    "htdocs/public/whoami.shtml": '<!--#include virtual="/whoami" -->\n',
    "htdocs/public/late.shtml": "x" * 40000 + '<!--#include virtual="/private/page.html" -->' + "x" * 40000}
SCRIPTS = {
    "front": "printf 'Status: 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\nSECRET\\n'",
    "own": "printf 'Status: 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\nSECRET\\n'",
    "away": "printf 'Location: /secret.html\\r\\n\\r\\n'"}


@pytest.fixture(scope="module")
def httpd(serve, pki):
    server = serve(
        main=MAIN + SPKI_RULES.format(spki=pki.alice.spki_sha256), audit="", vhost=HERE, files=FILES,
        after=virtual_host("front", FRONT) + virtual_host("cache", CACHE) + virtual_host("deny", DENY),
        modules=("cache", "cache_disk", "proxy", "proxy_http"))
    server.writable_folder("cache")
    for script, text in SCRIPTS.items():
        server.write(f"cgi/{script}", f"#!/bin/sh\n{text}\n", mode=0o755)
    return server


def get(httpd, host, path, cert=None):
    return httpd.get(path, cert, sni=f"{host}.example.test")


# The ErrorDocument of a refusal

@pytest.mark.parametrize("kind", ERROR_DOCUMENTS)
def test_what_an_error_document_leads_to_stays_protected(httpd, pki, kind):
    assert "SECRET" in get(httpd, "front", ERROR_DOCUMENTS[kind], pki.bob).text
    seen = httpd.watch()
    for cert in (None, pki.carol):
        response = get(httpd, "front", f"/by/{kind}?delete=1", cert)
        assert response.status == 403 and "SECRET" not in response.text
    assert [event["event"]["reason"] for event in seen.events(2)] == ["no_certificate", "no_rule_matched"]


def test_a_protected_error_document_itself_is_served(httpd, pki):
    for cert in (None, pki.carol):
        response = get(httpd, "front", "/secret.html", cert)
        assert (response.status, response.text) == (403, "sorry\n")


# Caches

@pytest.mark.parametrize("page", ["with", "late"])
def test_a_page_that_includes_a_protected_one_is_not_stored(httpd, pki, page):
    for cert, sees in ((pki.alice, True), (pki.alice, True), (None, False), (pki.carol, False)):
        assert ("SECRET" in get(httpd, "cache", f"/public/{page}.shtml", cert).text) == sees


def test_a_page_that_includes_whoami_is_not_stored(httpd, pki):
    for cert, name in ((pki.carol, "carol@"), (pki.alice, "alice@"), (None, None)):
        text = get(httpd, "cache", "/public/whoami.shtml", cert).text
        assert [each for each in ("carol@", "alice@") if each in text] == ([name] if name else [])


def test_a_protected_page_is_private(httpd, pki):
    response = get(httpd, "cache", "/private/page.html", pki.alice)
    assert response.headers.get_all("Cache-Control") == ["private"]


def test_other_pages_of_that_host_are_cached(httpd):
    get(httpd, "cache", "/public/plain.html")
    assert "Age" in get(httpd, "cache", "/public/plain.html").headers


# DirectoryIndex

def test_directory_index_has_the_user_and_an_event(httpd, pki):
    seen = httpd.watch()
    assert httpd.get("/dir/", pki.alice).text.strip() == "alice staff"
    event, = seen.events(1)
    assert (event["event"]["reason"], event["user"]["name"]) == ("mapped", "alice")
    assert event["url"]["path"].startswith("/dir/")


def test_directory_index_has_one_event_for_each_connection(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.alice) as connection:
        assert [connection.get(path).status for path in ("/dir/", "/dir/", "/dir/index.shtml")] == [200] * 3
    seen.events(1, requests=3)


def test_directory_index_refused(httpd):
    seen = httpd.watch()
    assert httpd.get("/dir/").status == 403
    assert seen.error("no_certificate")


@pytest.mark.parametrize("path", ["/dir/", "/dir/index.shtml"])
def test_directory_index_is_not_served_without_its_event(httpd, pki, path):
    assert get(httpd, "deny", path, pki.alice).status == 503


# What is written

@pytest.mark.parametrize("who, status, reason", [("alice", 200, "mapped"), (None, 403, "no_certificate")])
def test_event_of_a_forward_proxy_has_no_query_string(httpd, pki, who, status, reason):
    seen = httpd.watch()
    url = f"http://127.0.0.1:{httpd.plain_port}/page.html?token=SECRET"
    assert httpd.get(url, who and getattr(pki, who)).status == status
    event, = seen.events(1)
    assert (event["event"]["reason"], event["url"]["path"]) == (reason, "/page.html")
    assert "SECRET" not in str(seen.all_events())


def test_require_all_granted_sets_the_user_and_writes_nothing(httpd, pki):
    seen = httpd.watch()
    assert httpd.get("/open/page.shtml", pki.alice).text.strip() == "alice staff"
    assert httpd.get("/open/page.shtml", pki.carol).status == 200
    seen.events(0, requests=2)


def test_require_all_granted_is_served_without_an_audit_log(httpd, pki):
    assert get(httpd, "deny", "/open/page.shtml", pki.alice).status == 200


def test_an_access_after_an_open_one_is_written(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.alice) as connection:
        assert connection.get("/open/page.shtml").status == connection.get("/staff/page.html").status == 200
    assert seen.events(1, requests=2)[0]["url"]["path"] == "/staff/page.html"


def test_redirects_of_mapped_requests_write_nothing(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.carol) as connection:
        assert [connection.get("/redirected/to-staff").status for _ in range(3)] == [403] * 3
    event, = seen.events(1, requests=3)
    assert (event["event"]["reason"], event["url"]["path"]) == ("mapped", "/redirected/to-staff")


# What decides

def test_a_slow_request_does_not_outlive_its_certificate(httpd, pki):
    seen, cert = httpd.watch(), pki.person("alice", not_after=2)
    with socket.create_connection(("127.0.0.1", httpd.port)) as plain:
        client = tls_context(cert).wrap_socket(plain, server_hostname="localhost")
        client.sendall(b"GET /slow/page.html HTTP/1.1\r\nHost: localhost\r\n")
        cert.wait_expired()
        client.sendall(b"Connection: close\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 403")
        client.close()
    assert seen.events(1)[0]["event"]["reason"] == "certificate_expired"


@pytest.mark.parametrize("rule, subject, account, strength", [
    ("key-and-cn", "root", "root", "weak"), ("key-and-email", "root", "alice", "weak"),
    ("key-alone", "root", "key-holder", "strong")])
def test_a_checked_key_does_not_vouch_for_a_name(httpd, pki, rule, subject, account, strength):
    other = pki.partner.issue([f"CN={subject}"], key=pki.alice.key, san=[email("alice@example.com")])
    env = httpd.whoami(other, f"/cgi/env/{rule}")
    assert (env["REMOTE_USER"], env["CERTMAP_STRENGTH"]) == (account, strength)


def test_rules_where_a_key_does_not_vouch_are_warned_of(httpd):
    output = httpd.test_config()[1]
    warned = [rule for rule in ("key-and-cn", "key-and-email", "key-alone") if f"rule {rule}" in output]
    assert warned == ["key-and-cn", "key-and-email"], output


def test_a_name_that_is_no_text_is_malformed(httpd, pki):
    bits = pki.partner.issue([("CN", BIT_STRING, b"\0abc")])
    seen = httpd.watch()
    assert httpd.get("/cgi/env/anyone", bits).status == 403
    assert seen.events(1)[0]["event"]["reason"] == "malformed_certificate"

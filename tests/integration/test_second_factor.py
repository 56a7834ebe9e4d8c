"""CertMapControl required: the password is the client's own, wherever the request comes from."""

from urllib.parse import urlencode

import pytest

from client import password
from httpd_setup import virtual_host

BASIC = "AuthType Basic\nAuthName people\nAuthUserFile conf/users\nRequire valid-user\n"
DN = "/O=Example/CN=alice"
FROM = {  # what makes a password for the client, and where a request of it goes on to the protected place
    "fakebasicauth": BASIC + "SSLOptions +FakeBasicAuth",
    "authbasicfake": f"AuthBasicFake {DN}",
    "requestheader": f'RequestHeader set Authorization "Basic {password(DN)["Authorization"].split()[1]}"',
    "open": "",
}
RULE = """
<CertMapRule dn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser "/O=Example/CN={subject.CN}"
</CertMapRule>
"""
VHOST = "".join(f'<Location "/{name}">\n{text}\n</Location>\n' for name, text in FROM.items()) + f"""
<Location "/both">
{BASIC}
CertMapUse     dn
CertMapControl required
</Location>
<Directory "${{ROOT}}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AllowOverride FileInfo
</Directory>
ErrorDocument 404 /both/page.html
Protocols h2 http/1.1
"""
PAGE = '[<!--#include virtual="/both/page.html" -->]\n'
# crypt of "password", as everyone knows who knows FakeBasicAuth
SERVER = dict(main=RULE, vhost=VHOST, files={
    "conf/users": f"{DN}:xxj31ZMTZzkVA\nbob:xxj31ZMTZzkVA\n"
                  f"/O=Example/CN=bob:{{SHA}}PLzZCtxLGSqHpiWFC38jHK3fDrM=\n", "htdocs/both/page.html": "the secret\n",
    **{f"htdocs/{name}/page.shtml": PAGE for name in FROM},
    **{f"htdocs/{name}/.htaccess": "RewriteEngine On\nRewriteRule ^go$ /both/page.html\n" for name in FROM}})
WAYS = {"redirect": "go", "include": "page.shtml", "error document": "missing"}


@pytest.mark.parametrize("headers", [{}, password("bob")])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("maker", [name for name in FROM if name != "open"])
def test_a_password_that_was_made_elsewhere_is_no_second_factor(httpd, pki, maker, way, headers):
    seen = httpd.watch()
    assert "the secret" not in httpd.get(f"/{maker}/{way}", pki.alice, headers).text
    assert "password that the client itself sent" in seen.error("CM0011")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_clients_own_password_is_one_behind_a_redirect_too(httpd, pki, way):
    own = password("bob")
    assert "the secret" not in httpd.get(f"/open/{way}", pki.alice).text
    assert "the secret" not in httpd.get(f"/open/{way}", pki.alice, own).text
    # mod_ssl refuses that name and password together: another certificate, another name.
    assert "the secret" in httpd.get(f"/open/{way}", pki.bob, password("/O=Example/CN=bob", "word")).text


@pytest.mark.parametrize("path", ["/both/page.html", *(f"/open/{way}" for way in WAYS.values())])
def test_the_clients_own_password_over_http2(httpd, pki, path):
    own = {"authorization": password("/O=Example/CN=bob", "word")["Authorization"]}
    with httpd.http2(pki.bob) as connection:
        assert "the secret" in connection.get(path, own).text
        assert "the secret" not in connection.get(path).text
        assert "the secret" not in connection.get("/fakebasicauth/go", own).text


@pytest.mark.parametrize("header, sent, status", [
    ("Authorization", ["Proxy-Authorization"], 200), ("Proxy-Authorization", [], 500)])
def test_a_forward_proxy_asks_for_a_password_of_its_own(make_httpd, pki, header, sent, status):
    """mod_auth_basic reads Proxy-Authorization there; the other one is for the server behind."""
    made = password("/O=Example/CN=bob", "word")["Authorization"]
    both = BASIC.replace("conf/users", "conf/people") + "CertMapUse dn\nCertMapControl required"
    after = virtual_host("forward", f'RequestHeader set {header} "{made}" early\nProxyRequests On\n'
                         f'<Proxy "*">\n{both}\n</Proxy>')
    with make_httpd(main=RULE, after=after, files={"conf/people": SERVER["files"]["conf/users"]},
                    modules=("proxy", "proxy_http", "headers")) as httpd:
        with httpd.connect(pki.bob, sni="forward.example.test") as connection:
            address = f"http://127.0.0.1:{httpd.plain_port}/page.html"
            assert connection.request("GET", address, dict.fromkeys(sent, made)).status == status


def test_the_header_of_a_login_form_is_the_clients_own_password(make_httpd, pki):
    """AuthFormFakeBasicAuth: mod_auth_form writes it from the session; what is included then has it, too."""
    name = "/O=Example/CN=bob"
    both = BASIC.replace("Basic", "Form").replace("conf/users", "conf/people") + (
        "AuthFormProvider file\nAuthFormFakeBasicAuth On\nSession On\nSessionCookieName s path=/\n"
        "Options +Includes\nAddOutputFilter INCLUDES .shtml\nCertMapUse dn\nCertMapControl required")
    files = {"conf/people": SERVER["files"]["conf/users"], "htdocs/page.shtml": PAGE, "htdocs/both/page.html": "the secret\n"}
    with make_httpd(main=RULE, location=both, after='<Location "/both">\nAuthName inner\n</Location>', files=files,
                    modules=("auth_form", "request", "session", "session_cookie")) as httpd:
        with httpd.connect(pki.bob) as connection:
            answer = connection.request("POST", "/cgi/env", {"Content-Type": "application/x-www-form-urlencoded"},
                                        urlencode({"httpd_username": name, "httpd_password": "word"}))
            session = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
            assert connection.get("/cgi/env", session).env["REMOTE_USER"] == name
            assert "the secret" in connection.get("/page.shtml", session).text
            assert connection.get("/cgi/env").status == 401
        assert httpd.get("/cgi/env", pki.alice, session).status == 403

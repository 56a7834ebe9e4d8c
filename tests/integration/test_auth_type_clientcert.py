"""CertMap alone, and under no AuthType; an AuthType of a .htaccess file or of the request."""

import re

import pytest

from auth_types import BASIC, CERTIFICATE, LOGIN, USERS, get, locations, user_of
from client import password

PLACES = {
    "certificate": CERTIFICATE,
    "certificate/lowercase": "AuthType clientcert",
    "without-use": "AuthType ClientCert\nRequire valid-user",
    "without-use/granted": "Require all granted",
    "reset": CERTIFICATE,
    "reset/none": "CertMapUse none",
    "without-type": "CertMapUse login\nRequire valid-user",
    "without-type/granted": "Require all granted",
    "type-none": "AuthType None\nCertMapUse login\nRequire valid-user",
    "expression": 'AuthType "%{req:X-Type}"\nAuthName x\nAuthUserFile conf/users\nCertMapUse login\nRequire valid-user',
    "expression/without-use": "CertMapUse none",
    "certificate/none": "AuthType None",
}
HTACCESS = {"certificate": "AuthType ClientCert\nRequire valid-user\n", "expression": 'AuthType "Client%{env:CERT}Cert"\nRequire valid-user\n',
            "basic": BASIC, "none": "AuthType None\nRequire all granted\n"}
VHOST = locations(PLACES) + """
<Directory "${ROOT}/htdocs">
    AllowOverride AuthConfig
</Directory>
<Directory "${ROOT}/htdocs/mapped">
    AuthType   ClientCert
    CertMapUse login
    Require    valid-user
</Directory>
"""
SERVER = dict(main=LOGIN, vhost=VHOST, files={
    **{f"htdocs/{outer}{name}/.htaccess": text for name, text in HTACCESS.items() for outer in ("", "mapped/")},
    **{f"htdocs/{outer}{name}/page.html": "page\n" for name in HTACCESS for outer in ("", "mapped/")},
    **USERS})


@pytest.mark.parametrize("place", ["certificate", "certificate/lowercase"])
def test_clientcert_never_asks_for_a_password(httpd, pki, place):
    assert user_of(get(httpd, place, pki.alice))[:2] == ("alice", "ClientCert")
    response = get(httpd, place, None, password("bob"))
    assert response.status == 403 and "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize("place", ["without-use", "reset/none", "without-type"])
def test_half_a_configuration_is_500_and_says_why(httpd, pki, place):
    seen = httpd.watch()
    for cert in (pki.alice, None):
        assert get(httpd, place, cert).status == 500
    line = seen.error("[certmap:")
    assert "AuthType" in line or "CertMapUse" in line


def test_an_auth_type_that_the_request_makes(httpd, pki):
    assert user_of(get(httpd, "expression", pki.alice, {"X-Type": "ClientCert"})) == ("alice", "ClientCert", "login")
    assert get(httpd, "expression", None, {"X-Type": "clientcert"}).status == 403
    assert get(httpd, "expression", None, {"X-Type": "Basic"}).status == 401
    seen = httpd.watch()
    assert get(httpd, "expression/without-use", pki.alice, {"X-Type": "ClientCert"}).status == 500
    assert "AuthType ClientCert needs a CertMapUse" in seen.error("CM0011")
    assert get(httpd, "expression/without-use", pki.alice, {"X-Type": "None", **password("bob")}).status == 500
    assert len(seen.errors("CM0011")) == 1


def test_an_inner_auth_type_none_ends_the_outer(httpd, pki):
    seen = httpd.watch()
    assert get(httpd, "certificate/none", pki.alice).status == 500
    assert "CertMapUse needs an AuthType" in seen.error("CM0011")


@pytest.mark.parametrize("name", ["certificate", "expression"])
def test_an_auth_type_of_htaccess(httpd, pki, name):
    seen = httpd.watch()
    assert httpd.get(f"/{name}/page.html", pki.alice).status == 500
    assert "AuthType ClientCert needs a CertMapUse" in seen.error("CM0011")
    assert [httpd.get(f"/mapped/{name}/page.html", cert).status for cert in (pki.alice, None)] == [200, 403]


def test_another_auth_type_of_htaccess(httpd, pki):
    assert httpd.get("/basic/page.html", pki.alice).status == 401
    assert httpd.get("/none/page.html", pki.alice).status == 200
    assert httpd.get("/mapped/basic/page.html", pki.alice).status == 200
    assert httpd.get("/mapped/basic/page.html", None).status == 401


def test_auth_type_needs_its_module(make_httpd):
    """CertMap looks at the lines; without mod_authn_core nobody would do what they say."""
    httpd = make_httpd(location="AuthType Basic")
    httpd.write("conf/httpd.conf", re.sub(r"(?m)^LoadModule (authn_core|auth_basic)_.*\n", "", httpd.read("conf/httpd.conf")))
    code, output = httpd.test_config()
    assert code != 0 and "AuthType needs mod_authn_core" in output
    assert f"line {httpd.line_of('AuthType Basic')} of" in output


def test_alias_needs_its_module(make_httpd):
    line = 'Alias "/docs" "${ROOT}/htdocs"'
    httpd = make_httpd(vhost=line)
    httpd.write("conf/httpd.conf", re.sub(r"(?m)^(LoadModule alias_|ScriptAlias).*\n", "", httpd.read("conf/httpd.conf")))
    code, output = httpd.test_config()
    assert code != 0 and "Alias needs mod_alias" in output
    assert f"line {httpd.line_of(line)} of" in output


def test_half_a_configuration_where_nothing_is_needed(httpd):
    for place in ("without-use/granted", "without-type/granted"):
        assert get(httpd, place).status == 200


def test_auth_type_none_never_lets_in(httpd, pki):
    assert get(httpd, "type-none", None).status in (403, 500)

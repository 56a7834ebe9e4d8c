"""CertMap alone, beside another AuthType (sufficient, required), and under none."""

import re

import pytest

from client import password
from explained import explain
from httpd_setup import AUDIT, user_file, virtual_host
from pki import email

RULES = r"""
<CertMapRule login>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]*)@example\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule deny>
    CertMapMatch    subject.OU == Contractors
    CertMapDeny
</CertMapRule>
<CertMapRule map>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
"""
BASIC = "AuthType Basic\nAuthName staff\nAuthUserFile conf/users\nRequire valid-user\n"
PLACES = {
    "sufficient": BASIC + "CertMapUse deny map login",
    "said": BASIC + "CertMapUse deny map login\nCertMapControl sufficient",
    "required": BASIC + "CertMapUse deny map login\nCertMapControl required",
    "required/sslusername": "SSLUserName SSL_CLIENT_S_DN_CN",
    "required/alone": "AuthType ClientCert\nCertMapControl sufficient",
    "sufficient/none": "CertMapUse none",
    "basic": BASIC,
    "certificate": "AuthType ClientCert\nCertMapUse login\nRequire valid-user",
    "certificate/lowercase": "AuthType clientcert",
    "without-use": "AuthType ClientCert\nRequire valid-user",
    "without-use/granted": "Require all granted",
    "reset": "AuthType ClientCert\nCertMapUse login\nRequire valid-user",
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
VHOST = "".join(f'<Location "/cgi/env/{name}">\n{text}\n</Location>\n' for name, text in PLACES.items()) + """
<Directory "${ROOT}/htdocs">
    AllowOverride AuthConfig
</Directory>
<Directory "${ROOT}/htdocs/mapped">
    AuthType   ClientCert
    CertMapUse login
    Require    valid-user
</Directory>
"""
NO_CA = virtual_host("noca", AUDIT, VHOST, verify="optional_no_ca")
SERVER = dict(main=RULES, vhost=VHOST, after=NO_CA, files={
    **{f"htdocs/{outer}{name}/.htaccess": text for name, text in HTACCESS.items() for outer in ("", "mapped/")},
    **{f"htdocs/{outer}{name}/page.html": "page\n" for name in HTACCESS for outer in ("", "mapped/")},
    "conf/users": user_file("alice", "bob", "Alice", "carol", "dave"),
    "conf/people.map": "email:blocked@example.com !\nemail:old@example.com alice expires=2020-01-01\n"})


def get(httpd, place, cert=None, headers=None, **how):
    return httpd.get(f"/cgi/env/{place}", cert, headers, **how)


def user_of(response):
    assert response.status == 200, response
    return response.env["REMOTE_USER"], response.env["AUTH_TYPE"], response.env.get("CERTMAP_RULE")


# sufficient

@pytest.mark.parametrize("place", ["sufficient", "said"])
def test_sufficient_a_mapped_certificate_logs_in(httpd, pki, place):
    assert user_of(get(httpd, place, pki.alice)) == ("alice", "ClientCert", "login")


def test_sufficient_the_certificate_wins_over_a_password(httpd, pki):
    assert user_of(get(httpd, "sufficient", pki.alice, password("bob")))[0] == "alice"


@pytest.mark.parametrize("who", [None, "carol"])
def test_sufficient_otherwise_the_password_is_asked(httpd, pki, who):
    cert = who and getattr(pki, who)
    seen = httpd.watch()
    response = get(httpd, "sufficient", cert)
    assert response.status == 401 and response.headers["WWW-Authenticate"].startswith("Basic")
    assert get(httpd, "sufficient", cert, password("bob", "wrong")).status == 401
    assert user_of(get(httpd, "sufficient", cert, password("bob"))) == ("bob", "Basic", None)
    seen.events(0, requests=3)


REFUSED = [
    ("malformed_certificate", lambda pki: pki.issuing.issue(san=[email(b"a\x01@example.com")])),
    ("denied_by_rule", lambda pki: pki.issuing.issue(["OU=Contractors", "CN=x"])),
    ("denied_by_rule", lambda pki: pki.issuing.issue(san=[email("blocked@example.com")])),
    ("entry_expired", lambda pki: pki.issuing.issue(san=[email("old@example.com")])),
    ("ambiguous_attribute", lambda pki: pki.issuing.issue(san=[email("alice@example.com"),
                                                               email("bob@example.com")])),
    ("unsafe_account", lambda pki: pki.issuing.issue(san=[email(" alice@example.com")])),
]


@pytest.mark.parametrize("place", ["sufficient", "required"])
@pytest.mark.parametrize("reason, make", REFUSED)
def test_a_refused_certificate_never_falls_back(httpd, pki, place, reason, make):
    seen = httpd.watch()
    assert get(httpd, place, make(pki), password("alice")).status == 403
    assert seen.events(1)[0]["event"]["reason"] == reason


@pytest.mark.parametrize("place", ["sufficient", "required"])
def test_an_unverified_certificate_never_falls_back(httpd, pki, place):
    seen = httpd.watch()
    cert = pki.stranger.issue(san=[email("alice@example.com")])
    assert get(httpd, place, cert, password("alice"), sni="noca.example.test").status == 403
    assert seen.events(1)[0]["event"]["reason"] == "certificate_not_verified"


def test_an_expired_certificate_never_falls_back(httpd, pki):
    cert = pki.person("alice", not_after=2)
    connection = httpd.connect(cert)
    assert connection.get("/cgi/env/sufficient").status == 200
    cert.wait_expired()
    assert connection.get("/cgi/env/sufficient", password("alice")).status == 403


# required

def test_required_both_factors_of_one_person(httpd, pki):
    seen = httpd.watch()
    response = get(httpd, "required", pki.alice, password("alice"))
    assert user_of(response) == ("alice", "Basic", "login")
    (event,) = seen.events(1)
    assert (event["event"]["reason"], event["user"]["name"]) == ("mapped", "alice")


@pytest.mark.parametrize("who, reason", [(None, "no_certificate"), ("carol", "no_rule_matched")])
@pytest.mark.parametrize("headers", [{}, password("carol")])
def test_required_without_a_mapped_certificate_no_password_is_asked(httpd, pki, who, reason, headers):
    seen = httpd.watch()
    response = get(httpd, "required", who and getattr(pki, who), headers)
    assert response.status == 403 and "WWW-Authenticate" not in response.headers
    assert seen.events(1)[0]["event"]["reason"] == reason


@pytest.mark.parametrize("headers", [{}, password("alice", "wrong"), password("unknown")])
def test_required_a_missing_or_wrong_password_is_answered_by_the_auth_type(httpd, pki, headers):
    response = get(httpd, "required", pki.alice, headers)
    assert response.status == 401 and response.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("other", ["bob", "Alice"])
def test_required_the_two_accounts_must_be_equal(httpd, pki, other):
    seen = httpd.watch()
    response = get(httpd, "required", pki.alice, password(other))
    assert response.status == 403
    (event,) = seen.events(1)
    assert event["event"]["reason"] == "account_mismatch"
    assert "user" not in event


def test_required_each_request_is_compared_anew(httpd, pki):
    with httpd.connect(pki.alice) as connection:
        statuses = [connection.get("/cgi/env/required", headers).status for headers in (
            password("alice"), password("bob"), {}, password("alice"))]
    assert statuses == [200, 403, 401, 200]


def test_required_sslusername_is_no_second_factor(httpd, pki):
    assert get(httpd, "required/sslusername", pki.alice).status == 401
    assert get(httpd, "required/sslusername", pki.alice, password("bob")).status == 403
    assert get(httpd, "required/sslusername", pki.alice, password("alice")).status == 200


def test_fakebasicauth_is_no_second_factor(make_httpd, pki):
    httpd = make_httpd(
        main='<CertMapRule dn>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser "/CN={subject.CN}"\n</CertMapRule>',
        vhost=f"""
SSLOptions +FakeBasicAuth
<Location "/cgi/env/without">\n{BASIC}\n</Location>
<Location "/cgi/env/with">\n{BASIC}\nCertMapUse dn\nCertMapControl required\n</Location>""",
        files={"conf/users": "/CN=alice:xxj31ZMTZzkVA\n"})  # crypt of "password", which mod_ssl sends
    code, output = httpd.test_config()
    if code != 0:
        assert "FakeBasicAuth" in output
        return
    httpd.start()
    cert = pki.issuing.issue(["CN=alice"])
    assert httpd.whoami(cert, "/cgi/env/without")["REMOTE_USER"] == "/CN=alice"
    assert get(httpd, "with", cert).status in (403, 500)
    assert "FakeBasicAuth" in httpd.error_log()


# AuthType ClientCert, and none

@pytest.mark.parametrize("place", ["certificate", "certificate/lowercase"])
def test_clientcert_never_asks_for_a_password(httpd, pki, place):
    assert user_of(get(httpd, place, pki.alice))[:2] == ("alice", "ClientCert")
    response = get(httpd, place, None, password("bob"))
    assert response.status == 403 and "WWW-Authenticate" not in response.headers


def test_an_inner_auth_type_replaces_the_outer(httpd, pki):
    assert get(httpd, "required/alone", pki.alice).status == 200


PATTERNS = """
<LocationMatch "^/cgi/env/p">
{}
</LocationMatch>
<LocationMatch "^/cgi/env/pp">
{}
</LocationMatch>
"""


@pytest.mark.parametrize("outer, inner", [(PLACES["certificate"], "CertMapControl required"),
                                          (PLACES["required"], "AuthType ClientCert")])
def test_required_is_never_one_factor(make_httpd, pki, outer, inner):
    httpd = make_httpd(**{**SERVER, "vhost": PATTERNS.format(outer, inner), "after": ""}).start()
    seen = httpd.watch()
    for headers in (None, password("alice")):
        assert get(httpd, "pp", pki.alice, headers).status == 500
    line = seen.error("CM0011")
    assert "CertMapControl required means two factors" in line
    number = httpd.read("conf/httpd.conf").split("CertMapControl required")[0].count("\n") + 1
    assert f"{httpd.conf}:{number})" in line
    told = explain(httpd, pki.alice, location="/cgi/env/pp")
    assert told.code == 1 and "refused (500" in told.answer and "two factors" in told.answer


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


def test_half_a_configuration_where_nothing_is_needed(httpd):
    for place in ("without-use/granted", "without-type/granted"):
        assert get(httpd, place).status == 200


def test_auth_type_none_never_lets_in(httpd, pki):
    assert get(httpd, "type-none", None).status in (403, 500)


def test_reset_to_none_leaves_the_auth_type_alone(httpd, pki):
    response = get(httpd, "sufficient/none", pki.alice)
    assert response.status == 401
    assert user_of(get(httpd, "sufficient/none", pki.alice, password("bob"))) == ("bob", "Basic", None)


def test_other_places_do_not_notice(httpd, pki):
    seen = httpd.watch()
    assert get(httpd, "basic", pki.alice).status == 401
    assert user_of(get(httpd, "basic", pki.carol, password("bob"))) == ("bob", "Basic", None)
    seen.events(0, requests=2)

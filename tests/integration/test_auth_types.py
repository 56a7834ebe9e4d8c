"""CertMap beside another AuthType: sufficient, required."""

import pytest

from auth_types import BASIC, CERTIFICATE, LOGIN, USERS, get, locations, user_of
from client import password
from explained import explain
from httpd_setup import AUDIT, virtual_host
from pki import email

RULES = LOGIN + r"""<CertMapRule deny>
    CertMapMatch    subject.OU == Contractors
    CertMapDeny
</CertMapRule>
<CertMapRule map>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
"""
PLACES = {
    "sufficient": BASIC + "CertMapUse deny map login",
    "said": BASIC + "CertMapUse deny map login\nCertMapControl sufficient",
    "required": BASIC + "CertMapUse deny map login\nCertMapControl required",
    "required/sslusername": "SSLUserName SSL_CLIENT_S_DN_CN",
    "required/alone": "AuthType ClientCert\nCertMapControl sufficient",
    "sufficient/none": "CertMapUse none",
    "basic": BASIC,
}
VHOST = locations(PLACES)
NO_CA = virtual_host("noca", AUDIT, VHOST, verify="optional_no_ca")
SERVER = dict(main=RULES, vhost=VHOST, after=NO_CA, files={
    **USERS, "conf/people.map": "email:blocked@example.com !\nemail:old@example.com alice expires=2020-01-01\n"})


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


PATTERNS = """
<LocationMatch "^/cgi/env/p">
{}
</LocationMatch>
<LocationMatch "^/cgi/env/pp">
{}
</LocationMatch>
"""


@pytest.mark.parametrize("outer, inner", [(CERTIFICATE, "CertMapControl required"),
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


# AuthType ClientCert, and none, inside

def test_an_inner_auth_type_replaces_the_outer(httpd, pki):
    assert get(httpd, "required/alone", pki.alice).status == 200


def test_reset_to_none_leaves_the_auth_type_alone(httpd, pki):
    response = get(httpd, "sufficient/none", pki.alice)
    assert response.status == 401
    assert user_of(get(httpd, "sufficient/none", pki.alice, password("bob"))) == ("bob", "Basic", None)


def test_other_places_do_not_notice(httpd, pki):
    seen = httpd.watch()
    assert get(httpd, "basic", pki.alice).status == 401
    assert user_of(get(httpd, "basic", pki.carol, password("bob"))) == ("bob", "Basic", None)
    seen.events(0, requests=2)

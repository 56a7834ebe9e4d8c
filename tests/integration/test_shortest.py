"""The shortest useful configuration, as the documents show it (an example of how tests look)."""

import pytest

from pki import email

RULES = r"""
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule partners>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapFile     conf/partners.map
</CertMapRule>
"""
USE = """
    AuthType   ClientCert
    CertMapUse staff partners
    Require    valid-user
"""
SERVER = dict(main=RULES, location=USE,
              files={"conf/partners.map": "email:carol@partner.example carol_p groups=guests\n"})


def test_staff_get_the_local_part(httpd, pki):
    env = httpd.whoami(pki.alice)
    assert (env["REMOTE_USER"], env["AUTH_TYPE"], env["CERTMAP_RULE"]) == ("alice", "ClientCert", "staff")


def test_partners_get_the_account_of_the_map_file(httpd, pki):
    env = httpd.whoami(pki.carol)
    assert (env["REMOTE_USER"], env["CERTMAP_RULE"]) == ("carol_p", "partners")


def test_no_certificate_is_403(httpd):
    assert httpd.get("/index.html").status == 403


@pytest.mark.parametrize("address", ["alice@example.com.evil.test", "x@alice@example.com",
                                     "alice@example.org", "alice@exampleXcom"])
def test_the_whole_value_must_match(httpd, pki, address):
    assert httpd.get(cert=pki.issuing.issue(san=[email(address)])).status == 403


def test_the_same_address_from_another_authority_is_nobody(httpd, pki):
    cert = pki.partner.issue(san=[email("alice@example.com")])
    seen = httpd.watch()
    assert httpd.get(cert=cert).status == 403
    assert seen.events(1)[0]["event"]["reason"] == "no_rule_matched"


def test_a_success_is_one_event(httpd, pki):
    seen = httpd.watch()
    httpd.whoami(pki.alice)
    (event,) = seen.events(1)
    assert (event["event"]["outcome"], event["event"]["reason"]) == ("success", "mapped")
    assert event["user"]["name"] == "alice"

"""docs/ldap.md, OpenLDAP: CAs whose names slapd cannot compare, and the way out."""

import pytest

from directory import TEXT, person
from pki import Ca
from places import ask, places

NAMES = {"plain": ["O=Example", "CN=Web CA"], "umlaut": ["O=Ex\u00e4mple", "CN=Web CA"],
         "ordinal": ["CN=Usuarios N\u00ba 1"], "type": ["2.5.4.97=NTRDE-HRB74346", "CN=Web CA"]}
BY_CEA = dict(plain="plain", umlaut="!no_rule_matched", ordinal="!unsafe_account", type="type")
TYPE = f"attributetype ( 2.5.4.97 NAME 'organizationIdentifier' EQUALITY caseIgnoreMatch SYNTAX {TEXT} )"


@pytest.fixture(scope="module")
def authorities():
    return {login: Ca(*name) for login, name in NAMES.items()}


@pytest.fixture(scope="module")
def certificates(authorities):
    return {login: ca.issue(["CN=x", f"emailAddress={login}@example.com"]) for login, ca in authorities.items()}


@pytest.fixture(scope="module")
def httpd(serve, make_directory, authorities, certificates):
    entries = {}
    for login, cert in certificates.items():
        entries |= person(login, userCertificate_binary=cert.der)
    slapd = make_directory(entries, indexes="mail,userCertificate", schema=TYPE)
    return serve(**places({
        "cea": slapd.lines("(userCertificate={cea})"),
        "mail": slapd.lines("(mail={subject.emailAddress})", "CertMapLDAPVerifyCert On")}, issued_by=None,
        files={"conf/client-cas.pem": "".join(ca.pem for ca in authorities.values())}))


@pytest.mark.parametrize("login", NAMES)
def test_what_cea_does_not_find_another_attribute_does(httpd, certificates, login):
    assert ask(httpd, certificates[login], "cea") == BY_CEA[login]
    assert ask(httpd, certificates[login], "mail") == login


def test_slapd_takes_no_certificate_whose_issuer_has_a_type_that_it_lacks(make_directory, certificates):
    with pytest.raises(AssertionError, match="normalization failed"):
        make_directory({}).add(*next(iter(person("type", userCertificate_binary=certificates["type"].der).items())))

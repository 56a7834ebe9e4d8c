"""As whom a directory is asked: bind DN and password, SASL EXTERNAL; lines of the server as defaults."""

import pytest

from directory import SERVICE, SERVICE_SECRET, SUFFIX, person
from places import REASON, ask, place, places, rule

BY_MAIL = "(mail={email})"
OTHER, OTHER_SECRET = "cn=other,ou=Services,dc=example,dc=com", 'p"ass wörd;\\1'
CLIENT = "cn=client,ou=Services,dc=example,dc=com"
SERVICE_ENTRY = dict(objectClass=["applicationProcess", "simpleSecurityObject"])
BIND = f'CertMapLDAPBindDN "{SERVICE}"\nCertMapLDAPBindPassword {SERVICE_SECRET}\n'
DIRECTORY = dict(lines=f'authz-regexp "^cn=ldap-client,o=example$" "{CLIENT}"', entries={
    **person("alice"), **person("bob"),
    OTHER: dict(SERVICE_ENTRY, cn="other", userPassword=OTHER_SECRET),
    CLIENT: dict(SERVICE_ENTRY, cn="client", userPassword="x")})


def binds_of(directory, search):
    """On the connection of this search; the check at start may have opened it."""
    watch = directory.watch()
    watch.from_the_start()
    return [bind for bind in watch.binds() if bind.connection == search.connection]


SECRETS = {
    "file": "CertMapLDAPBindPassword file:conf/secret",
    "file-crlf": "CertMapLDAPBindPassword \"file:conf/secret two\"",
    "exec": "CertMapLDAPBindPassword \"exec:${ROOT}/conf/program 'two words' x\"",
}
PROGRAM = """#!/bin/sh
[ $# = 2 ] && [ "$1" = 'two words' ] || exit 1
cat "${0%program}secret"
"""


@pytest.mark.parametrize("how", ["file", "file-crlf", "exec"])
def test_the_password_comes_from_a_file_or_a_program(make_httpd, directory, pki, how):
    lines = directory.lines(BY_MAIL, f'CertMapLDAPBindDN "{OTHER}"', SECRETS[how])
    httpd = make_httpd(**places({"ldap": lines}, files={
        "conf/secret": OTHER_SECRET + "\nsecond line\n", "conf/secret two": OTHER_SECRET + "\r\n"}))
    httpd.write("conf/program", PROGRAM, mode=0o755)
    seen = directory.watch()
    with httpd:
        assert ask(httpd, pki.alice, "ldap") == "alice"
        bind, = binds_of(directory, seen.search())
        assert (bind.dn, bind.method) == (OTHER, "SIMPLE")


@pytest.mark.parametrize("secret", [OTHER_SECRET, "secret"])
def test_the_password_is_the_text(make_httpd, directory, pki, secret):
    text = secret.replace("\\", "\\\\").replace('"', '\\"')
    dn = OTHER if secret == OTHER_SECRET else SERVICE
    httpd = make_httpd(**places({"ldap": directory.lines(
        BY_MAIL, f'CertMapLDAPBindDN "{dn}"', f'CertMapLDAPBindPassword "{text}"')}))
    seen = directory.watch()
    with httpd:
        assert ask(httpd, pki.alice, "ldap") == "alice"
        bind, = binds_of(directory, seen.search())
        assert (bind.dn, bind.method) == (dn, "SIMPLE")


def test_a_wrong_password_is_never_followed_by_an_anonymous_search(make_httpd, directory, pki):
    httpd = make_httpd(**places({"ldap": directory.lines(
        BY_MAIL, f'CertMapLDAPBindDN "{SERVICE}"', "CertMapLDAPBindPassword wrong"),
        "cn": "CertMapUser {subject.CN}"}, extra=["ldap+cn"]))
    seen = directory.watch()
    with httpd:
        assert ask(httpd, pki.alice, "ldap") == "!backend_unavailable"
        assert ask(httpd, pki.alice, "ldap+cn") == "!backend_unavailable"
        seen.searches(0)
        assert {(bind.dn, bind.result) for bind in seen.binds()} == {(SERVICE, 49)}


@pytest.fixture(scope="module")
def client_certificate(pki):
    return pki.root.issue(["O=Example", "CN=ldap-client"])


def test_a_client_certificate_means_sasl_external(make_httpd, directory, pki, client_certificate):
    certificate = "CertMapLDAPCACert conf/root-ca.pem\nCertMapLDAPClientCert conf/ldap.pem conf/ldap.key"
    httpd = make_httpd(**places({
        "starttls": directory.lines(BY_MAIL, certificate, mode="STARTTLS"),
        "ldaps": directory.lines(BY_MAIL, certificate, host=directory.ldaps_host),
        "besides": directory.lines(BY_MAIL, certificate, BIND, "CertMapLDAPTimeout 9", mode="STARTTLS")},
        files={"conf/ldap.pem": client_certificate.pem}))
    httpd.write("conf/ldap.key", client_certificate.key_pem, mode=0o600)  # children may not read it
    with httpd:
        for name in ("starttls", "ldaps", "besides"):
            seen = directory.watch()
            assert ask(httpd, pki.person("alice"), name) == "alice"
            search = seen.search()
            binds = binds_of(directory, search)
            assert {(bind.dn.lower(), bind.method) for bind in binds} <= {(CLIENT.lower(), "EXTERNAL")}, binds
            assert binds


def test_a_client_certificate_that_the_directory_does_not_know_is_nobody(make_httpd, directory, pki):
    stranger = pki.stranger.issue(["O=Example", "CN=ldap-client"])
    httpd = make_httpd(**places({"ldap": directory.lines(
        BY_MAIL, "CertMapLDAPCACert conf/root-ca.pem", "CertMapLDAPClientCert conf/ldap.pem conf/ldap.pem",
        mode="STARTTLS")}, files={"conf/ldap.pem": stranger.pem + stranger.key_pem}))
    seen = directory.watch()
    with httpd:
        assert ask(httpd, pki.alice, "ldap") == "!backend_unavailable"
        seen.searches(0)


# Defaults in server config, in the virtual host, and lines of the rule

def test_lines_of_the_server_are_defaults(make_httpd, directory, pki):
    """The rule's own line, then its virtual host's, then the main server's."""
    other_lines = f'CertMapLDAPBindDN "{OTHER}"\nCertMapLDAPBindPassword file:conf/secret\n'
    text = directory.lines(BY_MAIL)
    main = BIND + "CertMapLDAPGroups cn\n" + rule("main", text) + rule(
        "own", directory.lines(BY_MAIL, other_lines, "CertMapLDAPGroups sn"))
    vhost = (REASON + "\n" + other_lines + rule("inner", text) + rule("inner-own", directory.lines(
        BY_MAIL, "CertMapLDAPGroups sn", "CertMapLDAPTimeout 7", BIND))
        + "".join(map(place, ("main", "own", "inner", "inner-own"))))
    httpd = make_httpd(main=main, vhost=vhost, files={"conf/secret": OTHER_SECRET})
    expected = {"main": (SERVICE, "cn"), "own": (OTHER, "sn"), "inner": (OTHER, "cn"), "inner-own": (SERVICE, "sn")}
    with httpd:
        for name, (dn, group) in expected.items():
            seen = directory.watch()
            assert ask(httpd, pki.person("bob"), name) == "bob"
            search = seen.search()
            assert set(search.attributes) == {"uid", group}
            assert [bind.dn for bind in binds_of(directory, search)] == [dn], name


def test_how_to_bind_is_chosen_by_the_innermost_lines(make_httpd, directory, pki, client_certificate):
    """A bind DN, also none, or a certificate: any of them replaces what stands further out."""
    certificate = "CertMapLDAPClientCert conf/ldap.pem conf/ldap.pem\n"
    text = directory.lines(BY_MAIL, mode="STARTTLS")
    main = "CertMapLDAPCACert conf/root-ca.pem\n" + certificate + "".join(
        rule(name, f"{text}\n{lines}") for name, lines in {
            "outer": "", "dn": BIND, "anonymous": "CertMapLDAPBindDN None"}.items())
    vhost = REASON + "\n" + BIND + "".join(
        rule(name, f"{text}\n{lines}") for name, lines in {
            "inner": "", "certificate": certificate, "nobody": "CertMapLDAPBindDN none"}.items())
    external, simple = [(CLIENT, "EXTERNAL")], [(SERVICE, "SIMPLE")]
    expected = {"outer": external, "dn": simple, "anonymous": [],
                "inner": simple, "certificate": external, "nobody": []}
    httpd = make_httpd(main=main, vhost=vhost + "".join(map(place, expected)), files={
        "conf/ldap.pem": client_certificate.pem + client_certificate.key_pem})
    with httpd:
        for name, binds in expected.items():
            seen = directory.watch()
            assert ask(httpd, pki.person("bob"), name) == "bob"
            seen_binds = {(bind.dn.lower(), bind.method) for bind in binds_of(directory, seen.search())}
            assert seen_binds == {(dn.lower(), method) for dn, method in binds}, name
        assert "CM0041" not in httpd.error_log()


def test_rules_with_the_same_settings_share_connections(make_httpd, directory, pki):
    httpd = make_httpd(**places({
        "one": directory.lines(BY_MAIL), "two": directory.lines("(cn={subject.CN})", base=SUFFIX),
        "apart": directory.lines(BY_MAIL, BIND)}, mpm="event"))  # one process
    with httpd:
        seen = directory.watch()
        for name in ("one", "two", "one", "two", "apart"):
            assert ask(httpd, pki.person("bob"), name) == "bob"
        *shared, apart = [search.connection for search in seen.searches(5)]
        assert len(set(shared)) == 1 and apart not in shared

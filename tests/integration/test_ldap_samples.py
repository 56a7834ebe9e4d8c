"""Each file conf/examples/ldap-*.conf works against a slapd, as its comments say."""

import re

import pytest

from directory import PEOPLE, SERVICE, SERVICE_SECRET
from pki import sid_extension
from samples import (HOST, SCHEMA, answer, authorities, file_of, issue, people, run_sample,  # noqa: F401
                     sample)
from stores import Redis

SID = "S-1-5-21-1004336348-1177238915-682003330-1104"

@pytest.fixture
def run_ldap_sample(run_sample, make_directory, pki):
    """run_ldap_sample(FILE, entries, base, …): a server with the sample, whose rules ask a slapd with these
    entries; what slapd saw."""
    def run(file, entries, base, scheme="ldaps", lines="", change=lambda text: text, files=None, **how):
        directory = make_directory(entries, schema=SCHEMA, lines=lines)
        seen = directory.watch()
        server = directory.host if scheme == "ldap" else f"ldaps://127.0.0.1:{directory.ldaps_port}"

        def adapt(text):
            text, count = re.subn(rf'"{scheme}://[^/]*/{base}\?', f'"{server}/{PEOPLE}?', text)
            assert count >= 1, text
            return change(re.sub(r'^(CertMapLDAPBindDN) .*', rf'\1 "{SERVICE}"', text, flags=re.M))

        httpd = run_sample("examples/" + file, {"conf/ldap-ca.pem": pki.root.pem, **(files or {})},
                           change=adapt, **how)
        return httpd, seen
    return run


def test_ldap_openldap(run_ldap_sample, issue):
    alice, again = (issue("corp", mail="alice@example.com", serial=0x2a) for _ in range(2))
    httpd, seen = run_ldap_sample(
        "ldap-openldap.conf", people(
            alice=dict(userCertificate_binary=alice.der, displayName="Alice Doe",
                       memberOf="cn=admins,ou=Groups,dc=example,dc=com"),
            bob=dict(memberOf="cn=users,ou=Groups,dc=example,dc=com"),
            frank=dict(pwdAccountLockedTime="000001010000Z")),
        PEOPLE, scheme="ldap", files={"conf/ldap-password": SERVICE_SECRET + "\n"})
    bob, frank = (issue("corp", mail=f"{each}@example.com") for each in ("bob", "frank"))
    environment = httpd.get("/", alice, sni=HOST).env
    assert environment["REMOTE_USER"] == "alice" and environment["CERTMAP_STRENGTH"] == "strong"
    assert environment["CERTMAP_ATTR_DISPLAYNAME"] == "Alice Doe"
    assert [answer(httpd, cert) for cert in (bob, frank, again, None)] == ["bob", 403, 403, 403]
    assert [answer(httpd, cert, "/admin") for cert in (alice, bob)] == ["alice", 403]
    assert [answer(httpd, cert, "/payroll") for cert in (alice, bob)] == ["alice", 403]
    assert answer(httpd, issue("other", mail="alice@example.com", serial=0x2a)) == 403
    assert {bind.dn for bind in seen.binds()} == {SERVICE}
    assert not [line for line in httpd.error_log().splitlines() if "CM004" in line]


def test_ldap_freeipa(run_ldap_sample, issue):
    """slapd cannot compare DER: the first rule finds nothing there; its filter is tried elsewhere."""
    data = "X509:<I>O=Example,CN=Corp CA<S>O=Example,CN=alice"
    httpd, seen = run_ldap_sample(
        "ldap-freeipa.conf", people(
            alice=dict(ipaCertMapData=data, memberOf="cn=admins,cn=groups,cn=accounts,dc=example,dc=com"),
            frank=dict(ipaCertMapData=data.replace("alice", "frank"), nsAccountLock="TRUE")),
        "cn=users,cn=accounts,dc=example,dc=com",
        files={"cgi/secret": "#!/bin/sh\necho " + SERVICE_SECRET + "\n"},
        change=lambda text: text.replace("exec:/usr/local/bin/ldap-secret", "exec:/bin/sh ${ROOT}/cgi/secret"))
    alice, frank = (issue("corp", "O=Example", f"CN={each}") for each in ("alice", "frank"))
    assert [answer(httpd, cert) for cert in (alice, frank)] == ["alice", 403]
    assert answer(httpd, alice, "/admin") == "alice"
    assert answer(httpd, issue("other", "O=Example", "CN=alice")) == 403
    assert len([each for each in seen.searches(at_least=2) if "(?userCertificate;binary=0" in each.filter]) >= 2


def test_ldap_ad(run_ldap_sample, issue):
    readers = "CN=Report Readers,OU=Groups,DC=corp,DC=example,DC=com"
    enabled = dict(objectCategory="person", userAccountControl="512")
    httpd, seen = run_ldap_sample(
        "ldap-ad.conf", people(
            alice=dict(enabled, sAMAccountName="Alice", objectSid=SID, memberOf=readers),
            bob=dict(enabled, sAMAccountName="bob",
                     altSecurityIdentities="X509:<I>O=Example,CN=Ad CA<SR>1200000000AC11"),
            frank=dict(enabled, sAMAccountName="frank", objectSid=SID + "5", userAccountControl="514"),
            machine=dict(enabled, sAMAccountName="BOB$", objectSid=SID + "6", objectCategory="computer")),
        "DC=corp,DC=example,DC=com", files={"conf/ldap-password": SERVICE_SECRET})
    alice, frank, machine = (issue("ad", extensions=[sid_extension(SID + end)]) for end in ("", "5", "6"))
    bob = issue("ad", serial=0x11ac0000000012)
    assert [answer(httpd, cert) for cert in (alice, bob, frank, machine)] == ["Alice", "bob", 403, 403]
    assert [answer(httpd, cert, "/reports") for cert in (alice, bob)] == ["Alice", 403]
    assert answer(httpd, issue("other", extensions=[sid_extension(SID)])) == 403


def test_ldap_ad_with_what_it_has_in_comments(make_httpd, authorities):
    text = re.sub(r"^#(?=<|    C|</)", "", sample("examples/ldap-ad.conf"), flags=re.M)
    assert "\n<CertMapRule ad-web-admins>\n    CertMapIssuedBy" in text
    content = {file_of(each): ca.pem for each, ca in authorities.items()}
    httpd = make_httpd(main=text.replace("*:443", "127.0.0.1:${PORT}"), files={
        **content, "conf/client-cas.pem": "".join(content.values()), "conf/ldap-ca.pem": authorities["other"].pem, "conf/ldap-password": "secret"})
    code, output = httpd.test_config()
    assert code == 0 and "CM00" not in output, output


def test_ldap_cluster(run_ldap_sample, issue, make_store, pki):
    store = make_store(Redis)
    client = pki.root.issue(["O=Example", "CN=httpd"])
    httpd, seen = run_ldap_sample(
        "ldap-cluster.conf", people(alice={}), PEOPLE, modules=("socache_redis",),
        files={"conf/httpd.pem": client.pem}, lines='authz-regexp "^cn=httpd,o=Example$" "cn=web,dc=example,dc=com"',
        secrets={"conf/httpd.key": client.key_pem, "conf/certmap-secret": "0123456789abcdef" * 4},
        change=lambda text: text.replace("redis.example.com:6379", f"127.0.0.1:{store.port}"))
    alice = issue("corp", mail="alice@example.com")
    assert answer(httpd, alice) == "alice"
    assert {(bind.method, bind.dn) for bind in seen.binds()} == {("EXTERNAL", "cn=web,dc=example,dc=com")}
    assert answer(httpd, issue("corp", mail="dave@example.com")) == 403
    assert store.command("DBSIZE") == 2

"""docs/ldap.md: its sentences of the error log, its access rules, and its texts of names are tried."""

import os
import re

import pytest

from directory import PEOPLE, SERVICE, SERVICE_SECRET, person
from documents import LDAP_MD, blocks, each_block, read, section, table
from httpd_setup import TREE
from pki import Ca, email
from watch import wait_for

LOCATION = "AuthType ClientCert\nCertMapUse staff\nRequire valid-user"


def log_messages():
    """The table of what the error log says: its first column."""
    rows = table(section(read(LDAP_MD), "## Troubleshooting"))
    return [row[0].strip("`") for row in rows if row[0].startswith("`") and not row[0].startswith("`CertMap")]


def sources():
    """All C++ sources, with string literals that the compiler joins joined."""
    text = ""
    for path, folders, names in os.walk(os.path.join(TREE, "mod_certmap")):
        folders[:] = sorted(set(folders) - {"tool"})
        for name in sorted(names):
            with open(os.path.join(path, name), encoding="utf-8") as file:
                text += file.read()
    return re.sub(r'"\s*\n\s*"', "", text)


def server_words(message):
    """Without what libldap, the C library or the server add."""
    return re.sub(r"(?<=: ).*\(\d+\)$|Connection refused$", "", message)


def test_each_message_of_the_error_log_is_in_the_sources():
    text = sources()
    assert len(log_messages()) > 20
    for message in log_messages():
        assert server_words(message) in text, message


def rule(url, *lines):
    return "\n".join(["<CertMapRule staff>", "CertMapIssuedBy conf/corp-ca.pem", f"CertMapLDAPURL {url}", *lines,
                      "</CertMapRule>"])


def bind(secret=SERVICE_SECRET):
    return f'CertMapLDAPBindDN "{SERVICE}"', f"CertMapLDAPBindPassword {secret}"


TROUBLE = {
    "answers the search with: No such object (32)":
        lambda d: (d.url("(mail={email})", base="ou=Nobody,dc=example,dc=com"),),
    "refuses the bind ": lambda d: (d.url("(mail={email})"), *bind("wrong")),
    "cannot be trusted: its certificate is not from CertMapLDAPCACert, not valid now, or not for the host "
    "in the URL": lambda d: (d.url("(mail={email})") + " STARTTLS", "CertMapLDAPCACert conf/stranger-ca.pem"),
    "cannot be connected to: Connection refused":
        lambda d: ('"ldap://127.0.0.1:1/dc=example,dc=com?uid?sub?(mail={email})"',),
    "finds more than one entry": lambda d: (d.url("(|(mail={email})(uid=bob))"),),
    ", or the server hides it": lambda d: (d.url("(mail={email})", attributes="employeeNumber"),),
    "has several values of ": lambda d: (d.url("(mail={email})", attributes="description"),),
    "does not hold this certificate": lambda d: (d.url("(mail={email})"), "CertMapLDAPVerifyCert On"),
    "has no entry for ": lambda d: (d.url("(uid={email})"),),
    "in its schema: what the filter compares with it finds nothing":
        lambda d: (d.url("(&(mail={email})(!(pwdAccountLockedTime=*)))"),),
    "in its schema: no entry will have a value of it": lambda d: (d.url("(mail={email})", "uid,nonsense"),),
    "is asked for: write ": lambda d: (d.url("(mail={email})", "uid,commonName"),),
}


# libldap on OpenSSL has words of its own for a certificate that is refused, libldap on GnuTLS has none.
INSTEAD = {message: "fails in TLS: " for message in TROUBLE if message.startswith("cannot be trusted")}


@pytest.fixture(scope="module")
def crowd(make_directory):
    return make_directory({**person("alice", description=["a", "b"]), **person("bob")})


@pytest.mark.parametrize("message", TROUBLE)
def test_the_error_log_says_it(make_httpd, crowd, pki, message):
    assert message in log_messages()
    httpd = make_httpd(main=rule(*TROUBLE[message](crowd)), location=LOCATION,
                       log_level="notice ssl:warn certmap:debug")
    with httpd:
        httpd.get(cert=pki.alice)
        wait_for(lambda: any(words in httpd.error_log() for words in (message, INSTEAD.get(message, message))), message)


# slapd's lines, in a slapd that has nothing else

SLAPD = [block.text for block in blocks(LDAP_MD) if block.language == "slapd"]
INDEX, ACCESS, OVERLAY_ACCESS, REGEXP = SLAPD
LAST = 'access to dn.subtree="ou=People,dc=example,dc=com"\n'


@each_block("slapd")
def test_slapd_takes_each_block(make_directory, block):
    """A line of the database stands behind it, one of the server before; test_… below say what it does."""
    overlays = "memberof", "ppolicy"
    where = {INDEX: dict(indexes="cn", database=INDEX), ACCESS: dict(access=ACCESS, closed=True),
             OVERLAY_ACCESS: dict(access=OVERLAY_ACCESS, modules=overlays), REGEXP: dict(lines=REGEXP)}
    make_directory(person("alice"), **where[block.text])


def people_of_the_page(pki):
    return {**person("alice", userCertificate_binary=pki.alice.der, displayName="Alice", description="private"),
            **person("frank"),
            "cn=web,dc=example,dc=com": dict(objectClass="groupOfNames", cn="web", member=f"uid=alice,{PEOPLE}")}


def test_the_access_rules_are_enough_and_no_more(make_httpd, make_directory, pki):
    """Without an overlay: slapd starts, httpd's own account binds, and nobody else sees anything."""
    directory = make_directory(people_of_the_page(pki), access=ACCESS, closed=True, indexes="cn", database=INDEX)
    found = directory.url("(mail={email})", "uid,displayName,description")
    with make_httpd(main=rule(found, *bind(), "CertMapLDAPVerifyCert On"), location=LOCATION) as httpd:
        environment = httpd.whoami(pki.alice)
        assert environment["CERTMAP_ATTR_DISPLAYNAME"] == "Alice"
        assert "CERTMAP_ATTR_DESCRIPTION" not in environment
    with make_httpd(main=rule(found), location=LOCATION) as httpd:
        assert httpd.get(cert=pki.alice).status in (403, 503)


def test_the_access_rules_with_overlays(make_httpd, make_directory, pki):
    """Groups that memberof makes, and a lock that ppolicy knows, as the page has their rules: before the last one."""
    head, _, last = ACCESS.partition(LAST)
    directory = make_directory(people_of_the_page(pki), access=head + OVERLAY_ACCESS + LAST + last, closed=True, indexes="cn",
                               database=INDEX + "overlay memberof\noverlay ppolicy\n", modules=("memberof", "ppolicy"))
    directory.modify("cn=web,dc=example,dc=com", member=[f"uid=alice,{PEOPLE}", f"uid=frank,{PEOPLE}"])
    directory.modify(f"uid=frank,{PEOPLE}", pwdAccountLockedTime="000001010000Z")
    found = directory.url("(&(mail={email})(!(pwdAccountLockedTime=*)))", "uid")
    with make_httpd(main=rule(found, *bind(), "CertMapLDAPGroups memberOf"), location=LOCATION) as httpd:
        assert httpd.whoami(pki.person("alice"))["REMOTE_USER"] == "alice"
        assert httpd.get(cert=pki.person("frank")).status == 403
        directory.modify("cn=web,dc=example,dc=com", member=f"uid=frank,{PEOPLE}")
        directory.modify("cn=web,dc=example,dc=com", member=f"uid=alice,{PEOPLE}")
        assert httpd.whoami(pki.person("alice"))["CERTMAP_GROUPS"] == "cn=web,dc=example,dc=com"


def test_sasl_external_is_the_account_that_authz_regexp_says(make_httpd, make_directory, pki):
    directory = make_directory(person("alice"), access=ACCESS, closed=True, lines=REGEXP)
    found = directory.url("(mail={email})", host=directory.ldaps_host)
    lines = "CertMapLDAPCACert conf/root-ca.pem", "CertMapLDAPClientCert conf/httpd.pem conf/httpd.key"
    own = pki.issuing.issue(["O=Example", "CN=httpd"])
    files = {"conf/httpd.pem": own.pem, "conf/httpd.key": own.key_pem}
    with make_httpd(main=rule(found, *lines), location=LOCATION, files=files) as httpd:
        assert httpd.whoami(pki.alice)["REMOTE_USER"] == "alice"


@each_block("ldif")
def test_the_system_account_of_freeipa_can_be_added(make_directory, block):
    """As the page says, with ldapadd; to a slapd that has IPA's tree, and wants a class for the attribute, which 389 has in every entry."""
    schema = ("attributetype ( 2.16.840.1.113730.3.1.91 NAME 'passwordExpirationTime' EQUALITY generalizedTimeMatch "
              "SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )")
    tree = {f"{dn}dc=example,dc=com": dict(objectClass="applicationProcess", cn=dn[3:].partition(",")[0])
            for dn in ("cn=etc,", "cn=sysaccounts,cn=etc,")}
    make_directory(tree, schema=schema).add_text(block.text + "objectClass: extensibleObject\n")


@pytest.mark.parametrize("heading", ["## Names in filters", "### altSecurityIdentities"])
def test_names_are_written_as_the_tables_say(make_httpd, pki, heading):
    names = heading == "## Names in filters"
    rows = table(section(read(LDAP_MD), "## Names in filters" if names else "## Active Directory"))
    if names:
        ca = Ca("O=Example", "CN=Names CA")
        cert = ca.issue(["C=DE", "O=Example", "CN=alice"])
        pairs = [(template, re.search("`([^`]+)`", text)[1])
                 for row in rows if len(row) == 2 and row[0].startswith("`{")
                 for template, text in [(each, row[1]) for each in re.findall("`([^`]+)`", row[0])]]
    else:
        ca = Ca("DC=com", "DC=example", "CN=Corp CA")
        cert = ca.issue(["DC=com", "DC=example", "CN=alice"], serial=0x11ac0000000012,
                        san=[email("alice@example.com")])
        pairs = [(re.search("`([^`]+)`", row[1])[1], row[0].strip("`")) for row in rows
                 if row[0].startswith("`X509:") and not re.match("`X509:<S(KI|HA1)", row[0])]
    assert len(pairs) >= 4
    rules = "".join(f'<CertMapRule t{number}>\nCertMapIssuedBy conf/own-ca.pem\nCertMapUser "{pair[0]}"\n'
                    "</CertMapRule>\n" for number, pair in enumerate(pairs))
    places = "".join(f'<Location "/cgi/env/{number}">\nAuthType ClientCert\nCertMapUse t{number}\n'
                     "Require valid-user\n</Location>\n" for number in range(len(pairs)))
    trusted = "".join(pki.conf_files()["conf/client-cas.pem"]) + ca.pem
    with make_httpd(main=rules, vhost=places, files={"conf/own-ca.pem": ca.pem,
                                                     "conf/client-cas.pem": trusted}) as httpd:
        for number, (_, text) in enumerate(pairs):
            assert httpd.whoami(cert, f"/cgi/env/{number}")["REMOTE_USER"].lower() == text.lower()


def filters():
    """Each filter in the text of the page, and each text that is meant for altSecurityIdentities."""
    text = read(LDAP_MD)
    found = {each for each in re.findall(r"`(\([^`]*\{[^`]*\))`", text)}
    found |= {f"(altSecurityIdentities={each})" for each in re.findall(r"`(X509:<[^`]*\{[^`]*)`", text)}
    return sorted(found)


def test_each_filter_of_the_page_is_accepted(make_httpd):
    assert len(filters()) > 20
    main = "\n".join(f'<CertMapRule f{number}>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapLDAPURL '
                     f'"ldap://localhost/dc=example,dc=com?uid?sub?{text}"\n</CertMapRule>'
                     for number, text in enumerate(filters()))
    code, output = make_httpd(main=main).test_config()
    assert code == 0, output

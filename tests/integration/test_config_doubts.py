"""What httpd takes, and was hardly meant: `httpd -t` says it at any LogLevel, with file and line
(docs/troubleshooting.md, CM0027 and CM0028)."""

import os

import pytest

from config_check import config_checker, is_told, lines_of

GOOD = """
<CertMapRule good>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser {subject.CN}
</CertMapRule>"""
PLACE = ("AuthType ClientCert", "CertMapUse good", "Require valid-user")


def rule(*lines):
    return "\n".join(["<CertMapRule r>", "CertMapIssuedBy conf/corp-ca.pem", *lines, "</CertMapRule>"])


def match(words):
    return rule(f"CertMapMatch {words}", "CertMapUser {subject.CN}")


def location(*lines):
    return "\n".join([GOOD, '<Location "/x">', *lines, "</Location>"])


def host(*lines):
    return "\n".join([GOOD, "<VirtualHost *:9>", *lines, "</VirtualHost>"])


def place(path, *lines):
    return "\n".join([f'<Location "{path}">', *lines, "</Location>", ""])


def unasked(*lines):
    """A virtual host with TLS: only what is in lines may ask for a certificate."""
    return host("SSLEngine on", "SSLCertificateFile conf/server.pem", *lines)


LOGGED = "CertMapAuditLog logs/x.log\n"

# What is in the configuration; a part of the line that is meant; what must be said.
DOUBTS = {
    "one account for a CA": (rule("CertMapUser admin"), "CertMapUser admin", ["rule r ", "one account admin", "{subject.CN}"]),
    "mod_ssl's variable": (rule("CertMapUser SSL_CLIENT_S_DN_CN"), "CertMapUser", ["rule r ", "{subject.CN}"]),
    "no Require": (location("AuthType ClientCert", "CertMapUse good"), "CertMapUse good", ["Require valid-user"]),
    "no AuthType": (location("CertMapUse good", "Require valid-user"), "CertMapUse good", ["AuthType ClientCert"]),
    "hyphen": (location("AuthType Client-Cert", *PLACE[1:]), "AuthType", ["AuthType ClientCert"]),
    "certificate": (location('AuthType "Certificate"', *PLACE[1:]), "AuthType", ["AuthType ClientCert"]),
    "typographic": (match("email =~ “.*@example”"), "CertMapMatch", ["typographic"]),
    "slashes": (match("email =~ /(.*)@example/i"), "CertMapMatch", ["slashes", "(?i)"]),
    **{f"regex, {words}": (match(words), "CertMapMatch", said) for words, said in {
        r"dns !~ .*\.Evil\.example": ["capitals", "lower case"], r"upn =~ (.*)@CORP\.example": ["capitals", "(?i)"],
        r"email !~ .*@Evil\.example": ["capitals", "the domain"], "ip =~ 2001:DB8:.*": ["capitals"],
        "serial =~ 0A.*": ["capitals", "hex"], "sha256 !~ ab:.*": ["colons"], r"ext.1.2.3 =~ .*0C.*": ["capitals"],
        r"email =~ @example\.com": ["the whole", "write .*@example"],
        r"upn !~ ^@corp\.example$": ["write .*@corp"],
        "eku !~ emailProtection": ["OIDs", "the name"], r"policy =~ \d+x": ["OIDs"],
        "ku =~ contentCommitment": ["nonRepudiation"]}.items()},
    "asterisk": (match("email == *@example.com"), "CertMapMatch", ["=~"]),
    "backwards": (match('subject == "O=Example,CN=alice"'), "CertMapMatch", ["wrong way round"]),
    "no Require beside a good place": (location(*PLACE) + """
<Location "/n">
AuthType ClientCert
CertMapUse  good
</Location>""", "CertMapUse  good", ["Require valid-user"]),
    # Debian has the first of them.
    "no Require beside places that ask nobody": ("\n".join([
        GOOD, '<Location "/">', "AuthType ClientCert", "CertMapUse good", "</Location>", '<Location "/server-status">', "Require local",
        "</Location>", '<Location "/x">', "<RequireAny>", "Require ip 127.0.0.1", "Require host example.org", "Require method GET",
        "Require env LET_IN", "</RequireAny>", "</Location>"]), "CertMapUse good", ["Require valid-user"]),
    "no AuthType beside a good place": (location(*PLACE) + """
<Location "/f">
CertMapUse  good
Require valid-user
</Location>""", "CertMapUse  good", ["AuthType ClientCert"]),
    "AuthType None": (location("AuthType None", *PLACE[1:]), "CertMapUse good", ["AuthType None", "AuthType ClientCert"]),
    "required without CertMapUse": (
        location(*PLACE) + "\n" + place("/y", "AuthType Basic", "AuthName x", "AuthUserFile conf/users", "CertMapControl required",
                                        "Require valid-user"),
        "CertMapControl", ["no CertMapUse is in force", "CertMapUse NAME"]),
    "no CertMapUse": (location("AuthType ClientCert", "Require valid-user"), "AuthType", ["CertMapUse"]),
    "no CertMapUse beside a good place": (location(*PLACE) + """
<Location "/e">
AuthType  ClientCert
Require valid-user
</Location>""", "AuthType  ClientCert", ["CertMapUse"]),
    "CertMapUse none": (location("AuthType ClientCert", "CertMapUse none", "Require valid-user"), "AuthType", ["CertMapUse"]),
    "expression": (rule("CertMapMatch email == a@b", "CertMapUser %{email}"), "CertMapUser", ["the % before {email}", "write {email}"]),
    "expression in a filter": (rule('CertMapLDAPURL "ldap://127.0.0.1/dc=x?uid?sub?(mail=%25{email})"'), "CertMapLDAPURL", ["write {email}"]),
    **{f"one account, {tie}": (rule(f"CertMapMatch {tie}", "CertMapUser admin"), "CertMapUser", ["rule r ", "one account admin"])
       for tie in ("subject.CN != bob", "email !~ x.*", 'issuer == "CN=Corp CA,O=Example"', "issuer.CN =~ Corp.*", "aki == 0a",
                   "any eku == clientAuth", "ku == digitalSignature", "policy == 2.5.29.32.0", "notbefore =~ 20.*",
                   "email =~ .*", "subject.CN =~ ^.+$", "email =~ (?i)(.*)")},
    **{f"one account, {user}": (rule(f"CertMapUser {user}"), "CertMapUser", ["rule r ", "one account"])
       for user in ("{issuer.CN}", "svc-{issuer.O!lower}", "{aki}", "{eku[1]}", "{policy[1]}", "{ku[1]}")},
    "never asked": (unasked(place("/x", PLACE[0], "CertMapUse  good", PLACE[2]), place("/y", *PLACE)), "CertMapUse  good",
                    ["SSLVerifyClient is missing: the client is never asked", "write SSLVerifyClient optional in the virtual host"]),
    "asked nowhere": (unasked("SSLVerifyClient none", place("/x", *PLACE)), "CertMapUse good|SSLVerifyClient",
                      ["SSLVerifyClient is none (", "never asked", "write SSLVerifyClient optional"]),
    "tried, never asked": (LOGGED + unasked(place("/x", "CertMapTrial good")), "CertMapTrial good", ["write SSLVerifyClient optional"]),
    "tried without a log": (location("CertMapTrial good"), "CertMapTrial good", ["counted only", "write CertMapAuditLog"]),
    "tried, and the log is none": (unasked("CertMapAuditLog none", "SSLVerifyClient optional", place("/x", "CertMapTrial good")),
                                   "CertMapTrial good", ["counted only", "write CertMapAuditLog"]),
    "deny without a log": ("CertMapAuditFailure deny\n" + unasked("SSLVerifyClient optional",
                                                                 place("/x", PLACE[0], "CertMapUse  good", PLACE[2]), place("/y", *PLACE)),
                           "CertMapUse  good", ["everybody goes on", "write CertMapAuditLog"]),
    "deny, and the log is none": (LOGGED + unasked("SSLVerifyClient optional", "CertMapAuditFailure deny", "CertMapAuditLog none",
                                                   place("/x", *PLACE)), "CertMapUse good", ["everybody goes on"]),
    "revocation": (host("SSLCARevocationFile conf/x.crl"), "SSLCARevocationFile", ["SSLCARevocationCheck chain"]),
}


def ca_host(ca, *lines):
    """The rule takes ca; what the virtual host takes is in lines."""
    lines = (*lines, "SSLEngine on", "SSLCertificateFile conf/server.pem", "SSLVerifyClient optional")
    return "\n".join([GOOD.replace("corp-ca", ca), "<VirtualHost *:9>", *lines, '<Location "/x">', *PLACE, "</Location>",
                      "</VirtualHost>"])


@pytest.fixture(scope="module")
def checker(pki):
    with config_checker(pki, {"conf/x.crl": "x", "conf/users": ""}) as check:
        yield check


def test_a_ca_that_mod_ssl_does_not_know_is_said(checker):
    code, output, _ = checker(ca_host("twin-ca", "SSLCACertificateFile conf/root-ca.pem"), "emerg")
    assert code == 0 and "CM0028: rule good: its CA " in output
    assert "is not in SSLCACertificateFile conf/root-ca.pem (" in output and "add it there" in output


@pytest.mark.parametrize("ca, lines", [
    ("root-ca", ["SSLCACertificateFile conf/root-ca.pem"]),
    ("corp-ca", ["SSLCACertificateFile conf/root-ca.pem"]),  # a client may send what leads to it
    ("partner-ca", ["SSLCACertificateFile conf/root-ca.pem", "SSLCACertificatePath conf"]),
    ("partner-ca", ["SSLCACertificateFile conf/root-ca.pem", "SSLVerifyClient optional_no_ca"]),
])
def test_a_ca_that_mod_ssl_may_know_is_not(checker, ca, lines):
    code, output, _ = checker(ca_host(ca, *lines), "debug")
    assert code == 0 and "CM0028" not in output


@pytest.mark.parametrize("log_level", ["emerg", "debug"])
@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_doubt_is_said_with_the_line_and_what_to_write(checker, doubt, log_level):
    text, part, words = DOUBTS[doubt]
    code, output, named = checker(text, log_level)
    said = [line for line in output.splitlines() if "CM0028" in line]
    assert code == 0 and len(said) == 1 and named == lines_of(text, part), output
    assert all(word in said[0] for word in words), output


def test_typographic_quotes_have_their_names(checker):
    output = checker(match("email =~ “.*@example”"))[1]
    assert "U+201C" in output and "\\x" not in output, output


@pytest.mark.parametrize("lines", [PLACE, ("CertMapTrial good",)])
def test_a_place_without_tls_is_doubted(make_httpd, lines):
    httpd = make_httpd(main=GOOD, location="\n".join(lines))
    httpd.replace_config("SSLEngine on", "")
    code, output = httpd.test_config()
    assert code == 0 and output.count("CM0028") == 1, output
    assert "write SSLEngine on" in output and "if a proxy ends TLS, let it pass TCP through" in output, output


def test_required_under_client_cert_is_no_second_factor(checker):
    text = location(*PLACE, "CertMapControl required")
    is_told(checker(text), text, "CertMapControl", ["CM0027", "AuthType Basic"])


BASIC = ("AuthType Basic", "AuthName x", "AuthUserFile conf/users", "CertMapUse good", "Require valid-user")
MERGED = {
    "outer type": place("/ok", *PLACE) + place("/ok/two", "CertMapControl required"),
    "inner type": place("/x", *BASIC, "CertMapControl required") + place("/x/y", "AuthType ClientCert"),
    "three": place("/", *PLACE) + place("/a", *BASIC[:3], "CertMapControl required") + place("/a/b", "AuthType ClientCert"),
    "folders": (place("/srv/a", "CertMapControl required") + place("/srv", *PLACE)).replace("Location", "Directory"),
    "condition": place("/ok", *PLACE) + place("/ok/two", '<If "true">', "CertMapControl required", "</If>"),
    "hosts": place("/ok", *PLACE) + host(place("/ok", "CertMapControl required")).replace(GOOD, ""),
}


@pytest.mark.parametrize("text", MERGED.values(), ids=MERGED)
def test_required_never_meets_client_cert_by_merging(checker, text):
    text = GOOD + "\n" + text
    is_told(checker(text), text, "CertMapControl", ["CM0027", "AuthType Basic"])


def test_names_of_rules_are_separated_by_blanks(checker):
    text = location("AuthType ClientCert", "CertMapUse good,better", "Require valid-user")
    is_told(checker(text), text, "CertMapUse", ['"good,better"', "blanks"])


FINE = {
    "tied": rule("CertMapMatch email == admin@example.com", "CertMapUser admin"),
    "attribute": rule("CertMapUser {subject.CN}"),
    "denied": rule("CertMapDeny"),
    "place": location(*PLACE),
    "everybody is let in": location("AuthType ClientCert", "CertMapUse good", "Require all granted"),
    "two factors inside": location(*PLACE) + "\n" + place("/x/y", "AuthType Basic", "AuthName x", "AuthUserFile conf/users",
                                                          "CertMapControl required"),
    "one factor inside": location("AuthType Basic", "AuthName x", "AuthUserFile conf/users", *PLACE[1:], "CertMapControl required")
    + "\n" + place("/x/y", "AuthType ClientCert", "CertMapControl sufficient"),
    "beside": location(*PLACE) + "\n" + place("/xy", "AuthType Basic", "AuthName x", "AuthUserFile conf/users", *PLACE[1:],
                                              "CertMapControl required"),
    "use inside": place("/", "AuthType ClientCert", "Require valid-user") + location("CertMapUse good"),
    "Require inside": location(*PLACE[:2]) + "\n" + place("/x/y", "Require valid-user"),
    "condition": location("AuthType ClientCert", "CertMapUse good", '<If "true">', "Require valid-user", "</If>"),
    "pattern": location(*PLACE[:2]) + '\n<LocationMatch "^/x">\nRequire valid-user\n</LocationMatch>',
    "type inside": location("AuthType None", "CertMapUse good") + "\n" + place("/x/y", "AuthType ClientCert", "Require valid-user"),
    "key": rule("CertMapMatch eku == clientAuth", "CertMapMatch spki == " + 64 * "a", "CertMapUser admin"),
    "group": rule('CertMapMatch email =~ "(.*)"', "CertMapUser $1"),
    "percent": rule("CertMapMatch email == a@b", "CertMapUser 100%{{email}}"),
    "not everybody": rule("CertMapMatch subject.OU == Admins", "CertMapMatch email != x@y", "CertMapUser admin"),
    "inherited": location(*PLACE) + '\n<Location "/x/y">\nCertMapUse good\n</Location>',
    "alternatives": location("AuthType ClientCert", "CertMapUse good", "<RequireAny>", "Require user a", "</RequireAny>"),
    ".htaccess": location("CertMapUse good") + '\n<Directory "/x">\nAllowOverride AuthConfig\n</Directory>',
    "required and reset": location("AuthType Basic", "CertMapUse none", "CertMapControl required"),
    "required, used inside": place("/", "AuthType Basic", "CertMapControl required") + location(*BASIC),
    "required, used under a condition": location("AuthType Basic", "CertMapControl required", '<If "true">', "CertMapUse good",
                                                 "Require valid-user", "</If>"),
    "required, .htaccess": location("AuthType Basic", "CertMapControl required") + '\n<Directory "/x">\nAllowOverride AuthConfig\n</Directory>',
    "reset": location("CertMapUse none"),
    "basic": location("AuthType Basic", "AuthName x", "AuthUserFile conf/users", "CertMapUse good",
                      "CertMapControl required", "Require valid-user"),
    "wildcard host": match("dns == *.example.com"), "path": match("uri =~ https://example.com/.*/x"),
    **{f"regex, {words}": match(words) for words in (
        r"dns =~ (?i).*\.Good\.example", r"dns =~ \S+\D\PN\p{Lu}?", r"upn =~ (?P<LOGIN>[^A-Z]+)@corp", r"email =~ First.*@good\.example",
        r"serial =~ [[:xdigit:]]+", r"subject.CN =~ Alice", r"sid =~ S-1-5-.*", r"eku =~ 1\.3\.(?:\d+\.){3,}\d+", "ku =~ nonRepudiation")},
    "order": match('subject == "CN=alice,O=Example"'), "domains": match('subject == "DC=example,DC=com"'),
    "asked": unasked("SSLVerifyClient require", place("/x", *PLACE)),
    "asked in the main server": "SSLVerifyClient optional\n" + unasked(place("/x", *PLACE)),
    "asked at the place": unasked(place("/x", *PLACE, "SSLVerifyClient require")),
    "asked at another place": unasked(place("/x", *PLACE), place("/y", "SSLVerifyClient require")),
    "asked under a condition": unasked(place("/x", *PLACE, '<If "true">', "SSLVerifyClient require", "</If>")),
    "asked in .htaccess": unasked(place("/x", *PLACE), '<Directory "/x">\nAllowOverride AuthConfig\n</Directory>'),
    "asked by a command of OpenSSL": unasked("SSLOpenSSLConfCmd VerifyMode Request", place("/x", *PLACE)),
    "tried": LOGGED + unasked("SSLVerifyClient optional", place("/x", "CertMapTrial good")),
    "tried in one host with a log": location("CertMapTrial good") + f"\n<VirtualHost *:9>\n{LOGGED}</VirtualHost>",
    "tried nowhere": location("CertMapTrial none"),
    "deny with a log": LOGGED + "CertMapAuditFailure deny\n" + unasked("SSLVerifyClient optional", place("/x", *PLACE)),
    "deny with a log in the host": "CertMapAuditFailure deny\n" + unasked(
        LOGGED, "SSLVerifyClient optional", place("/x", *PLACE)),
    "deny where nothing is used": "CertMapAuditFailure deny\n" + unasked(place("/x", "CertMapUse none")),
    "used nowhere": unasked(place("/x", "CertMapUse none")),
    "checked": host("SSLCARevocationFile conf/x.crl", "SSLCARevocationCheck leaf"),
    "checked for all": "SSLCARevocationCheck chain\n" + host("SSLCARevocationPath conf"),
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_what_is_meant_is_not_doubted(checker, text):
    code, output, _ = checker(text)
    assert (code, output) == (0, "Syntax OK\n")


ROOT = os.geteuid() == 0
LOG = "CertMapAuditLog logs/{}/x.log"


@pytest.mark.skipif(not ROOT, reason="only root can close a file to httpd's User")
def test_a_map_file_that_httpds_user_may_not_read_is_said_before_the_start(make_httpd, pki):
    httpd = make_httpd(main="<CertMapRule m>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapFile conf/m.map\n</CertMapRule>",
                       files={"conf/m.map": "email:a@example.com a\n"})
    assert httpd.test_config() == (0, "Syntax OK\n")
    os.chmod(httpd.path("conf/m.map"), 0o600)
    code, output = httpd.test_config()
    assert code == 0 and output.count("CM0030") == 1 and httpd.path("conf/m.map") in output, output
    assert "User " in output and "read permission" in output, output


def test_an_audit_log_that_cannot_be_opened_is_said_before_the_start_and_nothing_is_made(make_httpd, pki):
    httpd = make_httpd(audit=LOG.format("gone"))
    code, output = httpd.test_config()
    assert (code != 0) == ROOT and output.count("CM0102") == 1, output
    assert f"create the folder {httpd.path('logs/gone')}" in output, output
    os.mkdir(httpd.path("logs/gone"))
    assert httpd.test_config() == (0, "Syntax OK\n")
    assert os.listdir(httpd.path("logs/gone")) == []
    os.mkdir(httpd.path("logs/gone/x.log"))
    code, output = httpd.test_config()
    assert "CM0102" in output and "name a file in it" in output, output


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
def test_a_user_who_only_tests_is_told_of_a_log_that_is_closed_to_him(make_httpd, pki):
    httpd = make_httpd(audit=LOG.format("closed"))
    os.mkdir(httpd.path("logs/closed"), 0o500)
    code, output = httpd.test_config()
    assert code == 0 and "CM0102" in output and "Permission denied" in output, output

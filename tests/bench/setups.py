"""The configurations that are compared, as arguments for Httpd()."""

import functools

from directory import SERVICE, SERVICE_SECRET

MILLION = 1_000_000
MAIL_LINE = "email:{}@example.com user\n"
CERTMAP = "AuthType ClientCert\nCertMapUse {}\nRequire valid-user"
AUDIT = "CertMapAuditLog logs/audit.log"
# The hash of "password" that FakeBasicAuth wants.
FAKE_HASH = "xxj31ZMTZzkVA"
LDAP_MODULES = ("ldap", "authnz_ldap")
BIND = f"{{0}}LDAPBindDN {SERVICE}\n{{0}}LDAPBindPassword {SERVICE_SECRET}"
DN = "/C=EE/O=Example/OU=People/CN={}"


def rule(name, *lines):
    return "\n".join([f"<CertMapRule {name}>", *(f"    {line}" for line in lines), "</CertMapRule>"])


def certmap(rules, audit=True, use="r", files=None):
    return {"main": rules, "location": CERTMAP.format(use), "audit": AUDIT if audit else "",
            "files": files}


def plain():
    return {"location": "Require all granted", "audit": ""}


def ssl_user_name(variable):
    return {"vhost": f"SSLUserName {variable}", "location": "Require valid-user", "audit": ""}


def fake_basic_auth(users):
    """The client is the last of them."""
    logins = [f"user{i}" for i in range(users - 1)] + ["alice"]
    text = "".join(f"{DN.format(login)}:{FAKE_HASH}\n" for login in logins)
    return {"vhost": "SSLOptions +FakeBasicAuth", "audit": "", "files": {"conf/users": text},
            "location": "AuthType Basic\nAuthName certificates\nAuthBasicProvider file\n"
                        "AuthUserFile conf/users\nRequire valid-user"}


def rewrite_map():
    return {"vhost": "RewriteEngine On\nRewriteMap accounts txt:conf/accounts.txt\n"
                     "RewriteCond ${accounts:%{SSL:SSL_CLIENT_S_DN_CN}} (.+)\n"
                     "RewriteRule .* - [E=REMOTE_USER:%1]",
            "files": {"conf/accounts.txt": "alice alice\n"}, "audit": "",
            "location": "Require all granted"}


def authnz_ldap(people, cached, require="ldap-user alice"):
    """`people`: the URL of the entries. The least that it asks for: one search, one compare."""
    no_cache = "LDAPSharedCacheSize 0\nLDAPCacheEntries 0\nLDAPOpCacheEntries 0"
    return {"main": "" if cached else no_cache, "modules": LDAP_MODULES, "audit": "",
            "vhost": "SSLUserName SSL_CLIENT_S_DN_CN",
            "location": f'AuthLDAPURL "{people}?uid?sub"\n{BIND.format("Auth")}\nRequire {require}'}


def ldap(people, cache="", audit=True):
    """`cache`: the line with CertMapCache."""
    setup = certmap(rule("r", f'CertMapLDAPURL "{people}?uid?sub?(mail={{email}})"'), audit)
    lines = (BIND.format("CertMap"), cache, setup["main"])
    return {**setup, "main": "\n".join(lines), "modules": LDAP_MODULES}


def template(audit=True):
    return certmap(rule("r", r'CertMapMatch email =~ "([^@]+)@example\.com"', "CertMapUser $1"), audit)


def with_trial(setup, use="tried"):
    """The same, and a rule that is tried there; it gives the same account."""
    tried = rule("tried", r'CertMapMatch email =~ "([^@]+)@example\.com"', "CertMapUser $1")
    return {**setup, "main": setup.get("main", "") + "\n" + tried, "location": f"{setup['location']}\nCertMapTrial {use}"}


def maps_nobody(audit=True):
    return certmap(rule("r", r'CertMapMatch email =~ "([^@]+)@example\.org"', "CertMapUser $1"), audit)


def pinned(audit=True):
    return certmap(rule("r", "CertMapIssuedBy conf/rsa-ca.pem conf/ec-ca.pem",
                        r'CertMapMatch email =~ "([^@]+)@example\.com"', "CertMapUser $1"), audit)


def pinned_crl(crl):
    return certmap(rule("r", "CertMapIssuedBy conf/rsa-ca.pem conf/ec-ca.pem", "CertMapCRL conf/users.crl",
                        r'CertMapMatch email =~ "([^@]+)@example\.com"', "CertMapUser $1"), files={"conf/users.crl": crl})


def ssl_revocation(crl):
    """mod_ssl asks it in each handshake; beside it the rule of pinned()."""
    return {**pinned(), "vhost": "SSLCARevocationFile conf/users.crl\nSSLCARevocationCheck leaf", "files": {"conf/users.crl": crl}}


def many_rules(count, audit=True):
    """A regex each; the last rule is the one that applies."""
    names = [f"r{i}" for i in range(count)]
    domains = [f"site{i}" for i in range(count - 1)] + ["example"]
    rules = "\n".join(rule(name, rf'CertMapMatch email =~ "([^@]+)@{domain}\.com"', "CertMapUser $1")
                      for name, domain in zip(names, domains))
    return certmap(rules, audit, use=" ".join(names))


@functools.lru_cache(2)
def mail_map(entries):
    """The client's entry is in the middle."""
    names = [f"user{i:07}" for i in range(entries - 1)]
    names.insert(entries // 2, "alice")
    return "".join(map(MAIL_LINE.format, names))


@functools.lru_cache(2)
def subject_map(entries):
    line = '"subject:CN={},OU=People,O=Example,C=EE" user\n'
    return "".join(line.format(name) for name in
                   ["alice", *(f"user{i:07}" for i in range(entries - 1))])


def map_file(text, audit=True):
    return certmap(rule("r", "CertMapFile conf/users.map"), audit, files={"conf/users.map": text})

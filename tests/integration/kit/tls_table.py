"""A table of decisions that must come out alike however the request travels.

    SERVER = dict(…, **tls_table.settings())        rules, places and map file
    seen_by(httpd, pki, way)                        {who: {place: outcome}} over one of WAYS
    expected(who, …)                                what it must be
An outcome is the status with the account, or with the reason of the refusal.
"""

from httpd_setup import AUDIT, virtual_host
from pki import dns, email, upn

import places

RULES = r"""
<CertMapRule people>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule dn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject =~ "CN=([^,]*),O=Example"
    CertMapUser     $1
</CertMapRule>
"""
PLACES = {
    "staff": ("staff", "valid-user"),
    "people": ("people staff", "valid-user"),
    "dn": ("dn", "valid-user"),
    "group": ("people staff", "certmap-group admins"),
    "strong": ("people", "certmap-strength strong"),
}
HEADERS = places.REASON + '\nHeader always set X-User "expr=%{REMOTE_USER}"\n'
LOCATIONS = HEADERS + "".join(f"""
<Location "/{name}/">
    AuthType ClientCert
    CertMapUse {rules}
    Require {require}
</Location>""" for name, (rules, require) in PLACES.items())
WAYS = {f"{http} TLS {tls} {handshake}": (http, tls, handshake)
        for http in ("HTTP/1.1", "HTTP/2") for tls in ("1.2", "1.3")
        for handshake in ("full", "ticket", "session ID")}


def host(name, more="", verify="optional"):
    """A virtual host NAME.example.test with the same places."""
    return virtual_host(name, "Protocols h2 http/1.1", AUDIT, more, LOCATIONS, verify=verify)


def people(pki):
    def person(login, *more):
        return pki.issuing.issue(["O=Example", f"CN={login}"],
                                 san=[email(f"{login}@example.com"), *more])
    return {
        "alice": pki.alice,
        "alice and a chain": pki.alice.with_chain(pki.issuing.cert, pki.root.cert, pki.bob),
        "bob": pki.bob,
        "nobody": None,
        "carol": pki.carol,
        "twin": pki.twin.issue(["O=Example", "CN=alice"], san=[email("alice@example.com")]),
        "blocked": person("alice", upn("blocked@corp.example")),
        "former": person("former"),
        "two": person("alice", email("bob@example.com")),
        "blank": pki.issuing.issue(["O=Example", "CN=blank"], san=[email(" alice@example.com")]),
        "control": person("alice", dns(b"a\x01")),
    }


def settings(pki, **more):
    """`host stateful.example.test`: TLS 1.3 with its sessions in the server's cache."""
    people_map = (f"spki:{pki.bob.spki_sha256} robert groups=admins,dev\n"
                  "upn:blocked@corp.example !\n"
                  "email:former@example.com former expires=2020-01-01\n"
                  "email:alice@example.com alice groups=dev\n")
    files = {"conf/people.map": people_map,
             **{f"htdocs/{name}/page.html": f"the {name} page\n" for name in PLACES}}
    return dict(dict(main=RULES, vhost="Protocols h2 http/1.1\n" + LOCATIONS, files=files,
                     after=host("stateful", "SSLSessionTickets off")), **more)


def _everywhere(outcome):
    return dict.fromkeys(PLACES, outcome)


_ALICE = {"staff": "200 alice", "people": "200 alice", "dn": "200 alice",
          "group": "403 mapped", "strong": "403 mapped"}
EXPECTED = {
    "alice": _ALICE,
    "alice and a chain": _ALICE,
    "bob": {"staff": "200 bob", "people": "200 robert", "dn": "200 bob",
            "group": "200 robert", "strong": "200 robert"},
    "nobody": _everywhere("403 no_certificate"),
    "carol": _everywhere("403 no_rule_matched"),
    "twin": _everywhere("403 no_rule_matched"),
    "blocked": {**_everywhere("403 denied_by_rule"), "staff": "200 alice", "dn": "200 alice"},
    "former": {**_everywhere("403 entry_expired"), "staff": "200 former", "dn": "200 former"},
    "two": {**_ALICE, "staff": "403 ambiguous_attribute"},
    "blank": {**_everywhere("403 unsafe_account"), "strong": "403 no_rule_matched",
              "dn": "200 blank"},
    "control": _everywhere("403 malformed_certificate"),
}


def outcome(response):
    headers = {name.lower(): value for name, value in response.headers.items()}
    reason, user = headers.get("x-reason"), headers.get("x-user")
    return f"{response.status} {user if response.status == 200 else reason}"


def _one_by_one(connection, paths):
    """Goes on over new connections where the server ends them."""
    for path in paths:
        connection = connection.again() if connection.ended else connection
        yield connection.get(path)
        if connection.ended:
            connection.close()


def ask_all(connection, only=PLACES):
    """One request after the other on HTTP/1.1, all at once on HTTP/2."""
    paths = [f"/{place}/page.html" for place in only]
    responses = (connection.get_all(paths) if hasattr(connection, "get_all")
                 else list(_one_by_one(connection, paths)))
    return {place: outcome(response) for place, response in zip(only, responses)}


def connect(httpd, cert, way, sni="localhost"):
    """A connection over that way; the session that it resumes is made here."""
    http, tls, handshake = WAYS[way]
    if handshake == "session ID" and tls == "1.3":
        sni = "stateful.example.test"
    connect_ = httpd.connect if http == "HTTP/1.1" else httpd.http2
    first = connect_(cert, tls=tls, sni=sni, tickets=handshake != "session ID")
    if handshake == "full":
        return first
    first.get("/public.html")  # TLS 1.3 sends its session with or after the first answer
    second = connect_(sni=sni, resume=first)
    first.close()
    assert second.resumed and second.tls == tls
    return second


def seen_by(httpd, certs, way, **how):
    def ask(cert):
        with connect(httpd, cert, way, **how) as connection:
            return ask_all(connection)
    return {who: ask(cert) for who, cert in certs.items()}

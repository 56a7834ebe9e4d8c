"""Rows that callgrind counts: a request on a keep-alive connection, and a full handshake."""

import setups
from counted import CountedHttpd
from table import Row, millions, more, percent, thousands

REQUESTS = 200
# OpenSSL makes a new blinding for every 32 uses of an RSA key: each measurement shall see just one.
CONNECTIONS = 32
# What a process learns with its first certificates (RE2's automaton) is no cost of the later ones.
WARM_UP = 30
# A trial that is decided, beside what is in force: instructions at most.
TRIED = ("template rule", "SSLUserName, CN")
TRIAL = 1000
SMALL = 5000
KINDS = {"rsa": "RSA-2048", "ec": "P-256"}


def _keep_alive_setups():
    """What is measured, whether it is CertMap's, and the configuration (made when it is wanted)."""
    return [
        ("plain TLS", False, setups.plain),
        ("SSLUserName, CN", False, lambda: setups.ssl_user_name("SSL_CLIENT_S_DN_CN")),
        ("SSLUserName, e-mail SAN", False, lambda: setups.ssl_user_name("SSL_CLIENT_SAN_Email_0")),
        ("FakeBasicAuth, 10 users", False, lambda: setups.fake_basic_auth(10)),
        ("FakeBasicAuth, 1,000 users", False, lambda: setups.fake_basic_auth(1000)),
        ("RewriteMap", False, setups.rewrite_map),
        ("template rule, no audit", True, lambda: setups.template(audit=False)),
        ("template rule", True, setups.template),
        ("pinned rule", True, setups.pinned),
        ("map of 10", True, lambda: setups.map_file(setups.mail_map(10))),
        ("map of 1,000,000", True, lambda: setups.map_file(setups.mail_map(setups.MILLION))),
        ("1,000 regex rules", True, lambda: setups.many_rules(1000)),
    ]


def keep_alive_rows(pki, say):
    cert = pki.person("rsa")
    counts = {}
    for what, _, setup in _keep_alive_setups():
        say(f"a keep-alive request: {what}")
        with CountedHttpd(pki, **setup()) as httpd:
            counts[what] = httpd.per_request(cert, REQUESTS)
    plain = counts["plain TLS"]
    goal = counts["SSLUserName, CN"] - plain
    rows = [Row("plain TLS", thousands(plain))]
    for what, is_certmap, _ in _keep_alive_setups()[1:]:
        extra = counts[what] - plain
        if is_certmap:
            rows.append(Row(what, thousands(plain), f"{more(goal)} (SSLUserName, CN)", more(extra),
                            f"{more(goal)}", extra <= goal))
        else:
            rows.append(Row(what, thousands(plain), more(extra)))
    return rows + [_trial_row(pki, cert, what, setup, counts[what], say)
                   for what, _, setup in _keep_alive_setups() if what in TRIED]


def _trial_row(pki, cert, what, setup, without, say):
    say(f"a keep-alive request: {what}, and a trial")
    with CountedHttpd(pki, **setups.with_trial(setup())) as httpd:
        extra = httpd.per_request(cert, REQUESTS) - without
    return Row(f"{what}, and a trial", thousands(without), "", more(extra), more(TRIAL), extra <= TRIAL)


def _count_connections(pki, setup, certs, names):
    """Instructions a connection, by name of the certificates."""
    with CountedHttpd(pki, **setup) as httpd:
        return {name: httpd.per_connection(*certs[name]) for name in names}


def _certificates(pki):
    """For each name the certificates to measure with, and those that come before."""
    certs = {}
    for kind in KINDS:
        everyone = pki.people(kind, WARM_UP + CONNECTIONS)
        certs[kind] = (everyone[WARM_UP:], everyone[:WARM_UP])
        certs[f"{kind} again"] = ([pki.person(kind)] * CONNECTIONS, ())
    return certs


def _connection_setups():
    """What is measured, the configuration, the certificates, and the percentage to reach for each
    kind, or how many instructions more than a template rule."""
    return [
        ("SSLUserName, CN", setups.ssl_user_name("SSL_CLIENT_S_DN_CN"), "{}", None),
        ("template rule, no audit", setups.template(audit=False), "{}", {"rsa": 2, "ec": 2}),
        ("template rule", setups.template(), "{}", {"rsa": 2, "ec": 2}),
        ("map of 10", setups.map_file(setups.mail_map(10)), "{} again", {"rsa": 2, "ec": 2}),
        ("1,000 regex rules", setups.many_rules(1000), "{}", {"rsa": 3, "ec": 3}),
        ("pinned, certificate not seen", setups.pinned(), "{}", SMALL),
        ("pinned, certificate again", setups.pinned(), "{} again", {"rsa": 3, "ec": 3}),
    ]


def connection_rows(pki, say):
    certs = _certificates(pki)
    say("a new connection: plain TLS")
    plain = _count_connections(pki, setups.plain(), certs, certs)
    rows = [Row(f"plain TLS, {label}", millions(plain[kind])) for kind, label in KINDS.items()]
    template = {}
    for what, setup, pattern, goals in _connection_setups():
        say(f"a new connection: {what}")
        names = {pattern.format(kind): kind for kind in KINDS}
        counts = _count_connections(pki, setup, certs, names)
        if what == "template rule":
            template = counts
        for name, kind in names.items():
            most = None
            if goals is not None:
                most = (template[name] + goals if isinstance(goals, int)
                        else plain[name] * (1 + goals[kind] / 100))
            rows.append(_connection_row(f"{what}, {KINDS[kind]}", plain[name], counts[name], most))
    return rows


def connection_row(what, plain, count, goal):
    """`goal`: per cent of plain TLS."""
    return _connection_row(what, plain, count, plain * (1 + goal / 100))


def _connection_row(what, plain, count, most):
    growth = percent(count - plain, plain)
    if most is None:
        return Row(what, millions(plain), growth)
    return Row(what, millions(plain), "", growth, percent(most - plain, plain), count <= most)

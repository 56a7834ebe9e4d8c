"""Rows that callgrind counts: what a new connection costs with each kind of server key, after resumption
and with many alternative names; and what a refused request costs."""

import setups
from bench_pki import BenchPki
from counted import CountedHttpd
from instruction_rows import CONNECTIONS, KINDS, REQUESTS, WARM_UP, connection_row
from table import Row, millions, percent, thousands

# Per cent that are to be reached: without audit, with it.
SERVER_KEY_GOALS = {"rsa": (0.7, 0.9), "ec": (1.0, 1.4)}
RESUMED_GOALS = {"1.2": (None, 4.3), "1.3": (None, None)}
MANY_NAMES = 200
MANY_NAMES_GOALS = (6, 8)
REFUSED_GOAL = 1.15
SETUPS = (("template rule, no audit", setups.template(audit=False)), ("template rule", setups.template()))


def _rows(what, plain, count, goals):
    """A row for each of SETUPS; `count` counts one of them."""
    rows = []
    for (rule, setup), goal in zip(SETUPS, goals):
        counted = count(setup)
        rows.append(connection_row(f"{rule}, {what}", plain, counted, goal) if goal else
                    Row(f"{rule}, {what}", millions(plain), "", percent(counted - plain, plain)))
    return rows


def server_key_rows(say):
    """Client, its CA, and server have keys of one kind."""
    rows = []
    for kind, goals in SERVER_KEY_GOALS.items():
        say(f"a new connection: {KINDS[kind]} server and client")
        pki = BenchPki(kind)
        people = pki.people(kind, WARM_UP + CONNECTIONS)
        plain, more = _connections(pki, people)
        rows += [Row(f"plain TLS, {KINDS[kind]} server and client", millions(plain)),
                 *_rows(f"{KINDS[kind]} server and client", plain, more, goals)]
    return rows


def many_names_rows(say):
    say(f"a new connection: {MANY_NAMES} alternative names")
    pki = BenchPki("ec")
    people = [pki.person("ec", f"user{i}", MANY_NAMES) for i in range(WARM_UP + CONNECTIONS)]
    plain, more = _connections(pki, people)
    return [Row(f"plain TLS, P-256, {MANY_NAMES} mail addresses", millions(plain)),
            *_rows(f"{MANY_NAMES} mail addresses", plain, more, MANY_NAMES_GOALS)]


def _connections(pki, people):
    def count(setup):
        with CountedHttpd(pki, **setup) as httpd:
            return httpd.per_connection(people[WARM_UP:], people[:WARM_UP])
    return count(setups.plain()), count


def resumed_rows(say):
    rows = []
    pki = BenchPki("ec")
    cert = pki.person("ec")
    for tls, goals in RESUMED_GOALS.items():
        say(f"a resumed connection: TLS {tls}")

        def count(setup, tls=tls):
            with CountedHttpd(pki, tickets=True, **setup) as httpd:
                return httpd.per_resumption(cert, CONNECTIONS, tls)
        plain = count(setups.plain())
        rows += [Row(f"plain TLS {tls}, resumed", millions(plain)),
                 *_rows(f"resumed TLS {tls}", plain, count, goals)]
    return rows


def refused_rows(say):
    """A certificate that no rule maps, on a connection that stays open: an event for each request."""
    say("a refused request")
    pki = BenchPki("rsa")
    cert = pki.person("rsa")

    def count(setup):
        with CountedHttpd(pki, **setup) as httpd:
            return httpd.per_request(cert, REQUESTS, status=403)
    plain = count({"location": "Require all denied", "audit": ""})
    rows = [Row("Require all denied", thousands(plain))]
    for audit, goal in ((False, None), (True, REFUSED_GOAL)):
        refused = count(setups.maps_nobody(audit))
        growth = percent(refused - plain, plain)
        row = Row("a refused request" + ("" if audit else ", no audit"), thousands(plain), "", growth)
        if goal:
            row.goal, row.met = f"{goal} x", refused <= goal * plain
        rows.append(row)
    return rows

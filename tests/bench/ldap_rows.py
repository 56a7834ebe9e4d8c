"""Rows for accounts in a directory: a lookup, a remembered one, a certificate not seen before."""

import contextlib
import os
import statistics

import setups
from counted import CountedHttpd, SingleHttpd
from table import Row, millions, more, thousands

REQUESTS = 200          # that callgrind counts
TIMED_REQUESTS = 2000   # whose processor time is taken
ROUNDS = 7
CONNECTIONS = 32
WARM_UP = 30
# Two servers' figures are the same within this, in instructions a request.
NOISE = 100
GOAL = 125_000  # of a new connection with a lookup and its event


def _with_modules(setup):
    """What is compared has the same modules loaded."""
    return {**setup, "modules": setups.LDAP_MODULES}


def _keep_alive_setups(people):
    return {
        "plain": _with_modules(setups.plain()),
        "today": setups.authnz_ldap(people, cached=False),
        "certmap": setups.ldap(people, "CertMapCache shmcb 0 0"),
        "today, cached": setups.authnz_ldap(people, cached=True),
        "certmap, cached": setups.ldap(people),
        "map": _with_modules(setups.map_file(setups.mail_map(10))),
    }


def lookup_rows(pki, directory, say):
    cert = pki.person("rsa")
    every = _keep_alive_setups(directory.people)
    counts = {}
    for name, setup in every.items():
        say(f"a keep-alive request and a directory: {name}")
        with CountedHttpd(pki, **setup) as httpd:
            counts[name] = httpd.per_request(cert, REQUESTS)
    say("processor time of a lookup")
    times = _cpu_times(pki, cert, directory,
                       {name: every[name] for name in ("plain", "today", "certmap")})
    asked = {name: _asked(pki, cert, directory, every[name]) for name in ("today", "certmap")}
    return [_lookup_row(counts), _cpu_row(times), _asked_row(asked), *_remembered_rows(counts)]


def _lookup_row(counts):
    today, certmap = (counts[name] - counts["plain"] for name in ("today", "certmap"))
    return Row("a lookup, instructions", thousands(counts["plain"]), more(today), more(certmap),
               more(today), certmap < today)


def _pin(pid, processors):
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), processors)


@contextlib.contextmanager
def _apart(httpd, directory):
    """httpd has a processor of its own, as where the directory is another machine: which processor
    an answer comes from makes more of a difference than what is measured."""
    every = os.sched_getaffinity(0)
    own = {min(every)}
    rest = every - own or every
    for pid, processors in ((httpd.pid, own), (directory.pid, rest), (os.getpid(), rest)):
        _pin(pid, processors)
    try:
        yield
    finally:
        for pid in (directory.pid, os.getpid()):
            _pin(pid, every)


def _cpu_times(pki, cert, directory, some_setups):
    """The middle of several rounds, in turn."""
    times = {name: [] for name in some_setups}
    for _ in range(ROUNDS):
        for name, setup in some_setups.items():
            with SingleHttpd(pki, **setup) as httpd, _apart(httpd, directory):
                times[name].append(httpd.cpu_per_request(cert, TIMED_REQUESTS))
    return {name: statistics.median(found) for name, found in times.items()}


def _cpu_row(times):
    today, certmap = (times[name] - times["plain"] for name in ("today", "certmap"))
    return Row("a lookup, processor time of httpd", f"{times['plain']:.0f} us", f"{today:+.0f} us",
               f"{certmap:+.0f} us", f"{today:+.0f} us", certmap < today)


def _asked(pki, cert, directory, setup):
    """What the directory is asked for a request when the connection to it is there."""
    with SingleHttpd(pki, **setup) as httpd, httpd.warm_client(cert) as client:
        return directory.asked(lambda: httpd.ask(client, REQUESTS)).each(REQUESTS)


def _asked_row(asked):
    return Row("a lookup, what the directory is asked", "", asked["today"], asked["certmap"],
               "1 search", asked["certmap"] == "1 search")


def _remembered_rows(counts):
    plain, known, certmap = (counts[name] for name in ("plain", "map", "certmap, cached"))
    return [Row("a remembered lookup, instructions", thousands(plain),
                more(counts["today, cached"] - plain), more(certmap - plain), more(known - plain),
                certmap <= known + NOISE),
            Row("a map of 10, instructions", thousands(plain), "", more(known - plain))]


def _connection_setups(people):
    return {
        "plain": _with_modules(setups.plain()),
        "template": _with_modules(setups.template()),
        "today": setups.authnz_ldap(people, True, "ldap-attribute objectClass=inetOrgPerson"),
        "certmap": setups.ldap(people),
        "no audit": setups.ldap(people, audit=False),
        "shared": setups.ldap(people, "CertMapCache shmcb"),
    }


def connection_rows(pki, directory, say):
    """Each certificate is one that was not seen before, and a lookup."""
    certs = pki.people("rsa", WARM_UP + CONNECTIONS)
    counts = {}
    for name, setup in _connection_setups(directory.people).items():
        say(f"a new connection and a directory: {name}")
        with CountedHttpd(pki, **setup) as httpd:
            counts[name] = httpd.per_connection(certs[WARM_UP:], certs[:WARM_UP])
    plain = counts.pop("plain")
    extra = {name: more(count - plain) for name, count in counts.items()}
    return [Row("a new connection with a lookup, no audit, instructions", millions(plain), extra["today"],
                extra["no audit"], extra["today"], counts["no audit"] < counts["today"]),
            Row("a new connection with a lookup, instructions", millions(plain), extra["today"],
                extra["certmap"], more(GOAL), counts["certmap"] - plain <= GOAL),
            Row("the same with CertMapCache shmcb", millions(plain), "", extra["shared"]),
            Row("a new connection with a template rule", millions(plain), "", extra["template"])]

"""certmapctl explain against a server of server.py.

    told = explain(httpd, cert, location="/cgi/env/x", vhost="a.example.test")
    told.code  told.json  told.text  told.errors          exit status; both forms of the answer; stderr
    told.reason  told.account  told.rule("staff")         out of told.json
    told = agree(httpd, cert, path, …)                    the running server must do what was told

The command line is that of the server: `httpd -f …/conf/httpd.conf`, without anything running.
"""

import json
import os
import pwd
import re
import subprocess

from certmapctl import program
from client import HandshakeRefused
from httpd_setup import httpd_program
from pki import FILES


class Told:
    def __init__(self, code, text, errors, more):
        self.code, self.text, self.errors, self.json = code, text, errors, more

    def __getattr__(self, name):
        return self.json["decision"].get(name)

    @property
    def answer(self):
        return self.json["answer"]

    def rule(self, name):
        return next(rule for rule in self.json["rules"] if rule["name"] == name)


def command_of(httpd):
    return f"{httpd_program()} -f {httpd.conf}"


def preloaded():
    """An environment where a sanitizer's libraries are in httpd before the module is."""
    preload = os.environ.get("CERTMAP_PRELOAD")
    return {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}


def run(*words, text=None, environment=None, user=None, tool=None):
    who = pwd.getpwnam(user) if user else None
    how = dict(user=who.pw_uid, group=who.pw_gid, extra_groups=[]) if who else {}
    return subprocess.run([tool or program(), *words], input=text, capture_output=True, timeout=120, check=False,
                          env={**preloaded(), **(environment or {})}, **how)


def explain(httpd, cert, *options, vhost=None, location=None, command=None, **how):
    """Both forms, which must agree."""
    words = ["explain", "--httpd", command or command_of(httpd)]
    words += ["--vhost", vhost] if vhost else []
    words += ["--location", location] if location else []
    words += [*options, FILES.write(cert.pem + "".join(ca.pem for ca in cert.chain)) if cert else "-"]
    plain, full = run(*words, **how), run(words[0], "--json", *words[1:], **how)
    assert plain.returncode == full.returncode, (plain, full)
    more = json.loads(full.stdout) if full.stdout else None
    assert more is None or more["exit"] == full.returncode
    return Told(plain.returncode, plain.stdout.decode(), plain.stderr.decode(), more)


# What only a request has: it is left out of the event that explain shows.
REQUEST_FACTS = ("@timestamp", "event/sequence", "process", "source", "tls/version", "tls/resumed", "url/domain",
                 "http", "certmap/cache")
ENVIRONMENT = re.compile(r"CERTMAP_\w+|REMOTE_USER|AUTH_TYPE")


def without_request(event):
    for path in REQUEST_FACTS:
        *parents, last = path.split("/")
        inner = event
        for name in parents:
            inner = inner.get(name, {})
        inner.pop(last, None)
    return {name: value for name, value in event.items() if value != {}}


class Live:
    """What a running server does with one request for a path below /cgi/env; tls False: no handshake."""

    def __init__(self, httpd, cert, path, vhost="localhost", headers=None, log="logs/audit.log"):
        seen, before = httpd.watch(), len(httpd.audit(log))
        self.tls = True
        try:
            with httpd.connect(cert, sni=vhost) as connection:
                response = connection.get(path, headers)
        except HandshakeRefused:
            self.tls = False
            return
        self.status = response.status
        self.environment = {name: value for name, value in response.env.items() if ENVIRONMENT.fullmatch(name)}
        self.reason = seen.access(1)[0].first_reason
        self.events = [without_request(event) for event in httpd.audit(log)[before:]
                       if event["event"]["action"] == "authenticate"]


def agree(httpd, cert, path, vhost="localhost", headers=None, log="logs/audit.log"):
    """explain and the server say the same; returns what explain said."""
    return same(Live(httpd, cert, path, vhost, headers, log), explain(httpd, cert, vhost=vhost, location=path))


def same(seen, told):
    assert told.json, told.errors
    if not seen.tls:
        assert told.code == 1 and told.answer.startswith("refused by mod_ssl: "), told.text
        assert "decision" not in told.json, told.text
        return told
    assert told.json.get("tls", {}).get("outcome") != "refused", (told.text, seen.status)
    if "reason" in told.json["decision"]:
        assert told.reason == seen.reason, (told.text, seen.reason)
        audit = told.json["audit"]
        assert seen.events == ([without_request(audit["event"])] if audit else []), (seen.events, audit)
    if told.code == 0:
        assert seen.status == 200, (told.text, seen.status)
        expected, days = dict(told.json["environment"]), "CERTMAP_DAYS_LEFT"
        if seen.environment.get(days) == str(int(expected[days]) + 1):  # a day ended between the two
            expected[days] = seen.environment[days]
        assert expected == seen.environment, (told.text, seen.environment)
    elif told.status:
        assert seen.status == told.status, (told.text, seen.status)
    return told

"""certmapctl replay against a changed copy of a server's configuration.

    told = replay(httpd, lambda text: text.replace(…), "--since", …, logs=[path])
    told.status  told.out  told.err
    told.counts                     what is not 0: {"same": 3, "let in": 1}
    told.different                  [(change, was, now, location), …], sorted

    changed(old, new), same         changes to hand to it
"""

import json

from certmapctl import certmapctl
from explained import preloaded
from httpd_setup import httpd_program


class Replayed:
    def __init__(self, run, run_json):
        self.status, self.out, self.err = run.status, run.out, run.err
        self.json = run_json.json if run_json.out else None
        assert run_json.status == self.status and (self.json is None or self.json["exit"] == self.status)

    @property
    def counts(self):
        return {name: count for name, count in self.json["counts"].items() if count}

    @property
    def different(self):
        return sorted((each["change"], each["was"], each["now"], each["location"]) for each in self.json["different"])

    @property
    def whys(self):
        return [each["why"] for each in self.json["different"] if "why" in each]


def replay(httpd, change=lambda text: text, *options, logs=None, folder="kept", command=None, given=b""):
    conf = httpd.write("conf/changed.conf", change(httpd.read("conf/httpd.conf")))
    words = ["replay", "--httpd", command or f"{httpd_program()} -f {conf}", "--certificates", httpd.path(folder),
             *options]
    logs = [httpd.path("logs/audit.log")] if logs is None else logs
    how = {"given": given, "environment": preloaded()}
    return Replayed(certmapctl(*words, *logs, **how), certmapctl(*words, "--json", *logs, **how))


def changed(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)
    return change


def same(text):
    return text


def event(sha256, account=None, reason="mapped", path="/in", host="localhost", time="2026-01-01T00:00:00.000Z", **more):
    """A line as an audit log has it; whoever writes to the log could have made it."""
    return json.dumps({
        "@timestamp": time, "ecs": {"version": "8.11.0"},
        "event": {"action": "authenticate", "outcome": "success" if account else "failure", "reason": reason},
        **({"user": {"name": account}} if account else {}),
        "tls": {"client": {"hash": {"sha256": sha256}}},
        "url": {"domain": host, "path": path}, "service": {"name": host}, **more}) + "\n"

"""Rows for what is large besides maps: rules that are read, files that are imported, audit logs."""

import datetime
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import setups
from httpd_setup import httpd_program, module_path
from server import Httpd
from table import Row

RULES = (10_000, 20_000)
CERTIFICATES = 195_000
ROUNDS = 3
EVENT = {
    "@timestamp": "", "ecs": {"version": "8.11.0"},
    "event": {"kind": "event", "category": ["authentication"], "type": ["start"],
              "action": "authenticate", "outcome": "success", "reason": "mapped", "sequence": 0},
    "user": {"name": ""}, "source": {"ip": "192.0.2.1", "port": 40000},
    "tls": {"version": "1.3", "resumed": False, "client": {"hash": {"sha256": ""}, "x509": {
        "subject": {"distinguished_name": ""},
        "issuer": {"distinguished_name": "CN=Corporate CA,O=Example Ltd,C=DE"},
        "serial_number": "", "not_before": "2026-01-01T00:00:00Z", "not_after": ""}}},
    "rule": {"name": "staff"}, "url": {"domain": "www.example.com", "path": "/index.html"},
    "http": {"request": {"id": "aXyZ0123456789abcdefghijk", "method": "GET"}},
    "service": {"name": "www.example.com"}, "host": {"name": "web1.example.com"},
    "process": {"pid": 4242},
    "certmap": {"strength": "issuer", "backend": "template", "cache": "none",
                "san": [{"type": "email", "value": ""}], "rules_tried": ["staff"]},
}


# A process of its own, because what a new one has at most begins with what the old one has.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)
"""


def _spent(*command):
    """Seconds of processor time, and the most memory at once in MB: the least of several."""
    def run():
        told = subprocess.run([sys.executable, "-c", MEASURE, *command], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        return tuple(map(float, told.split()))
    return tuple(map(min, zip(*(run() for _ in range(ROUNDS)))))


def _seconds_to_read(pki, count):
    httpd = Httpd(pki, **setups.many_rules(count))
    try:
        return _spent(httpd_program(), "-t", "-f", httpd.conf)[0]
    finally:
        httpd.stop(check=False)


def rule_rows(pki, say):
    say("reading many rules")
    base = _seconds_to_read(pki, 10)
    few, many = (_seconds_to_read(pki, count) - base for count in RULES)
    return [Row("reading 10,000 regex rules", f"{base:.2f} s", "", f"+{few:.2f} s"),
            Row("reading 20,000 regex rules", f"{base:.2f} s", "", f"+{many:.2f} s",
                f"+{2.1 * few:.2f} s", many <= 2.1 * few)]


def _gridmap():
    return (f'"/C=DE/O=Example Ltd/OU=People/CN=user {i:07}" user{i}\n'
            for i in range(setups.MILLION))


def _event(number, now):
    event = json.loads(json.dumps(EVENT))
    ends = now + datetime.timedelta(hours=number % 700)
    event["@timestamp"] = f"{now:%Y-%m-%dT%H:%M:%S}.{number % 1000:03}Z"
    event["event"]["sequence"] = number
    event["user"]["name"] = f"user{number}"
    client = event["tls"]["client"]
    client["hash"]["sha256"] = hashlib.sha256(str(number).encode()).hexdigest().upper()
    client["x509"]["subject"]["distinguished_name"] = f"CN=user {number:07},OU=People,O=Example Ltd,C=DE"
    client["x509"]["serial_number"] = f"{number * 7919:032X}"
    client["x509"]["not_after"] = f"{ends:%Y-%m-%dT%H:%M:%SZ}"
    event["certmap"]["san"][0]["value"] = f"user{number}@example.com"
    return json.dumps(event, separators=(",", ":")) + "\n"


def _audit_log():
    """Each certificate once; all of them end within 30 days."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (_event(number, now) for number in range(CERTIFICATES))


def _tool_row(what, lines, words, seconds, megabytes):
    program = os.path.join(os.path.dirname(module_path()), "certmapctl")
    with tempfile.NamedTemporaryFile("w", prefix="certmap-bench-", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        took, memory = _spent(program, *words, file.name)
    return Row(what, "", "", f"{took:.1f} s, {memory:.0f} MB", f"{seconds} s, {megabytes} MB",
               took <= seconds and memory <= megabytes)


def tool_rows(say):
    say("certmapctl import and expiring")
    return [_tool_row("certmapctl import, 1,000,000 lines", _gridmap(), ("import", "gridmap"), 3, 300),
            _tool_row(f"certmapctl expiring, {CERTIFICATES:,} certificates, 200 MB", _audit_log(),
                      ("expiring",), 5, 200)]

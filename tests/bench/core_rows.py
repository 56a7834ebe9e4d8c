"""Rows that need no server: core_bench measures them."""

import os
import subprocess
import tempfile

import setups
from table import Row

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
LIBRARIES = "-lre2 -lssl -lcrypto -lldap -llber -lunistring".split()
PEOPLE = 200
BOUND = 120
# What was measured with other programs, once, on another day: see docs/performance.md.
TODAY = {1: "190 us (libsss_certmap) *", 1000: "430 us (libsss_certmap) *"}
GOALS = {1: 10, 1000: 15}


def build(folder):
    """`folder` holds libcertmap-core.a; returns the program."""
    os.makedirs(os.path.join(folder, "bench"), exist_ok=True)
    program = os.path.join(folder, "bench", "core_bench")
    library = os.path.join(folder, "libcertmap-core.a")
    subprocess.run([os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-pthread",
                    f"-I{TREE}/mod_certmap", f"{HERE}/core_bench.cpp", library, *LIBRARIES,
                    "-o", program], check=True, timeout=BOUND)
    return program


def _measure(program, *words):
    """The figures that the program printed, by name."""
    run = subprocess.run([program, *map(str, words)], check=True, timeout=BOUND,
                         stdout=subprocess.PIPE, text=True)
    return {name: float(number) for name, number in map(str.split, run.stdout.splitlines())}


def _write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o644)
    return path


def decide_rows(program, pki, say):
    rows = []
    with tempfile.TemporaryDirectory(prefix="certmap-bench-") as folder:
        people = _write(folder, "people.pem", "".join(each.pem for each in pki.people("rsa", PEOPLE)))
        for rules, goal in GOALS.items():
            say(f"deciding, {rules} rules")
            times = _measure(program, "decide", people, rules)
            count = "1 rule" if rules == 1 else f"{rules:,} rules"
            rows.append(Row(f"reading and deciding, {count}", "", TODAY[rules],
                            f"{times['decide']:.1f} us", f"{goal} us", times["decide"] <= goal))
            rows.append(Row(f"the same from DER, {count}", "", "", f"{times['decide_from_der']:.1f} us"))
    return rows


def lookup_rows(program, say):
    say("lookups")
    with tempfile.TemporaryDirectory(prefix="certmap-bench-") as folder:
        found = [_measure(program, "find",
                          _write(folder, "users.map", setups.mail_map(entries)), "email",
                          "user%@example.com", entries - 1)["find"]
                 for entries in (10, setups.MILLION)]
    few, many = found
    return [Row("a lookup, map of 10", "", "", f"{few:.2f} us"),
            Row("a lookup, map of 1,000,000", "", "", f"{many:.2f} us", f"{few + 1:.2f} us",
                many <= few + 1)]

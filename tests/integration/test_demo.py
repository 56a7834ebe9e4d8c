"""`make demo` shows what README.md promises."""

import os
import re
import subprocess

import pytest

from documents import code_blocks, read
from httpd_setup import TREE

pytestmark = pytest.mark.compiled


def run_demo(promise, **environment):
    """What the demo prints, blanks squeezed; it must have each line of this block of README.md."""
    run = subprocess.run([os.path.join(TREE, "tests", "demo")], capture_output=True, text=True, timeout=100,
                         check=False, env={**os.environ, "KEEP": "", "LDAP": "", **environment})
    assert run.returncode == 0, run.stdout + run.stderr
    squeezed = [" ".join(line.split()) for line in run.stdout.splitlines()]
    promised = [block for block in code_blocks(read("README.md"), "text") if block.startswith("certificate")]
    for line in promised[promise].splitlines():
        assert " ".join(line.split()) in squeezed, run.stdout
    assert sum(line.startswith("curl ") for line in squeezed) == 1
    return squeezed


def reasons(lines, status):
    return {line.split()[-1] for line in lines if f" {status} " in line and not line.startswith("{")}


def test_the_demo_shows_what_the_readme_promises():
    lines = run_demo(0)
    assert reasons(lines, 403) == {"no_certificate", "no_rule_matched", "denied_by_rule", "entry_expired",
                                   "ambiguous_attribute", "malformed_certificate", "unsafe_account",
                                   "certificate_expired", "certificate_revoked"}
    assert sum('"authenticate"' in line for line in lines) == 1  # one in full
    events = [line.split(maxsplit=3) for line in lines if re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z ", line)]
    assert len(events) >= 13
    assert ["alice", "staff", "CN=alice,O=Example"] in [event[1:] for event in events]
    assert ["(denied_by_rule)", "-", "CN=erin,O=Partner"] in [event[1:] for event in events]
    assert ["(no_certificate)", "-", "-"] in [event[1:] for event in events]
    assert any("while the server runs (KEEP=1)" in line for line in lines)


def test_the_page_of_a_demo_that_is_kept_opens_with_its_pkcs12_file():
    run = subprocess.run([os.path.join(TREE, "tests", "demo")], capture_output=True, text=True, timeout=100,
                         check=False, env={**os.environ, "KEEP": "1", "LDAP": ""})
    assert run.returncode == 0, run.stdout + run.stderr
    (end,) = re.findall(r"^    (kill \d+ && rm -r /tmp/certmap-\S+)$", run.stdout, re.M)
    try:
        (address,) = re.findall(r"^    (https://localhost:\d+/whoami)$", run.stdout, re.M)
        (file, password), = re.findall(r"import (/\S+\.p12)\n\(password: (\w+)\)", run.stdout)
        (authority,) = re.findall(r"(/\S+/ca-of-the-server\.pem)\nas an authority", run.stdout)
        page = subprocess.run(["curl", "--silent", "--noproxy", "*", "--cacert", authority, "--cert-type", "P12",
                               "--cert", f"{file}:{password}", address], capture_output=True, text=True, check=True)
        assert "<title>You are signed in as alice</title>" in page.stdout
        (log,) = re.findall(r"^All of them, each on one line, while the server runs: (\S+)$", run.stdout, re.M)
        with open(log, encoding="utf-8") as events:
            assert sum('"authenticate"' in line for line in events) >= 13
    finally:
        subprocess.run(end, shell=True, check=True)


def test_the_demo_with_a_directory_shows_what_the_readme_promises():
    lines = run_demo(1, LDAP="1")
    assert reasons(lines, 403) == {"no_certificate", "no_rule_matched", "certificate_not_in_entry",
                                   "ambiguous_account", "unsafe_account"}
    assert reasons(lines, 503) == {"backend_unavailable"}
    assert "(&(mail=\\2A\\29\\28uid=alice\\29\\28mail=\\2A@example.com)(!(pwdAccountLockedTime=*)))" in lines
    assert [sum(f" ({word}) - " in line for line in lines) for word in ("backend_down", "backend_up")] == [1, 1]

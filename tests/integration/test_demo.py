"""`make demo` shows what README.md promises."""

import os
import subprocess

from documents import code_blocks, read
from httpd_setup import TREE


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
                                   "certificate_expired"}
    assert sum('"authenticate"' in line for line in lines) >= 13


def test_the_demo_with_a_directory_shows_what_the_readme_promises():
    lines = run_demo(1, LDAP="1")
    assert reasons(lines, 403) == {"no_certificate", "no_rule_matched", "certificate_not_in_entry",
                                   "ambiguous_account", "unsafe_account"}
    assert reasons(lines, 503) == {"backend_unavailable"}
    assert "(&(mail=\\2A\\29\\28uid=alice\\29\\28mail=\\2A@example.com)(!(pwdAccountLockedTime=*)))" in lines
    assert [sum(f'"{word}"' in line for line in lines) for word in ("backend_down", "backend_up")] == [1, 1]

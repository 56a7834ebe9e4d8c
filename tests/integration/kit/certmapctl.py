"""The built certmapctl, and openssl.

    certmapctl("show", path)            Run: .status .out .err, and .json, which parses .out
    certmapctl("show", "-", given=b"…")  with standard input; without it there is none
    .error                              the one line on standard error, without "certmapctl: "

openssl("x509", "-in", path, …)         what it printed, without the last newline

It runs in a session of its own, so there is no terminal. Environment: BUILD, the build's folder.
"""

import json
import os
import subprocess

from httpd_setup import TREE

BOUND = 120


def program():
    return os.environ.get("CERTMAPCTL") or os.path.join(TREE, os.environ.get("BUILD", "build"), "certmapctl")


class Run:
    def __init__(self, run):
        self.status = run.returncode
        self.out, self.err = run.stdout.decode(), run.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        assert self.err.startswith("certmapctl: ") and self.err.count("\n") == 1, self.err
        return self.err.removeprefix("certmapctl: ").rstrip("\n")

    def __repr__(self):
        return f"<certmapctl: {self.status}\n{self.out}{self.err}>"


def certmapctl(*arguments, given=b"", environment=None, folder=None, **how):
    return Run(subprocess.run([program(), *map(os.fspath, arguments)], input=given, capture_output=True,
                              timeout=BOUND, check=False, start_new_session=True, cwd=folder,
                              env={**os.environ, **(environment or {})}, **how))


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    return run.stdout.rstrip("\n")

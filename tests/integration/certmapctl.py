"""The built certmapctl.

    certmapctl("show", path)            Run: .status .out .err, and .json, which parses .out
    certmapctl("show", "-", given=b"…")  with standard input; without it there is none
    .error                              the one line on standard error, without "certmapctl: "

It runs in a session of its own, so there is no terminal. Environment: BUILD, the build's folder.
"""

import json
import os
import subprocess

from httpd_setup import TREE


def program():
    return os.path.join(TREE, os.environ.get("BUILD", "build"), "certmapctl")


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


def certmapctl(*arguments, given=b"", environment=None, folder=None):
    return Run(subprocess.run([program(), *map(os.fspath, arguments)], input=given, capture_output=True,
                              timeout=60, check=False, start_new_session=True, cwd=folder,
                              env={**os.environ, **(environment or {})}))

"""Runs certmapctl.

    run = certmapctl("import", "gridmap", path)     run.status  run.out  run.err
    openssl("x509", "-in", path, …)                 what it printed, without the last newline
"""

import os
import subprocess
from types import SimpleNamespace

from httpd_setup import TREE


def program():
    return os.path.join(TREE, os.environ.get("BUILD", "build"), "certmapctl")


def certmapctl(*arguments, stdin=b"", **how):
    run = subprocess.run([program(), *arguments], input=stdin, capture_output=True, check=False,
                         timeout=120, **how)
    return SimpleNamespace(status=run.returncode, out=run.stdout.decode(), err=run.stderr.decode())


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    return run.stdout.rstrip("\n")

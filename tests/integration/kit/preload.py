"""Libraries of tests/integration/kit that are preloaded into httpd, compiled when tests run."""

import os
import shutil
import subprocess

from httpd_setup import TREE


def compiled(folder, name):
    """The path of the library that `name`.cpp makes, in `folder`."""
    library = os.path.join(folder, f"{name}.so")
    source = os.path.join(TREE, "tests", "integration", "kit", f"{name}.cpp")
    compiler = shutil.which(os.environ.get("CXX", "c++")) or shutil.which("g++")
    subprocess.run([compiler, "-std=c++20", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    return library

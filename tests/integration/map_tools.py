"""certmapctl on map files, in a folder of its own.

    files = MapFiles(folder, pki)           alice.pem, bob.pem … are there
    files.write("m.map", text); files.read("m.map")
    run = files.run("add", "m.map", "alice.pem", "alice")     run.code, run.out, run.err
"""

import collections
import os
import subprocess

from httpd_setup import module_path

Run = collections.namedtuple("Run", "code out err")
BOUND = 60


def program():
    return os.path.join(os.path.dirname(module_path()), "certmapctl")


class MapFiles:
    def __init__(self, folder, **certs):
        self.folder = str(folder)
        for name, cert in certs.items():
            self.write(f"{name}.pem", cert.pem)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content, mode=0o644):
        with open(self.path(name), "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read().decode("utf-8")

    def run(self, *words, given=b"", **how):
        run = subprocess.run([program(), *words], cwd=self.folder, input=given, timeout=BOUND,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **how)
        return Run(run.returncode, run.stdout.decode("utf-8"), run.stderr.decode("utf-8"))

    def start(self, *words, **how):
        return subprocess.Popen([program(), *words], cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)

    def done(self, *words):
        """Runs what must succeed; what it printed."""
        run = self.run(*words)
        assert run.code == 0, run
        return run.out

    def refused(self, code, *words, **how):
        """Runs what must not; its one line of error."""
        run = self.run(*words, **how)
        assert (run.code, run.out) == (code, ""), run
        assert run.err.startswith("certmapctl: ") and run.err.count("\n") == 1, run.err
        return run.err[len("certmapctl: "):-1]

    def hidden(self):
        return [name for name in os.listdir(self.folder) if name.startswith(".")]

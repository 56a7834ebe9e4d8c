"""certmapctl on map files, in a folder of its own.

    files = MapFiles(folder, pki)           alice.pem, bob.pem … are there
    files.write("m.map", text); files.read("m.map")
    run = files.run("add", "m.map", "alice.pem", "alice")     run.status, run.out, run.err
"""

import os
import subprocess

from certmapctl import certmapctl, program


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

    def run(self, *words, **how):
        return certmapctl(*words, folder=self.folder, **how)

    def start(self, *words, **how):
        return subprocess.Popen([program(), *words], cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)

    def done(self, *words):
        """Runs what must succeed; what it printed."""
        run = self.run(*words)
        assert run.status == 0, run
        return run.out

    def refused(self, code, *words, **how):
        """Runs what must not; its one line of error."""
        run = self.run(*words, **how)
        assert (run.status, run.out) == (code, ""), run
        return run.error

    def hidden(self):
        return [name for name in os.listdir(self.folder) if name.startswith(".")]

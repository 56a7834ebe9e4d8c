"""What both demos are made of: a private httpd, requests by curl, a table."""

import atexit
import os
import re
import shlex
import subprocess
import sys

from pki import Pki
from server import Httpd
from watch import wait_for

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
AUDIT_LOG = "logs/certmap-audit.log"
CURL_TLS_ERRORS = (35, 55, 56)


def sample(name):
    with open(os.path.join(TREE, "conf", name), encoding="utf-8") as file:
        return file.read()


def handshake_alert(run):
    """mod_ssl refuses in the handshake; how curl says that differs with its TLS library."""
    if run.returncode not in CURL_TLS_ERRORS:
        sys.exit(f"demo: {run.stderr}")
    alert = re.search(r"alert ([a-z ]+)", run.stderr)
    return "mod_ssl: " + (alert.group(1) if alert else "connection closed")


def print_table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


class Demo:
    """Subclasses make self.httpd, and say: sample, head (of the table), address (of a request)."""

    def __init__(self):
        self.pki = Pki()

    def serve(self, **how):
        self.httpd = Httpd(self.pki, audit="", **how)
        self.httpd.write("conf/ca-of-the-server.pem", self.pki.root.pem)
        os.mkdir(self.httpd.path("clients"), mode=0o700)

    def options(self):
        return []

    def file_of(self, name, cert):
        file = "clients/" + "-".join(re.findall(r"\w+", name)) + ".pem"
        if not os.path.exists(self.httpd.path(file)):
            self.httpd.write(file, cert.pem + cert.key_pem, mode=0o600)
        return self.httpd.path(file)

    def curl(self, name, cert, *paths):
        """The command, as it can be typed again."""
        command = ["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*",
                   "--cacert", self.httpd.path("conf/ca-of-the-server.pem"), *self.options()]
        if cert:
            command += ["--cert", self.file_of(name, cert)]
        return command + [self.address + path for path in paths]

    def request(self, name, cert, *paths):
        """A line of the table: what curl and the audit log say of the last of these requests."""
        seen = len(self.events())
        command = self.curl(name, cert, *paths)
        command[1:1] = ["--write-out", "\nstatus %{http_code}\n"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            return [name, "TLS", *["-"] * (len(self.head) - 3), handshake_alert(run)]
        event = wait_for(lambda: self.events()[seen + len(paths) - 1:],
                         f"audit event for {name}")[0]
        lines = run.stdout.splitlines()
        account = [line[len("REMOTE_USER="):] for line in lines if line.startswith("REMOTE_USER=")]
        return [name, lines[-1].split()[1], account[-1] if account else "-", *self.cells(event)]

    def events(self):
        """Audit events of requests."""
        return [each for each in self.httpd.audit(AUDIT_LOG) if each["event"]["action"] == "authenticate"]

    def cells(self, event):
        return [event.get("rule", {}).get("name", "-"), event["event"]["reason"]]

    def audit_lines(self, *actions):
        wanted = [f'"{action}"' for action in actions or ("authenticate",)]
        return [line for line in self.httpd.read(AUDIT_LOG).splitlines()
                if any(action in line for action in wanted)]

    def run(self, keep):
        self.start()
        print(f"httpd on {self.address} with conf/{self.sample}\n")
        print_table([self.head, *self.rows()])
        self.print_logs()
        name, cert = self.example()
        print(f"\nOne of these requests by hand:\n\n    {shlex.join(self.curl(name, cert, 'env'))}\n")
        if keep:
            self.keep()
        else:
            self.stop()
            print(f"{self.servers} stopped now; \"make demo{self.switch} KEEP=1\" leaves "
                  f"{self.them} running for you.")

    def start(self):
        self.httpd.start()

    def stop(self):
        self.httpd.stop()

    def keep(self):
        atexit.unregister(self.httpd.stop)

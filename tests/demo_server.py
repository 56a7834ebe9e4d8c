"""What both demos are made of: a private httpd, requests by curl, a table."""

import atexit
import json
import os
import re
import shlex
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from pki import Pki
from server import Httpd
from watch import wait_for

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
AUDIT_LOG = "logs/certmap-audit.log"
CURL_TLS_ERRORS = (35, 55, 56)
PASSWORD = "demo"
WHOAMI = """
<Location "/whoami">
    SetHandler certmap-whoami
    AuthType   ClientCert
    CertMapUse {rules}
    Require    all granted
</Location>
"""


def sample(name):
    with open(os.path.join(TREE, "conf", name), encoding="utf-8") as file:
        return file.read()


def handshake_alert(run):
    """mod_ssl refuses in the handshake; how curl says that differs with its TLS library."""
    if run.returncode not in CURL_TLS_ERRORS:
        sys.exit(f"demo: {run.stderr}")
    alert = re.search(r"alert ([a-z ]+)", run.stderr)
    return "mod_ssl: " + (alert.group(1) if alert else "connection closed")


def line_of(event):
    """An audit event for people."""
    reason = event["event"].get("reason", event["event"]["action"])
    subject = event.get("tls", {}).get("client", {}).get("x509", {}).get("subject", {})
    about = subject.get("distinguished_name", event.get("server", {}).get("address", "-"))
    account = event.get("user", {}).get("name")
    return [event["@timestamp"], account or f"({reason})", event.get("rule", {}).get("name", "-"), about]


def print_table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


class Demo:
    """Subclasses make self.httpd, and say: sample, rules, head (of the table), address (of a request)."""

    def __init__(self):
        self.pki = Pki()

    def serve(self, main, **how):
        self.httpd = Httpd(self.pki, audit="", main=main + WHOAMI.format(rules=self.rules), **how)
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

    def print_events(self, *more_actions):
        """The audit log as lines, and one success as it stands there."""
        shown = [event for event in self.httpd.audit(AUDIT_LOG)
                 if event["event"]["action"] in ("authenticate", *more_actions)]
        print(f"\nThe audit log, {AUDIT_LOG}:\n")
        print_table([["time", "account or reason", "rule", "certificate"], *map(line_of, shown)])
        example = next(event for event in shown if "user" in event)
        print(f"\nOne of these events in full:\n\n{json.dumps(example, indent=2, ensure_ascii=False)}\n")
        print(f"All of them, each on one line, while the server runs: {self.httpd.path(AUDIT_LOG)}")

    def pkcs12(self):
        """A file for browsers, and whose it is."""
        name, cert = self.example()
        file = self.file_of(name, cert)[:-len("pem")] + "p12"
        own = x509.load_der_x509_certificate(cert.der)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
            out.write(pkcs12.serialize_key_and_certificates(name.encode(), cert.key, own, None,
                                                            BestAvailableEncryption(PASSWORD.encode())))
        return file

    def print_page(self, keep):
        """How to see the visitor's page."""
        print(f"\nThe page that tells visitors who they are{'' if keep else ', while the server runs (KEEP=1)'}:\n\n"
              f"    https://localhost:{self.httpd.port}/whoami\n\n"
              f"For a browser: import {self.pkcs12()}\n(password: {PASSWORD}) as your certificate, and "
              f"{self.httpd.path('conf/ca-of-the-server.pem')}\nas an authority for web sites, or accept its "
              "warning. Then open the page, and choose the certificate.")

    def run(self, keep):
        self.start()
        print(f"httpd on {self.address} with conf/{self.sample}\n")
        print_table([self.head, *self.rows()])
        self.print_logs()
        self.print_page(keep)
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

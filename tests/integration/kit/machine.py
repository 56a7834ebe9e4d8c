"""A machine as the documents suppose: www.example.com with its configuration, certificates, logs and map file.

    machine.run(text)      a shell runs it in the folder of the certificates, which is ServerRoot: (status, output)

The addresses and folders of the documents are replaced by those of the tests' servers: `places`. Commands that the
documents name are in PATH: certmapctl as it was built, apachectl for the tests' httpd.
"""

import os
import subprocess

from certmapctl import program
from directory import SERVICE_SECRET
from httpd_setup import httpd_program

SITE = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule partners>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapFile     conf/partners.map
</CertMapRule>
"""
HOST = """
ServerAlias www.example.com
<Location "/">
    AuthType   ClientCert
    CertMapUse partners staff
    Require    valid-user
</Location>
<Location "/whoami">
    SetHandler certmap-whoami
    Require    all granted
</Location>
"""
STATUS = '<Location "/certmap-status">\nSetHandler certmap-status\nRequire local\n</Location>'
COMMANDS = {"certmapctl": 'exec "{certmapctl}" "$@"',
            "apachectl": 'case $1 in -*) ;; configtest) set -- -t ;; *) set -- -k "$@" ;; esac\n'
                         # As server.py does: a module with a sanitizer needs its library before httpd.
                         '[ -z "$CERTMAP_PRELOAD" ] || export LD_PRELOAD="$CERTMAP_PRELOAD"\n'
                         'exec "{httpd}" -f "{conf}" "$@"',
            "mail": "cat >mail"}
FIVE_ENTRIES = "".join(f"email:{each}@partner.example {each}\n" for each in ("erin", "frank", "grace", "heidi", "ivan"))


class Machine:
    settings = dict(main=SITE, vhost=HOST, plain=STATUS, audit="CertMapAuditLog audit/audit.log",
                    files={"conf/partners.map": FIVE_ENTRIES, "audit/empty": ""})

    def __init__(self, httpd, directory=None):
        self.httpd = httpd
        self.places = {
            "https://www.example.com/": f"https://localhost:{httpd.port}/",
            "www.example.com:443": f"localhost:{httpd.port}",
            "http://localhost/": f"http://localhost:{httpd.plain_port}/",
            "/var/log/certmap": httpd.path("audit"), "/var/lib/certmap": httpd.path("lib"), "/run/apache2/apache2.pid": httpd.path("run/httpd.pid"),
            "/etc/apache2/partners.map": httpd.path("conf/partners.map"),
            **({"ldap://ldap1.example.com": directory.host, " -W ": f" -w {SERVICE_SECRET} "} if directory else {})}
        for name, text in COMMANDS.items():
            httpd.write(f"bin/{name}", "#!/bin/sh\n" + text.format(
                certmapctl=program(), httpd=httpd_program(), conf=httpd.conf) + "\n", mode=0o755)
        httpd.writable_folder("lib/kept")
        os.symlink("../audit/audit.log", httpd.path("logs/certmap-audit.log"))

    def certificate(self, name, cert):
        self.httpd.write(name, cert.pem + cert.key_pem, mode=0o600)

    def here(self, text):
        for place, here in self.places.items():
            text = text.replace(place, here)
        return text

    def run(self, text):
        run = subprocess.run(["bash", "-c", self.here(text)], cwd=self.httpd.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=60, check=False, env={
                                 **os.environ, "PATH": f"{self.httpd.path('bin')}:{os.environ['PATH']}:/usr/sbin",
                                 "CURL_CA_BUNDLE": self.httpd.path("conf/root-ca.pem"),
                                 "LDAPTLS_CACERT": self.httpd.path("conf/root-ca.pem")})
        return run.returncode, run.stdout.decode()

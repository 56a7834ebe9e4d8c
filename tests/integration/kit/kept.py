"""A server that keeps certificates (CertMapKeepCertificates kept), and what it kept.

    httpd = keeping(make_httpd, mpm="event")      not started; its folder is there, and right
    kept(httpd)                                   name → octets, of all that lies in the folder
    name_of(cert)                                 how the file of a certificate is called
"""

import hashlib
import os

RULES = """\
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\\.com"
    CertMapUser     $1
</CertMapRule>
"""
KEEP = "CertMapKeepCertificates kept\n"
USE = "AuthType ClientCert\nCertMapUse staff\nRequire valid-user\n"


def keeping(make_httpd, main=RULES + KEEP, location=USE, folder="kept", **how):
    httpd = make_httpd(main=main, location=location, **how)
    os.chmod(httpd.writable_folder(folder), 0o700)
    return httpd


def kept(httpd, folder="kept"):
    found = {}
    for name in os.listdir(httpd.path(folder)):
        with open(httpd.path(f"{folder}/{name}"), "rb") as file:
            found[name] = file.read()
    return found


def name_of(cert):
    return hashlib.sha256(cert.der).hexdigest() + ".der"

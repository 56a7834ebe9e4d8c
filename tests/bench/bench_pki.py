"""Authorities and certificates for the measurements: an RSA-2048 server, CAs of both usual kinds."""

from cert_parts import dns, email, ip
from pki import Ca, new_key


class BenchPki:
    """A CA directly above each client certificate, as mod_ssl's usual depth of 1 has it."""

    def __init__(self, server_kind="rsa"):
        self._keys = {"rsa": new_key("rsa"), "ec": new_key("ec")}
        self.cas = {kind: Ca("O=Example", f"CN=Bench {kind} CA", kind=kind) for kind in self._keys}
        self.server = self.cas["rsa"].issue(["CN=localhost"], eku=("serverAuth",),
                                            key=self._keys[server_kind],
                                            san=[dns("localhost"), ip("127.0.0.1")])

    def person(self, kind, login="alice", addresses=1):
        """Clients share a key: their certificates differ by serial number and name."""
        others = [email(f"{login}.{i}@mail.example.org") for i in range(1, addresses)]
        return self.cas[kind].issue(["C=EE", "O=Example", "OU=People", f"CN={login}"],
                                    key=self._keys[kind], san=[email(f"{login}@example.com"), *others])

    def people(self, kind, count):
        return [self.person(kind, f"user{i}") for i in range(count)]

    def conf_files(self):
        return {
            "conf/rsa-ca.pem": self.cas["rsa"].pem, "conf/ec-ca.pem": self.cas["ec"].pem,
            "conf/client-cas.pem": "".join(ca.pem for ca in self.cas.values()),
            "conf/server.pem": self.server.pem + self.server.key_pem,
        }

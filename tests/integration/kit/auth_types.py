"""Places with an AuthType of their own, and one rule for them: the account is the local part of the mail.

    SERVER = dict(main=LOGIN, vhost=locations({"a": BASIC, "a/b": "AuthType None"}), files=USERS)
    get(httpd, "a", cert, headers)      the answer at that place; how=… as for httpd.get
    user_of(response)                   account, AuthType and rule of who got in
    BASIC, CERTIFICATE                  lines of a place that asks for a password, or for a certificate
"""

from httpd_setup import user_file

LOGIN = r"""
<CertMapRule login>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]*)@example\.com"
    CertMapUser     $1
</CertMapRule>
"""
BASIC = "AuthType Basic\nAuthName staff\nAuthUserFile conf/users\nRequire valid-user\n"
CERTIFICATE = "AuthType ClientCert\nCertMapUse login\nRequire valid-user"
USERS = {"conf/users": user_file("alice", "bob", "Alice", "carol", "dave")}


def locations(places):
    return "".join(f'<Location "/cgi/env/{name}">\n{text}\n</Location>\n' for name, text in places.items())


def get(httpd, place, cert=None, headers=None, **how):
    return httpd.get(f"/cgi/env/{place}", cert, headers, **how)


def user_of(response):
    assert response.status == 200, response
    return response.env["REMOTE_USER"], response.env["AUTH_TYPE"], response.env.get("CERTMAP_RULE")

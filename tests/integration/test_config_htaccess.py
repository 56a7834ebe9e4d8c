"""No directive of the module works in .htaccess, whatever is allowed there."""

GOOD = """
<CertMapRule good>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>"""
HTACCESS = ["<CertMapRule r>\nCertMapDeny\n</CertMapRule>", "CertMapIssuedBy conf/corp-ca.pem",
            "CertMapMatch email == x", "CertMapUser x", "CertMapFile conf/good.map", "CertMapDeny",
            "CertMapUse good", "CertMapUse none", "CertMapControl sufficient", "CertMapAuditLog none",
            "CertMapAuditFailure allow", "<If \"true\">\nCertMapUse none\n</If>"]


def test_no_directive_works_in_htaccess(serve, pki):
    files = {f"htdocs/{number}/.htaccess": text + "\n" for number, text in enumerate(HTACCESS)}
    files |= {f"htdocs/{number}/index.html": "x" for number in range(len(HTACCESS))}
    httpd = serve(main=GOOD, files=files, location='AuthType ClientCert\nCertMapUse good\nRequire valid-user',
                  after='<Directory "${ROOT}/htdocs">\nAllowOverride All\n</Directory>')
    assert httpd.get("/index.html", pki.alice).status == 200
    for number, text in enumerate(HTACCESS):
        seen = httpd.watch()
        assert httpd.get(f"/{number}/index.html", pki.alice).status == 500, text
        assert text.splitlines()[-2 if "If" in text else 0].split()[0].strip("<") in seen.error("not allowed")


def test_a_list_of_allowed_directives_does_not_open_htaccess_either(serve, pki):
    httpd = serve(main=GOOD, files={"htdocs/x/.htaccess": "\nCertMapUse good\n", "htdocs/x/index.html": "x"},
                  after='<Directory "${ROOT}/htdocs">\nAllowOverride None\nAllowOverrideList CertMapUse\n</Directory>')
    seen = httpd.watch()
    assert httpd.get("/x/index.html", pki.alice).status == 500
    assert f"{httpd.path('htdocs/x/.htaccess')}:2: CertMapUse: not allowed" in seen.error("not allowed")

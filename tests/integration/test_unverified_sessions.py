"""optional_no_ca wherever it comes from: a session of TLS 1.2 that is resumed does not tell that it was not verified
(docs/directives.md, "Decisions")."""

import pytest

from test_client_auth_modes import EVERYWHERE, PAGES, RULES, ask, untrusted  # noqa: F401 (fixture)
from test_other_modules import need

# pylint: disable=redefined-outer-name


def check_unverified(server, untrusted):
    with server.connect(untrusted[0], tls="1.2") as connection:
        assert ask(connection, "any") == "403 certificate_not_verified"
        again = server.connect(resume=connection)
    with again:
        assert again.resumed and ask(again, "any") == "403 certificate_not_verified"


@pytest.mark.parametrize("written", ["optional_no_ca", "'optional_no_ca'", '"Optional_No_CA"', "${VERIFY}"])
def test_optional_no_ca_is_seen_however_it_is_written(serve, untrusted, written):
    check_unverified(serve(main=RULES + "Define VERIFY 'optional_no_ca'\n", vhost=EVERYWHERE, verify=written,
                           files=PAGES), untrusted)


def test_optional_no_ca_of_a_perl_section(serve, untrusted):
    need("perl")
    perl = "<Perl>\n$SSLVerifyClient = 'optional_no_ca';\n</Perl>\n"
    check_unverified(serve(main=RULES, vhost=perl + EVERYWHERE, files=PAGES, modules=("perl",)), untrusted)

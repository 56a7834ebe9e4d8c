"""Lines of CertMapTrial that cannot stand."""

import pytest

from trials import FILES, RULES


def test_a_name_that_is_not_defined_is_an_error(make_httpd):
    httpd = make_httpd(main=RULES, location="CertMapTrial nwe")
    status, output = httpd.test_config()
    assert status != 0 and "CertMapTrial: there is no <CertMapRule nwe>" in output
    assert f"httpd.conf:{httpd.line_of('CertMapTrial nwe')}" in output


@pytest.mark.parametrize("lines, words", [
    ("CertMapTrial", "name the rules to try"),
    ("CertMapTrial none new", "none stands alone"),
    ("CertMapTrial new,old", "write blanks between the names"),
    ("CertMapTrial new\nCertMapTrial old", "stands twice in this section"),
])
def test_lines_that_are_wrong(make_httpd, lines, words):
    status, output = make_httpd(main=RULES, location=lines, files=FILES).test_config()
    assert status != 0 and words in output, output


def test_it_stands_in_sections_only(make_httpd):
    status, output = make_httpd(main=RULES + "CertMapTrial new\n", files=FILES).test_config()
    assert status != 0 and "not allowed outside of a section" in output
    assert "AuthType" not in output


def test_the_map_file_of_a_rule_that_is_only_tried_is_checked(make_httpd):
    httpd = make_httpd(main=RULES, location="CertMapTrial new", files={**FILES, "conf/new.map": "x\n"})
    status, output = httpd.test_config()
    assert status != 0 and "new.map:1" in output

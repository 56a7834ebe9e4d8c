"""What the kit takes for a crash, when a server of a test ends."""

from server import crashes


ENDED = "[core:notice] [pid 1] AH00052: child pid 7 exit signal {}\n"
REPORT = "AddressSanitizer:DEADLYSIGNAL\n=====\n==7==ERROR: AddressSanitizer: {} on unknown address\n    #0 0x1 in f ({})\n==7==ABORTING\n"


def report(kind, where):
    return REPORT.format(kind, where) + ENDED.format("Abort (6)")


def test_a_crash_of_a_child_that_was_not_told_to_stop_counts():
    assert crashes(ENDED.format("Segmentation fault (11)"), {8})


def test_httpds_own_crash_of_a_child_that_stops_does_not_count():
    assert not crashes(ENDED.format("Segmentation fault (11)"), {7, 8})
    assert not crashes(report("SEGV", "/usr/lib/apache2/modules/mod_mpm_event.so"), {7})
    assert crashes(report("SEGV", "/usr/lib/apache2/modules/mod_mpm_event.so"), {8})


def test_a_crash_in_the_module_counts_whenever_it_is():
    (whole,) = crashes(report("SEGV", "/build/mod_certmap.so"), {7})
    assert "#0" in whole


def test_all_else_that_a_sanitizer_finds_counts():
    for kind in ("heap-use-after-free", "attempting double-free"):
        (whole,) = crashes(report(kind, "/usr/sbin/apache2"), {7})
        assert "#0" in whole
    assert crashes(ENDED.format("Abort (6)"), {7})

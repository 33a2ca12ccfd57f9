from sandbox.hops import CAPACITY, HopLog


def _add(log: HopLog, path: str = "/x") -> int:
    return log.add("proxy", "Vendor", "GET", path, 200, 1.5).number


def test_hops_are_numbered_from_one_and_stamped_with_the_clock() -> None:
    hop = HopLog(clock=lambda: 42.0).add("proxy", "Vendor", "GET", "/x", 200, 1.5, "a note")

    assert (1, 42.0, "a note") == (hop.number, hop.at, hop.note)


def test_since_returns_only_later_hops_in_order() -> None:
    log = HopLog()
    first, second, third = (_add(log) for _ in range(3))

    assert [second, third] == [hop.number for hop in log.since(first)]


def test_a_query_string_is_cut_off() -> None:
    log = HopLog()
    _add(log, "/callback?token=secret")

    assert ["/callback"] == [hop.path for hop in log.since(0)]


def test_only_the_last_hops_are_kept() -> None:
    log = HopLog()
    for _ in range(CAPACITY + 3):
        _add(log)

    assert (CAPACITY, 4) == (len(log.since(0)), log.since(0)[0].number)


def test_numbers_go_on_after_clear() -> None:
    log = HopLog()
    _add(log)
    log.clear()

    assert (2, 1) == (_add(log), len(log.since(0)))

"""A soak's verdict: what counts as growth, and what does not."""

from bench.family import Use
from bench.samples import Sample, judge, thinned


def _samples(*pss: float, threads: int = 20) -> list[Sample]:
    return [
        Sample(seconds=float(i), answered=i * 100, use=Use(mib + 30, mib, 100, threads))
        for i, mib in enumerate(pss)
    ]


def _growing(samples: list[Sample]) -> list[str]:
    return [verdict.name for verdict in judge(samples) if verdict.is_growing]


def test_what_stays_as_it_is_is_flat() -> None:
    assert [] == _growing(_samples(*[60.0] * 11))


def test_a_warm_up_is_no_growth() -> None:
    assert [] == _growing(_samples(40, 55, *[60.0] * 9))


def test_a_steady_leak_is_growth() -> None:
    assert ["PSS MiB", "RSS MiB"] == _growing(_samples(*(60.0 + 2 * i for i in range(11))))


def test_a_single_peak_is_no_growth() -> None:
    assert [] == _growing(_samples(*[60.0] * 9, 90.0, 60.0))


def test_nothing_to_compare_gives_no_verdict() -> None:
    assert [] == judge([])


def test_thinned_samples_keep_the_last_one() -> None:
    samples = _samples(*range(100))

    few = thinned(samples, 20)

    assert 20 == len(few)
    assert samples[-1] is few[-1]

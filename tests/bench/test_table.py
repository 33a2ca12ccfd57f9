"""Tables that can be pasted into a page of Markdown, and their figures."""

from bench.table import markdown, medians, percentile, spread, times


def test_a_table_has_a_title_a_ruler_and_aligned_cells() -> None:
    table = markdown("Speed", ("who", "req/s"), [("ours", "1000"), ("theirs", "9")], "A note.")

    lines = [
        "### Speed",
        "",
        "| who    | req/s |",
        "| :----- | ----: |",
        "| ours   |  1000 |",
        "| theirs |     9 |",
        "",
        "A note.",
        "",
    ]
    assert "\n".join(lines) == table


def test_figures_of_rounds_are_medians() -> None:
    rows = [{"cpu": 1.0}, {"cpu": 9.0}, {"cpu": 2.0}]

    assert {"cpu": 2.0} == medians(rows)
    assert "2 (1-9)" == spread([row["cpu"] for row in rows])


def test_a_ratio_to_nothing_is_a_dash() -> None:
    assert ("2.50", "-") == (times(5, 2), times(5, 0))


def test_percentiles_of_few_values_are_those_values() -> None:
    assert (0, 7, 50.5) == (percentile([], 99), percentile([7], 99), percentile(range(1, 101), 50))

"""Reading cookies: only semicolons separate, and a name may stand there more than once."""

from __future__ import annotations

import pytest

from proxy.http.cookies import cookie_values


@pytest.mark.parametrize(
    "header",
    [
        "s=v",
        'a="x; s=v',
        'a="x; s=v; b=y"',
        'a="x"; s=v; b="y"',
        "word; s=v",
        'p={"a":[1,2]}; s=v',
        "a=1;s=v;b",
        "\ts = v ;; =",
        's="v"',
        "S=other; xs=other; s=v",
    ],
)
def test_neighbours_hide_no_cookie(header: str) -> None:
    assert cookie_values(header, "s") == ("v",)


def test_every_value_of_a_name_is_told_in_its_order() -> None:
    assert cookie_values("s=1; t=2; s=; s=1=2", "s") == ("1", "", "1=2")


@pytest.mark.parametrize("header", [None, "", "s", "t=s", ";", '"s=v"'])
def test_an_absent_cookie_has_no_value(header: str | None) -> None:
    assert cookie_values(header, "s") == ()


def test_a_single_quotation_mark_is_a_value() -> None:
    assert cookie_values('s="', "s") == ('"',)

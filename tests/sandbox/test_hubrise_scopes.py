"""The grammar of scopes, as the simulated HubRise reads it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.hubrise.scopes import GENERAL, LEVELS, RESOURCES, RIGHTS, parse_scope


def _level_sets() -> st.SearchStrategy[str]:
    permissions = st.dictionaries(
        st.sampled_from(sorted(RESOURCES)), st.sampled_from(sorted(RIGHTS)), min_size=1
    )
    lists = permissions.map(lambda chosen: ",".join(f"{name}.{chosen[name]}" for name in chosen))
    return st.builds(
        lambda level, inner: f"{level}[{inner}]", st.sampled_from(sorted(LEVELS)), lists
    )


@given(_level_sets(), st.sets(st.sampled_from(sorted(GENERAL))), st.booleans())
def test_every_scope_of_the_grammar_is_read(level_set: str, general: set[str], last: bool) -> None:
    parts = [*general, level_set] if last else [level_set, *general]

    scope = parse_scope(",".join(parts))

    assert level_set.partition("[")[0] == scope.level


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "location",
        "location[]",
        "location[orders.read",
        "location[orders.read]]",
        "location[orders.read],",
        "location[orders.read]profile",
        "location[orders]",
        "location[orders.admin]",
        "location[users.read]",
        "location[orders.read, catalog.read]",
        "shop[orders.read]",
        "location[orders.read],account[orders.read]",
        "profile,profile",
        "orders.read",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_scope(text)


@given(st.text(alphabet="location[]aders.,wprf_") | st.text())
@example("location[orders.read,orders.write]")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        scope = parse_scope(text)
    except ValueError:
        return
    assert text == scope.text


def test_resource_that_is_named_twice_is_refused_in_the_vendors_words() -> None:
    with pytest.raises(ValueError, match=r"^Resource type 'orders' specified more than once$"):
        parse_scope("location[orders.read,orders.write]")


def test_write_includes_read() -> None:
    assert parse_scope("location[orders.write]").grants("orders", "read")


def test_read_does_not_include_write() -> None:
    assert not parse_scope("location[orders.read]").grants("orders", "write")


def test_profile_alone_has_no_access_level() -> None:
    assert parse_scope("profile_with_email").level is None

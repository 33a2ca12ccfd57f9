"""JSON values that somebody may have stored where the app reads."""

from __future__ import annotations

from hypothesis import strategies as st

odd_names = st.sampled_from(
    [
        "provider",
        "status",
        "transactionReference",
        "startedAt",
        "expiresAt",
        "redirectUrl",
        "\ud800",
    ]
)
_TEXTS = st.one_of(
    st.sampled_from(
        ["approved", "pending", "passcheck", "9999-12-31T23:59:59.999Z", "\ud800", "a\0b"]
    ),
    st.text(max_size=10),
)
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(allow_nan=False), _TEXTS
)
odd_values = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(odd_names, _TEXTS), inner, max_size=6),
    ),
    max_leaves=15,
)

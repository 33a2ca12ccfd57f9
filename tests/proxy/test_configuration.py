"""What kernel and integrations must agree on."""

from __future__ import annotations

import pytest

from integrations.jumio import JUMIO
from proxy.configuration import Configuration, read_configuration
from proxy.integration import ReferenceIntegration
from proxy.settings import ConfigurationError
from tests.example_environment import read_example

CALLBACKS = "/api/callbacks/jumio"
LONGEST = "https://proxy.example/".ljust(255 - len(CALLBACKS), "p")
SECOND = ReferenceIntegration("second", JUMIO.configure)


def configuration(*known: ReferenceIntegration, **variables: str) -> Configuration:
    return read_configuration({**read_example(), **variables}, known or (JUMIO,))


def problems(*known: ReferenceIntegration, **variables: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        configuration(*known, **variables)
    return caught.value.problems


def test_the_longest_public_url_leaves_room_for_the_callbacks() -> None:
    checked = configuration(PUBLIC_URL=LONGEST)
    assert f"{LONGEST}{CALLBACKS}" == checked.callback_url(checked.vendors[0])


def test_a_public_url_that_is_too_long_for_the_vendor_is_a_problem() -> None:
    expected = "PUBLIC_URL is 3 characters too long for jumio's callbacks"
    assert (expected,) == problems(PUBLIC_URL=f"{LONGEST}ppp")


def test_the_prefix_of_the_routes_counts_as_well() -> None:
    expected = "PUBLIC_URL is 4 characters too long for jumio's callbacks"
    assert (expected,) == problems(PUBLIC_URL=LONGEST, API_PREFIX="/api/idv")


def test_two_integrations_of_one_trip_are_a_problem() -> None:
    expected = "INTEGRATIONS names several that answer /id-verification; keep one"
    assert (expected,) == problems(JUMIO, SECOND, INTEGRATIONS="jumio,second")


def test_one_of_several_known_integrations_is_enough() -> None:
    assert 1 == len(configuration(JUMIO, SECOND, INTEGRATIONS="jumio").vendors)


@pytest.mark.parametrize("credentials", [True, False])
def test_everything_includes_the_integration_api_where_it_is_configured(
    *, credentials: bool
) -> None:
    given = "value" if credentials else ""
    checked = configuration(
        SHARETRIBE_INTEGRATION_CLIENT_ID=given,
        SHARETRIBE_INTEGRATION_CLIENT_SECRET=given,
        SHARETRIBE_INTEGRATION_BASE_URL="https://integration.example",
    )
    hosts = [upstream.base_url for upstream in checked.everything]
    assert credentials == ("https://integration.example" in hosts)

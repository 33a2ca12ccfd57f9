"""How often, in which order and how late the callbacks of the simulated Jumio arrive."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.hops import HopLog
from tests.sandbox.jumio_receiver import PATIENCE, Receiver, Vendor

SECRET = "segment-that-must-not-be-logged"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.gate.set()
    receiver.server.close()


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def jumio(hops: HopLog) -> Iterator[Vendor]:
    jumio = Vendor(hops)
    jumio.retry_delay = 0.01
    yield jumio
    jumio.close()


def test_portal_wide_url_is_used_where_the_check_has_none(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.proxy_callback_override = receiver.url

    assert [200] == jumio.finish(jumio.netverify(), "approved")


def test_without_any_url_nothing_is_sent(jumio: Vendor) -> None:
    assert [] == jumio.finish(jumio.netverify(), "approved")


def test_lost_callbacks_are_not_sent(jumio: Vendor, receiver: Receiver) -> None:
    jumio.callbacks = "lose"

    assert [] == jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved")
    assert [] == receiver.received


def test_delayed_callbacks_wait_for_their_release(jumio: Vendor, receiver: Receiver) -> None:
    jumio.callbacks = "delay"
    before = jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved")

    released = jumio.release_callbacks()

    assert ([], [200, 200, 200]) == (before, released)
    assert ["ACQUISITION_STARTED", "ACQUIRED", "PROCESSED"] == receiver.kinds()
    assert [] == jumio.release_callbacks()


def test_repeated_callbacks_arrive_three_times_the_same(jumio: Vendor, receiver: Receiver) -> None:
    jumio.callbacks = "repeat"

    assert jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved") == [200] * 3
    assert 1 == len({callback.body for callback in receiver.received})


def test_reordered_kyx_callbacks_begin_with_the_last_kind(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.callbacks = "reorder"
    jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved")

    assert ["PROCESSED", "ACQUISITION_STARTED", "ACQUIRED"] == receiver.kinds()
    processed, started, acquired = (
        json.loads(callback.body)["callbackSentAt"] for callback in receiver.received
    )
    assert started < acquired < processed


def test_reordered_netverify_result_is_followed_by_an_older_drop_off(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.callbacks = "reorder"
    jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved")

    result, stale = (callback.form() for callback in receiver.received)

    assert ["APPROVED_VERIFIED", "NO_ID_UPLOADED"] == receiver.kinds()
    assert stale["callbackDate"][:19] < result["callbackDate"][:19]
    assert stale["jumioIdScanReference"] == result["jumioIdScanReference"]


def test_unknown_callback_mode_is_a_value_error(jumio: Vendor) -> None:
    with pytest.raises(ValueError, match="unknown callback mode"):
        jumio.callbacks = "loose"  # type: ignore[assignment]  # the mistake that is tested


@pytest.mark.parametrize("status", [201, 204, 302, 400, 503])
def test_anything_but_200_is_final_without_retries(
    jumio: Vendor, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]

    assert jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved") == [status]
    assert 1 == len(receiver.received)


def test_retries_end_with_the_first_200(jumio: Vendor, receiver: Receiver) -> None:
    jumio.retries = 5
    receiver.statuses = [503, 201]
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert [503, 201, 200] == jumio.finish(reference, "approved")
    assert [503, 201, 200] == jumio.transactions[reference].callbacks_sent
    assert 1 == len({callback.body for callback in receiver.received})


def test_retries_are_counted(jumio: Vendor, receiver: Receiver) -> None:
    jumio.retries = 2
    receiver.statuses = [503] * 9

    assert jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved") == [503] * 3


def test_receiver_that_does_not_answer_counts_as_none(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    receiver.server.close()

    assert [None] == jumio.finish(reference, "approved")


@pytest.mark.parametrize("url", ["https://shop.example/callback", "http://192.0.2.1/callback"])
def test_nothing_is_sent_to_a_host_that_is_not_loopback(
    jumio: Vendor, hops: HopLog, url: str
) -> None:
    jumio.proxy_callback_override = url

    assert [None] == jumio.finish(jumio.netverify(), "approved")
    assert "not sent: not a loopback address" == hops.since(0)[-1].note


def test_finish_without_waiting_returns_at_once(jumio: Vendor, receiver: Receiver) -> None:
    receiver.gate.clear()
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert [] == jumio.finish(reference, "approved", wait=False)
    assert not jumio.wait_for_callbacks(0)

    receiver.gate.set()
    assert jumio.wait_for_callbacks(PATIENCE)
    assert [200] == jumio.transactions[reference].callbacks_sent


def test_resend_tells_the_current_result_again(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.callbacks = "lose"
    jumio.finish(reference, "approved")

    assert 200 == jumio.resend(reference)
    jumio.correct(reference, "denied-fraud")
    assert 200 == jumio.resend(reference)

    assert ["APPROVED_VERIFIED", "DENIED_FRAUD"] == receiver.kinds()


def test_correction_sends_a_callback_only_on_request(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.finish(reference, "approved")

    assert [] == jumio.correct(reference, "denied-fraud")
    assert [200] == jumio.correct(reference, "not-readable", callback=True)
    assert ["APPROVED_VERIFIED", "ERROR_NOT_READABLE_ID"] == receiver.kinds()


def test_forged_netverify_callback_has_the_right_reference_and_another_address(
    jumio: Vendor, receiver: Receiver
) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert 200 == jumio.forge(reference, "approved")

    [callback] = receiver.received
    assert f"{jumio.callback_address}, {jumio.forge_address}" == callback.address
    assert "sealed-1" == callback.form()["customerId"]
    assert "APPROVED_VERIFIED" == callback.form()["verificationStatus"]
    assert "PENDING" == jumio.transactions[reference].status
    assert [] == jumio.transactions[reference].callbacks_sent


def test_forged_kyx_callback_links_to_the_forger(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.kyx(callbackUrl=receiver.url, userReference="sealed-1")

    assert 200 == jumio.forge(reference, "approved")

    body = json.loads(receiver.received[0].body)
    assert "PROCESSED" == body["workflowExecution"]["status"]
    assert body["workflowExecution"]["href"].startswith("http://127.0.0.1:9/")


def test_hop_log_hides_the_last_segment(jumio: Vendor, receiver: Receiver, hops: HopLog) -> None:
    jumio.finish(jumio.netverify(callbackUrl=f"{receiver.url}/{SECRET}"), "approved")

    hop = hops.since(0)[-1]

    assert receiver.received[0].path.endswith(SECRET)
    assert ("Jumio", "proxy", "POST") == (hop.caller, hop.callee, hop.method)
    assert ("/api/callbacks/jumio/…", 200) == (hop.path, hop.status)
    assert "APPROVED_VERIFIED" == hop.note


def test_close_ends_the_thread_in_the_middle_of_a_delivery(
    jumio: Vendor, receiver: Receiver
) -> None:
    others = set(threading.enumerate())
    receiver.gate.clear()
    jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved", wait=False)
    assert receiver.arrived.wait(PATIENCE)
    assert "jumio-callbacks" in _names(others)
    began = time.monotonic()

    jumio.close()

    assert time.monotonic() - began < PATIENCE / 2
    assert "jumio-callbacks" not in _names(others)


def _names(others: set[threading.Thread]) -> list[str]:
    """Return the names of the threads that have come since: other simulators may be running."""
    return [thread.name for thread in threading.enumerate() if thread not in others]


def test_close_does_not_wait_for_retries(jumio: Vendor, receiver: Receiver) -> None:
    jumio.retries = 1
    jumio.retry_delay = 60
    receiver.statuses = [503]
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.finish(reference, "approved", wait=False)
    deadline = time.monotonic() + PATIENCE
    while not jumio.transactions[reference].callbacks_sent:
        assert time.monotonic() < deadline

    closing = threading.Thread(target=jumio.close)
    closing.start()
    closing.join(PATIENCE)

    assert not closing.is_alive()


def test_closed_vendor_sends_nothing_more(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.close()

    with pytest.raises(RuntimeError, match="closed"):
        jumio.finish(reference, "approved")

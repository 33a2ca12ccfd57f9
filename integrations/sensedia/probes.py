"""What AWS can say of the settings: it reads, and what reading needs is among our permissions.

Source: docs.aws.amazon.com, common errors of API Gateway and Cognito (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from integrations.sensedia.aws import Aws, Denied, NotFound
from proxy.vendors import Probe, SettingRefused, UpstreamRefused, UpstreamUnavailable

_KEYS = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"
_CONSOLE = "AWS's console, IAM > Users > Security credentials"
_WRONG_KEY = "AWS does not know AWS_ACCESS_KEY_ID: copy it again, or make another key"
_WRONG_SECRET = "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID: copy both again"  # noqa: S105
_ENDED = "the credentials have ended: renew AWS_SESSION_TOKEN and what came with it"
_FIXES = {
    "UnrecognizedClientException": _WRONG_KEY,
    "InvalidClientTokenId": _WRONG_KEY,
    "InvalidSignatureException": _WRONG_SECRET,
    "SignatureDoesNotMatch": _WRONG_SECRET,
    "ExpiredTokenException": _ENDED,
    "ExpiredToken": _ENDED,
}
_MOST_PLANS = 500


def of_aws(aws: Aws) -> Probe:
    """Return the probe of our credentials there."""
    return Probe(_KEYS, _CONSOLE, partial(_ask_keys, aws))


def of_plans(aws: Aws, plan_ids: Collection[str]) -> Iterator[Probe]:
    """Iterate over the probe of the usage plans, which one request lists."""
    yield Probe(
        ("SENSEDIA_USAGE_PLANS",), "API Gateway, Usage plans", partial(_ask_plans, aws, plan_ids)
    )


def of_portal() -> Probe:
    """Return the probe of the portal's password, which is ours to tell."""
    unproven = "only the portal's own call proves that it has the same"
    return Probe(("SENSEDIA_BASIC_AUTH",), "the portal's webhook settings", None, unproven)


def _ask_keys(aws: Aws) -> str:
    try:
        aws.ask_probe()
    except Denied as denied:
        fix = (
            "AWS knows the credentials, and they may not read: give the user the policy of"
            " docs/integrations/sensedia.md"
        )
        raise SettingRefused(denied.upstream, denied.status, denied.code, fix=fix) from None
    except NotFound as absent:
        fix = "the user pool is not in AWS_REGION: correct SENSEDIA_USER_POOL_ID or AWS_REGION"
        raise SettingRefused(absent.upstream, absent.status, absent.code, fix=fix) from None
    except UpstreamRefused as refused:
        if (fix := _FIXES.get(refused.code, "")) == "":
            raise
        raise SettingRefused(refused.upstream, refused.status, refused.code, fix=fix) from None
    except UpstreamUnavailable as unavailable:
        if unavailable.cause != "NoCredentialsError":
            raise
        fix = "there are no AWS credentials here: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise SettingRefused(aws.name, 401, unavailable.cause, fix=fix) from None
    return ""


def _ask_plans(aws: Aws, plan_ids: Collection[str]) -> str:
    page = aws.call("get_usage_plans", limit=_MOST_PLANS)
    missing = set(plan_ids) - {str(plan.get("id")) for plan in page.get("items", [])}
    if not missing or page.get("position"):
        return ""
    fix = f"SENSEDIA_USAGE_PLANS lists {len(missing)} that AWS does not have in AWS_REGION"
    raise SettingRefused(aws.name, 404, fix=f"{fix}; copy their ids from API Gateway, Usage plans")

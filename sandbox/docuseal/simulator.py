"""DocuSeal as the sandbox runs it."""

from collections.abc import Mapping

from sandbox.docuseal.vendor import (
    AGREEMENT,
    API,
    FORM_EVENTS,
    ROLE,
    RULES,
    SUBMISSION_EVENTS,
    DocuSeal,
)
from sandbox.kit.rudeness import Switch
from sandbox.simulator import Place, Simulator, served

DOCUMENTS = {"provider-agreement": AGREEMENT.id, "house-rules": RULES.id}
RECOMMENDED = ("form.completed", "form.declined", "submission.expired", "submission.archived")


def _settings(docuseal: DocuSeal, place: Place) -> Mapping[str, str]:
    """Enter the address of the webhook and tick its events, as an operator does in the console."""
    docuseal.callback_url = f"{place.api_url}/callbacks/docuseal"
    docuseal.ticked = RECOMMENDED
    return {
        "DOCUSEAL_BASE_URL": f"{docuseal.base_url}{API}",
        "DOCUSEAL_API_TOKEN": docuseal.api_token,
        "DOCUSEAL_WEBHOOK_SECRETS": docuseal.webhook_secret,
        "DOCUSEAL_ROLE": ROLE,
        "DOCUSEAL_DOCUMENTS": ",".join(f"{name}:{DOCUMENTS[name]}" for name in DOCUMENTS),
    }


def _switches(docuseal: DocuSeal) -> tuple[Switch, ...]:
    ticked = {
        "recommended": RECOMMENDED,
        "usual": FORM_EVENTS,
        "all": (*FORM_EVENTS, *SUBMISSION_EVENTS),
    }

    def get() -> str:
        return next((name for name, events in ticked.items() if events == docuseal.ticked), "all")

    def put(value: str) -> None:
        docuseal.ticked = ticked[value]

    choices = {
        "recommended": "every end, once",
        "usual": "what DocuSeal ticks by itself",
        "all": "of every kind",
    }
    return (Switch("docusealEvents", "Its webhook tells", choices, get, put),)


SIMULATOR = Simulator(
    name="docuseal",
    title="DocuSeal",
    rank=22,
    start=served(DocuSeal),
    address="DOCUSEAL_BASE_URL",
    settings=_settings,
    signs=tuple(DOCUMENTS),
    switches=_switches,
)

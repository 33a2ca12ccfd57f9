"""DocuSeal as a guest of the kit's worlds."""

from __future__ import annotations

from dataclasses import replace

from integrations.docuseal import DOCUSEAL
from sandbox.docuseal import SIMULATOR, DocuSeal
from sandbox.docuseal.submissions import REASON, Submission
from tests.kit.contracts.sessions import guest_of


def _secrets(docuseal: DocuSeal) -> dict[str, str]:
    """Return the carriers, the addresses of files, and whom the documents are for."""
    found = {}
    for number, one in enumerate(docuseal.transactions.values()):
        assert isinstance(one, Submission)
        found[f"reference {number}"] = one.reference
        found[f"slug of the files {number}"] = one.slug
        found[f"name {number}"] = one.parties[0].name or REASON
        found[f"e-mail {number}"] = one.parties[0].email or REASON
    return found


GUEST = replace(guest_of(DOCUSEAL, SIMULATOR, DocuSeal), secrets=_secrets)

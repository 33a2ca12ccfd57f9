"""What Jumio's page may be asked for, and what it adds to the address that it leads back to.

Netverify v4: netverify-web-v4.md, "Supported locale values" and "Callback, Error, and Success URLs"
(implementation guides @21f03de). KYX: api_guide.md of its implementation guides (2023-07-05), and
documentation.jumio.ai, Web Client, "After the user journey". All read 2026-11. About queries of
one's own the guides disagree (none; none of Jumio's names), and KYX is reported to refuse all.
"""

# The table is the same in both APIs' guides.
# fmt: off
LOCALES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-MX", "et", "fi", "fr", "he",
    "hr", "hu", "hy", "id", "it", "ja", "ka", "km", "ko", "lt", "ms", "nl", "no", "pl", "pt",
    "pt-BR", "ro", "ru", "sk", "sv", "th", "tr", "vi", "zh-CN", "zh-HK",
)
# fmt: on
ADDED_TO_QUERY = frozenset(
    {
        "transactionStatus",
        "transactionReference",
        "acquisitionStatus",
        "workflowExecutionId",
        "accountId",
        "customerInternalReference",
        "errorCode",
    }
)

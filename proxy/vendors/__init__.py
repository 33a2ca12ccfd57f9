"""All that a vendor may import: what it is asked, what it answers, and the tools for both.

A vendor's files import this room and the standard library, and nothing else of ours; the kernel's
trips come for the questions. Nothing here sends, stores or decides anything by itself.
"""

from proxy.display_text import display_text
from proxy.lenient_json import unrepeated
from proxy.logs import log_event, silence_details
from proxy.outgoing.deadline import DeadlineExceeded, deadline, remaining, uncounted
from proxy.outgoing.forms import multipart
from proxy.outgoing.headers import basic, bearer_json, is_token
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import (
    Answer,
    Reachable,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
)
from proxy.sales import AmountUnclear, Line, Money, Sale
from proxy.settings import SettingsReader
from proxy.timestamps import parse_utc
from proxy.vendors.api import JsonApi, error_code, pages
from proxy.vendors.client_credentials import ClientCredentials
from proxy.vendors.connection import (
    AuthorizeRequest,
    Connection,
    ConnectionCallbacks,
    ConnectionEnded,
    ConnectionEvent,
    ConnectionLost,
    ExchangeRequest,
    Grant,
    GrantRefused,
    Option,
    ReturnPages,
)
from proxy.vendors.document import as_country, as_document, read_result_fields
from proxy.vendors.doors import (
    BasicPair,
    PortalAnswer,
    PortalDoor,
    PortalRefused,
    Principal,
    TokenDoor,
    TokenInvalid,
    parse_pairs,
)
from proxy.vendors.integration import Integration
from proxy.vendors.matters import Status
from proxy.vendors.oauth2 import (
    OAuth2,
    OAuth2App,
    OAuth2Connection,
    as_details,
    oauth2_integration,
    read_app,
)
from proxy.vendors.orders import FINAL_RANK, OrderEvent, OrderExists, Orders, OrderState
from proxy.vendors.part import CallbackUnreadable, Part
from proxy.vendors.probe import Probe, SettingRefused, Unproven, by_callbacks, for_each
from proxy.vendors.proof import (
    AlgorithmHeader,
    FromNetworks,
    Hmac,
    Network,
    Proof,
    RequestHeaders,
    SharedSecret,
    Signature,
    Signatures,
)
from proxy.vendors.reading import (
    as_id,
    as_integer,
    as_object,
    as_text,
    as_unix_time,
    as_url,
    as_uuid,
    as_word,
    read_lenient_object,
    read_whole_object,
)
from proxy.vendors.reference import (
    Billing,
    Callback,
    Case,
    Identity,
    Limits,
    Owner,
    Person,
    Reason,
    Reference,
    Result,
    Signing,
    Started,
    StartRequest,
    Waiting,
)
from proxy.vendors.strength import lets_anyone_in, password_dangers
from proxy.vendors.subjects import Plan, read_documents, read_plans
from proxy.vendors.workspace import Ending, Hook, Standing, UserLookup, Workspace, WorkspaceAnswer

__all__ = (
    "FINAL_RANK",
    "AlgorithmHeader",
    "AmountUnclear",
    "Answer",
    "AuthorizeRequest",
    "BasicPair",
    "Billing",
    "Callback",
    "CallbackUnreadable",
    "Case",
    "ClientCredentials",
    "Connection",
    "ConnectionCallbacks",
    "ConnectionEnded",
    "ConnectionEvent",
    "ConnectionLost",
    "DeadlineExceeded",
    "Ending",
    "ExchangeRequest",
    "FromNetworks",
    "Grant",
    "GrantRefused",
    "Hmac",
    "Hook",
    "Identity",
    "Integration",
    "JsonApi",
    "KeyedLocks",
    "Limits",
    "Line",
    "Money",
    "Network",
    "OAuth2",
    "OAuth2App",
    "OAuth2Connection",
    "Option",
    "OrderEvent",
    "OrderExists",
    "OrderState",
    "Orders",
    "Owner",
    "Part",
    "Person",
    "Plan",
    "PortalAnswer",
    "PortalDoor",
    "PortalRefused",
    "Principal",
    "Probe",
    "Proof",
    "Reachable",
    "Reason",
    "Reference",
    "RequestHeaders",
    "Result",
    "ReturnPages",
    "Sale",
    "SettingRefused",
    "SettingsReader",
    "SharedSecret",
    "Signature",
    "Signatures",
    "Signing",
    "Standing",
    "StartRequest",
    "Started",
    "Status",
    "TokenDoor",
    "TokenInvalid",
    "Unproven",
    "Upstream",
    "UpstreamRefused",
    "UpstreamUnavailable",
    "Upstreams",
    "UserLookup",
    "Waiting",
    "Workspace",
    "WorkspaceAnswer",
    "as_country",
    "as_details",
    "as_document",
    "as_id",
    "as_integer",
    "as_object",
    "as_text",
    "as_unix_time",
    "as_url",
    "as_uuid",
    "as_word",
    "basic",
    "bearer_json",
    "by_callbacks",
    "deadline",
    "display_text",
    "error_code",
    "for_each",
    "is_token",
    "lets_anyone_in",
    "log_event",
    "multipart",
    "oauth2_integration",
    "pages",
    "parse_pairs",
    "parse_utc",
    "password_dangers",
    "read_app",
    "read_documents",
    "read_lenient_object",
    "read_plans",
    "read_result_fields",
    "read_whole_object",
    "remaining",
    "silence_details",
    "uncounted",
    "unrepeated",
)

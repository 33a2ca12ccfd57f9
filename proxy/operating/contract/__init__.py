"""The OpenAPI document, composed of what is enabled; only `proxy/operating` comes in here.

The JSON files have what the kernel answers, one for each kind of part; a vendor's own contract adds
what is its own. Both are plain OpenAPI 3.1 but for these words:

- `of` (of a path): the parts for which it is routed; `where` names an attribute that must be set;
- `links` (of a path): it is routed where there are link pages;
- `refusals` (of an operation): problem documents by name; (of a file): what each of them says.

Every operation gets the request id and the 500; one with a session also gets the renewed cookie.
"""

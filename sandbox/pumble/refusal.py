"""How the exchange and the API turn a request away.

Error bodies are JSON with a `code`; which codes there are is not documented (the SDK's examples,
github.com/CAKE-com/pumble-node-sdk, read 2026-11-20). Here a code is a number made of the status.
"""

from flask import Response, jsonify


class RefusalError(Exception):
    """A request that is turned away with `status`, a numeric `code` and an English `message`."""

    def __init__(self, status: int, number: int, message: str) -> None:
        """Remember what to answer; `number` tells refusals with the same status apart."""
        super().__init__(message)
        self.status = status
        self.code = status * 1000 + number
        self.message = message


def refusal_answer(refusal: RefusalError) -> Response:
    """Return the answer to a request that was turned away."""
    answer = jsonify(code=refusal.code, message=refusal.message)
    answer.status_code = refusal.status
    return answer

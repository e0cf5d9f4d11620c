"""What ``benchmarks.server.openapi_contract`` asks of each answer beside schemathesis's own checks. Loaded by schemathesis itself
(SCHEMATHESIS_HOOKS).

Two of its checks are asked here with what a schema cannot say: that frames are pictures and their times rise; that in a form a number and a
list of one number are the same bytes; that a key may have been used before; that an address beside the pattern may still be taken (the
pattern says what surely is; no pattern says what names the world's hosts have).
"""

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from telltale.core.errors import CODES

FORM = "multipart/form-data"


@schemathesis.check
def plain_data_is_accepted(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """What the schema allows is taken."""
    used_before = response.status_code == 422 and response.json()["code"] == "request.key_reused"
    return None if case.media_type == FORM or used_before else positive_data_acceptance(ctx, response, case)


@schemathesis.check
def wrong_data_is_refused(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """What the schema forbids is refused."""
    try:
        return negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData as found:
        form = case.media_type == FORM and "Incorrect type" in found.message
        if form or "violates `pattern` at /properties/url" in found.message:
            return None
        raise


@schemathesis.check
def refusals_are_problems(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every refusal is a problem document with a listed code and its own status."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"][0] == "application/problem+json", "not a problem document"
    problem = response.json()
    assert problem["status"] == response.status_code, "the document tells another status"
    assert problem["code"] in CODES and problem["detail"], "no listed code, or no sentence"
    listed = CODES[problem["code"]].status
    assert problem["code"] == "request.invalid" or listed == response.status_code, f"{problem['code']} is listed as {listed}"
    if response.status_code == 429:
        assert int(response.headers["retry-after"][0]) >= 1, "429 without Retry-After"

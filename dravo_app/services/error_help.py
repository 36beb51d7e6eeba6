"""What to do about each error: one sentence per code, for the API's error pages and the dashboard's messages."""

from dravo_app.errors import DravoError, WhoActs

FIXES: dict[str, str] = {
    "error": "Ask again in a moment. If it stays, give the request's id to whoever runs this Dravo: the log has the cause.",
    "invalid_request": "Correct what `errors` lists and send it again. Nothing was done.",
    "credentials_refused": "Check that the credentials are complete, current and of the right network, then connect again.",
    "account_mismatch": "Use the credentials of the account you name, or name the account that the message tells.",
    "provider_not_available": "Choose a network that `GET /v1/providers` calls connectable.",
    "not_authenticated": "Send `Authorization: Bearer` with a valid API key or a fresh token from `POST /v1/auth/login`.",
    "not_allowed": "Ask an admin of the workspace for the right, or use another credential.",
    "not_found": "Check the id and that the key belongs to the same workspace and environment.",
    "method_not_allowed": "Use one of the methods that the `Allow` header lists.",
    "conflict": "Read the thing's present state; the message says what stands in the way.",
    "request_in_progress": "Wait as long as `Retry-After` says and send the same request with the same key again.",
    "retry_refused": "Do for each account what its sentence says; then retry.",
    "request_too_large": "Send less at once; media belong into their own requests, not into this body.",
    "idempotency_mismatch": "Use a new Idempotency-Key for a new request.",
    "too_many_requests": "Wait as long as `Retry-After` says.",
    "unavailable": "Ask again in a moment, with the same Idempotency-Key. `/readyz` names the part that fails.",
    "provider_error": "Read the message: it is what the network said.",
    "unsupported_content": "Change the post so that it keeps to the network's limits, which `GET /v1/providers` lists.",
    "media_unusable": "Use another picture: the message says what is wrong with this one.",
    "media_unreachable": "Nothing to do: Dravo tries again by itself. Check that the address opens in a private browser window.",
    "address_refused": "Use an address that everybody on the internet can reach.",
    "content_rejected": "Change the post: the message is the network's reason for refusing it.",
    "reconnect_required": "Connect the account again; posts then go out as before.",
    "access_expired": "Nothing to do: Dravo renews the access by itself.",
    "permission_missing": "Connect the account again and grant every permission that is asked for.",
    "app_not_approved": "Get the missing approval or plan for the developer app at the network.",
    "throttled": "Nothing to do: Dravo waits until the network allows the next post.",
    "quota_exhausted": "Nothing to do: Dravo waits for the network's next allowance.",
    "setup_unusable": "Mend what the message names, on the machine that Dravo runs on; waiting posts then go out by themselves.",
    "provider_unavailable": "Nothing to do while Dravo tries again by itself; nothing was published so far. "
    "After the last try: retry when the network works again.",
    "posts_alike": "Nothing to do while Dravo looks again by itself; after a few looks the author is asked.",
    "outcome_unknown": "Look at the account. Then say whether the post is there: `POST …/deliveries/{account_id}/resolve`.",
    "account_blocked": "Settle it with the network; connecting again does not help.",
    "unsupported_feature": "Leave the feature out for this network.",
}

_BY_WHO: dict[WhoActs, str] = {
    WhoActs.NOBODY: "Nothing to do: Dravo goes on by itself.",
    WhoActs.AUTHOR: "Change the post and send it again.",
    WhoActs.ADMIN: "An admin of the workspace has to act; the message says how.",
    WhoActs.OPERATOR: "Whoever runs this Dravo has to act; the message says how.",
    WhoActs.CALLER: "Change the request; the message says how.",
}


def fix_of(error: type[DravoError]) -> str:
    """What to do next."""
    return FIXES.get(error.code) or _BY_WHO[error.who_acts]

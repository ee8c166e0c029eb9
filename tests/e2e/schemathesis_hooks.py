"""What schemathesis is told before each of its requests, see schemathesis.toml."""

import schemathesis


@schemathesis.hook
def before_call(context, case, **kwargs):
    """In chains of requests each Idempotency-Key is used once.

    Who repeats a creation with its key within 24 hours gets the first answer again, which is what keys are for: 201 and
    the object as it was made, though a chain before this one may have deleted it. Schemathesis takes the answer for a
    new object, and that it is not found for a fault (ST302). Single requests keep their keys, and use them again.
    """
    if case.meta is None or case.meta.phase.name != "stateful":
        return
    if 1 <= len(str(case.headers.get("Idempotency-Key", ""))) <= 255:  # others are to be refused
        case.headers["Idempotency-Key"] = case.id

"""What was written and what was told, held against each other. Standard library only.

The writes are a `Ledger`'s: each object is written by one thread, so the order of its values is known. What was told is
a sink's. `check` states: every acknowledged write was told; first deliveries in order; a sequence is one notificationId
and one body for ever; each change begins where the one before it ended, so that nothing is lost, reordered or
invented; and the last state told is what gateways show."""

import json
import threading

KINDS = {"Resource": ("resource", "resourceId"), "ResourcePool": ("resourcePool", "resourcePoolId")}


class Ledger:
    """Values (descriptions) that were asked for, and those that were acknowledged. Any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked = {}  # (kind, id) -> values, in order
        self.acknowledged = {}
        self.count = 0

    def ask(self, kind, id, value):
        with self.lock:
            self.asked.setdefault((kind, id), []).append(value)

    def acknowledge(self, kind, id, value):
        with self.lock:
            self.acknowledged.setdefault((kind, id), []).append(value)
            self.count += 1


def parts(body):
    """(kind, id, what happened, object) of a netweave notification."""
    for action in ("Created", "Updated", "Deleted"):
        if body["eventType"].endswith(action):
            kind = body["eventType"].removesuffix(action)
            break
    else:
        return None
    if kind not in KINDS:
        return None
    member, id = KINDS[kind]
    return kind, body[member][id], action, body[member]


def first_deliveries(bodies):
    """What a subscription was told, each once; asserts that repeats are repeats and that the firsts are in order."""
    by_sequence, firsts = {}, []
    for body in bodies:
        known = by_sequence.setdefault(body["sequence"], body)
        if known is body:
            firsts.append(body)
        assert known == body, f"sequence {body['sequence']} stands for two: {known} and {body}"
    sequences = [body["sequence"] for body in firsts]
    assert sequences == list(range(1, len(sequences) + 1)), f"not in order: {gaps(sequences)}"
    ids = {body["notificationId"] for body in firsts}
    assert len(ids) == len(firsts), "a notificationId has two sequences"
    return firsts


def gaps(sequences):
    return [(place, a, b) for place, (a, b) in enumerate(zip(sequences, sequences[1:])) if b != a + 1] or sequences[:1]


def check_chain(firsts):
    """Each change of an object begins with the state that the one before ended with. Gives the last states."""
    last = {}
    for body in firsts:
        found = parts(body)
        if found is None:
            continue
        kind, id, action, now = found
        before = last.get((kind, id))
        if action == "Created":
            assert before is None, f"{id} was created twice: {before} and {now}"
        else:
            assert (kind, id) not in last or before == body.get("priorState", now), \
                f"{id}: told as {before}, then changed from {body.get('priorState')}"
        last[(kind, id)] = None if action == "Deleted" else now
    return last


def unchanging(item):
    """An object as notifications and lists both show it."""
    return json.dumps(item, sort_keys=True)


def check(ledger, bodies, states=()):
    """`bodies` are all notifications of one subscription that matches everything, as they came; `states` are
    `fleet.view`s of gateways that came to rest. Gives the first deliveries."""
    firsts = first_deliveries(bodies)
    told = {}
    for body in firsts:
        found = parts(body)
        if found and found[2] != "Deleted":
            told.setdefault(found[:2], []).append(found[3].get("description", ""))
    for key, values in ledger.acknowledged.items():
        missing = [value for value in values if value not in told.get(key, [])]
        assert not missing, f"{key}: acknowledged, and never told: {missing[:5]} of {len(values)}"
    for key, values in told.items():
        asked = ledger.asked.get(key, [])
        ours = [value for value in values if value in asked]
        invented = [value for value in values if value and value not in asked]
        assert not invented, f"{key}: never asked for: {invented[:5]}"
        order = [asked.index(value) for value in ours]
        assert order == sorted(order), f"{key}: told out of order: {ours}"
    last = check_chain(firsts)
    for state in states:
        shown = {("Resource", item["resourceId"]): item for item in state["resources"]}
        shown |= {("ResourcePool", item["resourcePoolId"]): item for item in state["resourcePools"]}
        for key, item in last.items():
            assert (shown.get(key) is None) == (item is None), f"{key}: told {item}, shown {shown.get(key)}"
            if item is not None:
                assert unchanging(item) == unchanging(shown[key])
    return firsts

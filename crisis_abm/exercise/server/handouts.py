"""What is printed before an exercise: cards with code, PIN and QR, and sheets to decide on."""

from __future__ import annotations

from typing import Any

import segno

from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.schema import DECISIONS
from crisis_abm.exercise.server.decision_form import choices
from crisis_abm.exercise.server.keys import OBSERVER, Keys
from crisis_abm.exercise.server.words import Words


def handouts(exercise: Exercise, seats: list[str], keys: Keys, base: str) -> dict[str, Any]:
    """What the template of the hand-outs is filled with.

    Parameters
    ----------
    exercise : Exercise
    seats : list of str
        Those that are taken.
    keys : Keys
    base : str
        The address of the server as players' browsers see it, without a slash at its end.
    """
    words, content = Words(exercise), exercise.content
    turns = [
        {
            "number": number + 1,
            "days": words.days(*exercise.starts[number : number + 2]),
            "minutes": turn.minutes,
            "briefing": turn.briefing,
            "calls": turn.calls,
        }
        for number, turn in enumerate(content.turns)
    ]

    def way_in(role: str) -> dict[str, str]:
        address = f"{base}/join/{keys.code}?seat={role}"
        qr = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
        return {"address": f"{base}/join", "qr": qr, "pin": keys.pin(role)}

    def seat(name: str) -> dict[str, Any]:
        chosen = choices(exercise, name, seats, True)
        can = {
            "order": chosen.orders,
            "ration": chosen.rations,
            "lend": chosen.lends,
            "places": chosen.places,
            "call": chosen.calls,
        }
        entry = content.seats[name]
        return way_in(name) | {
            "title": entry.title,
            "chair": entry.chair,
            "card": entry.card,
            "decides": [text for what, text in DECISIONS.items() if can[what]],
            "choices": chosen,
        }

    return {
        "words": words,
        "title": content.title,
        "aim": content.aim,
        "policy": exercise.policy.name,
        "code": keys.code,
        "turns": turns,
        "room": f"{base}/room/{keys.code}/",
        "observer": way_in(OBSERVER),
        "seats": [seat(name) for name in seats],
    }

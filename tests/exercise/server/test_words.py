"""Names in words: with commas within them, and of resources with names of their own."""

from __future__ import annotations

from crisis_abm.exercise.server.words import Words
from tests.exercise.small import FILE, exercise


def test_names_with_commas_are_parted_otherwise():
    wards = {"title": "Wards, all", "kinds": ["ward"]}
    words = Words(exercise(seats={**FILE["seats"], "wards": wards}))
    assert words.seats(["works", "home"]) == "Works, Home"
    assert words.seats(["works", "wards"]) == "Works; Wards, all"


def test_keys_within_a_text_are_told_as_names():
    words = Words(exercise())
    assert words.spelt("supplies you with ppe; lends generator_fuel, shipped") == (
        "supplies you with PPE; lends generator fuel, shipped"
    )

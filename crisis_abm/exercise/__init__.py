"""Tabletop exercises: people live through a crisis turn by turn, and see what came of it."""

from crisis_abm.exercise.course import Branch, Course, Sent
from crisis_abm.exercise.decisions import Decision, Order
from crisis_abm.exercise.exercise import Exercise, ExerciseError
from crisis_abm.exercise.log import Entry, Log, LogError
from crisis_abm.exercise.play import Play, play
from crisis_abm.exercise.sitting import Refused, Sitting

__all__ = [
    "Branch",
    "Course",
    "Decision",
    "Entry",
    "Exercise",
    "ExerciseError",
    "Log",
    "LogError",
    "Order",
    "Play",
    "Refused",
    "Sent",
    "Sitting",
    "play",
]

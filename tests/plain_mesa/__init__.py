"""The model of `docs/model.md` written plainly in Mesa: the independent twin of the engine.

Like a fair copy made by a second clerk from the same rule book, who has never seen the first
clerk's ledgers: where the two books agree, the rules are what they say. Organisations are Mesa
agents, links and holdings are objects, a tick is loops over them. It reads `crisis_abm.tables`,
`crisis_abm.streams` and nothing of `crisis_abm.engine`.
"""

from tests.plain_mesa.model import PlainModel

__all__ = ["PlainModel"]

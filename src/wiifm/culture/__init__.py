"""A reading: the organisation's culture. Events become deeds, deeds tallies, tallies a :class:`~wiifm.culture.nouns.Culture`.

No one is named in it unless somebody asks for names and the rule book allows them. Definitions stand in docs/explanation/culture.md.
"""

"""The languages in which members read: translated sentences, and numbers, dates and lists in the form of each language.

English is built in; other languages are gettext catalogues (``*.po``) and need the extra ``words``.
"""

from wiifm.words.catalogues import languages, speech
from wiifm.words.speech import Speech

__all__ = ["Speech", "languages", "speech"]

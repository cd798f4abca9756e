"""The words that members read: sentences with numbers and dates, in their language."""

from wiifm.words.catalogues import languages, speech
from wiifm.words.speech import Speech

__all__ = ["Speech", "languages", "speech"]

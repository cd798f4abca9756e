"""The words that members read: sentences with numbers and dates, in their language."""

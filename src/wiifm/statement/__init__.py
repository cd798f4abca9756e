"""A member's statement: the nouns it is made of, and how each part follows from what was looked up."""

"""Rule books and vocabularies that come with wiifm, each made with the hooks that anybody has."""

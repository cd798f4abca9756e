"""The archive: what an engine remembers, kept in a store. ``archive.Archive`` puts the parts together; ``tables`` lists the tables."""

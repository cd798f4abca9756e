"""Stores: transactional tables in which an engine keeps its data. ``protocol`` specifies them."""

"""How the documentation is built: ``python -m sphinx -W -n -b html docs docs/_build/html``, without a network."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "wiifm"
author = "the authors of wiifm"
copyright = author
release = version = version_of("wiifm")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "generated"]
exclude_patterns = ["_build"]
smartquotes = False
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(?!wiifm\.).*"),  # what others have written has its documentation elsewhere
    (r"py:class", r"wiifm\.periods\.(Calendar|Over)"),  # a book's own, made of its keys
    (r"py:class", r"wiifm\.registries\.Test"),  # stands for the type of whatever is handed over
]

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Threads"]
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = "wiifm"
html_copy_source = False

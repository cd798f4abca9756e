"""Output formats of a statement: an HTML page or fragment, Markdown, and a mail.

All of them render what :func:`wiifm.statement.tell` returns. None makes sentences of its own.
"""

from wiifm.showing.commonmark import markdown
from wiifm.showing.links import Links, by_template, nowhere
from wiifm.showing.mails import mail
from wiifm.showing.pages import fragment, page, style

__all__ = ["Links", "by_template", "fragment", "mail", "markdown", "nowhere", "page", "style"]

"""What members get to see: a statement as a page or a piece of one, in Markdown, and as a mail. All of them show what ``statement.tell`` tells."""

from wiifm.showing.links import Links, by_template, nowhere
from wiifm.showing.mails import mail
from wiifm.showing.marked import markdown
from wiifm.showing.pages import fragment, page, style

__all__ = ["Links", "by_template", "fragment", "mail", "markdown", "nowhere", "page", "style"]

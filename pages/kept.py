"""Kept: titles to come back to, those that were seen, and those that are not for the visitor."""

from ui.components.frame import heading
from ui.for_you.page import together_link
from ui.kept import page
from ui.session import app_data

heading("Kept", "Titles to come back to. Keep one on the page For you, or in the window of any poster.")
page.show(app_data.engine())
together_link()

"""Link pages: the reference trip for a marketplace that can set a link, and nothing else.

Small pages of ours, with a form and no script, between a link in the marketplace and a vendor's
page. The app comes in at `routes`, the operator's side at `settings` and `addresses`.
"""

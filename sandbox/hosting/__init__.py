"""Hosts a marketplace for Sharetribe's Web Template: fixed addresses, ids and people.

What the template is built with cannot change at every start, so nothing here does, but for the keys
of the product that the template does not hold.
"""

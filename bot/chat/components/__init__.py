"""Buttons, menus and forms that Discord renders, and the custom ids they carry."""

"""Every sentence that people read, by id, in every language: one ``<language>.json`` each, in ICU MessageFormat.

To add a language, copy ``en.json`` to its code and translate the right-hand sides. See also: rendering (``catalogue.py``).
"""

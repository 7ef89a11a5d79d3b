"""Where places stand on a page: tiles on a grid that a package brings, shapes of a GeoJSON or TopoJSON file as
outlines small enough for a page, plain tiles where there is neither, and the classes that colours stand for.

Never here: a figure of a place, a sentence, a page.
"""

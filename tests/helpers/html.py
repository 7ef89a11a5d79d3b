"""HTML as its reader gets it."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Elements that load something by being there, and attributes that name what is loaded.
LOADING = {"script", "link", "iframe", "object", "embed", "base"}
ADDRESSES = ("src", "srcset", "poster", "data", "background")


class Html(HTMLParser):
    """A page or a part of one: ``elements`` are [tag, attributes, text], in the order of the page."""

    def __init__(self, source):
        super().__init__()
        self.source = source
        self.elements, self._open, self.scripts = [], [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = [tag, dict(attrs), ""]
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        if tag in [element[0] for element in self._open]:  # what closes nothing is passed over
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        inside = self._open[-1][0] if self._open else ""
        if inside == "script":
            self.scripts.append(data)
        # Neither is shown.
        shown = self._open[-1:] if inside in ("script", "style") else self._open
        for element in shown:
            element[2] += data

    def all(self, *tags):
        return [element for element in self.elements if element[0] in tags]

    def raw(self, tag):
        """Return the text of every element of a tag as it stands."""
        return [text for _, _, text in self.all(tag)]

    def texts(self, *tags):
        """Return the text of every element of the tags, in one line each."""
        return [" ".join(text.split()) for _, _, text in self.all(*tags)]

    @property
    def text(self):
        return "\n".join(self.texts("title", "body"))

    @property
    def lang(self):
        return self.all("html")[0][1]["lang"]

    @property
    def tags(self):
        return [tag for tag, _, _ in self.elements]

    @property
    def links(self):
        return [attrs["href"] for _, attrs, _ in self.all("a")]

    @property
    def images(self):
        return [attrs for _, attrs, _ in self.all("img")]

    @property
    def loads(self):
        """What a browser would load: addresses, and elements that load by being there."""
        named = [attrs[a] for _, attrs, _ in self.elements for a in ADDRESSES if a in attrs]
        return [*named, *(f"<{tag}>" for tag in self.tags if tag in LOADING)]

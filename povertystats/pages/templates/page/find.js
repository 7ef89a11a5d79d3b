(() => {
  "use strict";

  // By the rules of words/names.py: no diacritics, no case, one blank for blanks, hyphens and dots.
  function plain(text) {
    const stroke = { "đ": "d", "ð": "d", "ɖ": "d" };
    return text.toLowerCase().replace(/[đðɖ]/g, (letter) => stroke[letter]).normalize("NFD").replace(/\p{M}|\p{Cf}/gu, "")
      .replace(/['’‘ʼ′`´]/g, "").replace(/[\p{Pd}\u2212]/gu, "-").replace(/(?<!\p{Nd})[.-]|[.-](?!\p{Nd})/gu, " ").split(/\s+/u).filter(Boolean).join(" ");
  }

  // Blanks may be missing: daklak.
  function matches(asked, one) {
    const bare = asked.replaceAll(" ", "");
    return one.dataset.search.split("|").some((name) => name.includes(asked) || name.replaceAll(" ", "").includes(bare));
  }

  // A search is of its part of the page, or of the whole. Rows and entries that are not meant are hidden, others dimmed.
  function begin(find) {
    const part = find.closest("[data-finds]") || document;
    const asks = find.querySelector("input");
    const status = find.querySelector("[data-found]");
    const list = part.querySelector("ul.found");
    const searched = [...part.querySelectorAll("[data-search]")];
    const rows = searched.filter((one) => one.matches("tr, li"));
    find.hidden = false;

    function search() {
      const asked = plain(asks.value);
      searched.forEach((one) => {
        const off = !matches(asked, one);
        if (rows.includes(one)) one.hidden = off;
        else one.classList.toggle("off", off);
      });
      if (list) list.hidden = !asked;
      const left = rows.filter((row) => !row.hidden).length;
      status.textContent = asked ? status.dataset.found.replace("##", rows.length).replace("#", left) : "";
    }

    asks.addEventListener("input", search);
    asks.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !asks.value) return;
      const left = rows.filter((row) => !row.hidden);
      const link = left.length === 1 && left[0].querySelector("a");
      if (link) link.click();
    });
    if (asks.value) search();
  }

  document.querySelectorAll(".find").forEach(begin);
})();

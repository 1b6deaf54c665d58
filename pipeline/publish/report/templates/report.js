// Search, filters and the map's captions. Pages opened from a file may not fetch, so data comes as scripts that call
// REPORT.index, REPORT.quotes and REPORT.documents. All text enters the page as text, never as markup.
"use strict";
const REPORT = (() => {
  const SHOWN = 50; // results added at a time
  const LOADED = 8; // data files read before asking whether to go on
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...parts) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...parts);
    return made;
  };
  const fold = (text) => text.toLowerCase().replace(/[‘’]/g, "'").replace(/[“”]/g, '"');
  const count = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
  const soon = (act) => { let timer; return () => { clearTimeout(timer); timer = setTimeout(act, 180); }; };

  // ---------------------------------------------------------------- quotes
  let index, run = 0;
  const data = new Map(), waiting = new Map();
  const FIELDS = ["text", "facet", "code", "status", "theme", "document", "check"];
  const field = (name) => byId(`q-${name}`);
  const value = (name) => name === "check" ? (field(name).checked ? "1" : "") : field(name).value.trim();

  function load(number) {
    if (data.has(number)) return Promise.resolve(data.get(number));
    if (!waiting.has(number)) {
      waiting.set(number, new Promise((done, failed) => {
        const script = make("script", { src: `data/quotes-${number}.js` });
        script.onload = () => data.has(number) ? done(data.get(number)) : failed();
        script.onerror = failed;
        document.head.append(script);
      }));
    }
    return waiting.get(number);
  }

  function fill(name, options) {
    for (const [key, label] of options) field(name).append(make("option", { value: key }, label));
  }

  function fillCodes() {
    const chosen = field("code").value, facet = field("facet").value;
    field("code").replaceChildren(make("option", { value: "" }, "All"));
    for (const [name, heading] of index.facets) {
      if (facet && facet !== name) continue;
      const group = make("optgroup", { label: heading });
      for (const [key, of, label, n] of index.codes) if (of === name && n) group.append(make("option", { value: key }, `${label} (${n.toLocaleString("en")})`));
      if (group.children.length) field("code").append(group);
    }
    field("code").value = chosen;
    if (field("code").selectedIndex < 0) field("code").value = "";
  }

  function readHash() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    field("facet").value = wanted.get("facet") || "";
    fillCodes();
    for (const name of FIELDS) {
      if (name === "check") field(name).checked = wanted.get(name) === "1";
      else if (name !== "facet") field(name).value = wanted.get(name) || "";
    }
  }

  function writeHash() {
    const words = new URLSearchParams(FIELDS.map((name) => [name, value(name)]).filter(([, v]) => v)).toString();
    history.replaceState(null, "", words ? `#${words}` : location.pathname.split("/").pop());
  }

  function test() {
    const wanted = Object.fromEntries(FIELDS.map((name) => [name, value(name)]));
    const codes = new Set(index.codes.flatMap(([key, facet], n) => (!wanted.code || key === wanted.code) && (!wanted.facet || facet === wanted.facet) ? [n] : []));
    if (!wanted.code && !wanted.facet) codes.add(-1);
    const status = index.statuses.indexOf(wanted.status), theme = index.themes.findIndex(([key]) => key === wanted.theme);
    const words = fold(wanted.text).split(/\s+/).filter(Boolean), about = fold(wanted.document);
    return {
      words,
      chunk: (chunk) => chunk.codes.some((n) => codes.has(n)) && (!wanted.theme || chunk.themes.includes(theme)),
      row: (row, documents) => codes.has(row[0]) && (!wanted.status || row[1] === status) && (!wanted.theme || row[3] === theme)
        && (!wanted.check || row[8]) && (!about || fold(documents[row[2]].join(" ")).includes(about))
        && (!words.length || words.every((word) => fold(row[5] + row[6] + row[7]).includes(word))),
    };
  }

  function lit(text, words) {
    if (!words.length) return [text];
    const parts = [], folded = fold(text);
    let at = 0;
    while (at < text.length) {
      const next = words.map((word) => [folded.indexOf(word, at), word.length]).filter(([place]) => place >= 0).sort((a, b) => a[0] - b[0] || b[1] - a[1])[0];
      if (!next) break;
      parts.push(text.slice(at, next[0]), make("span", { class: "hit" }, text.slice(next[0], next[0] + next[1])));
      at = next[0] + next[1];
    }
    return [...parts, text.slice(at)];
  }

  function result(row, documents, words) {
    const [code, status, doc, theme, where, before, quote, after, check, first, last] = row;
    const [key, facet, label] = index.codes[code] || ["", "", "?"];
    const [name, site, published, file, path] = documents[doc];
    const item = make("li");
    if (quote) {
      const marked = make("mark", { class: `f-${facet}` }, ...lit(quote, words));
      item.append(make("blockquote", { class: "t" }, make("p", {}, ...lit(before, words), marked, ...lit(after, words))));
    } else item.append(make("p", { class: "withheld" }, `Words withheld by the settings: characters ${first} to ${last} of the page.`));
    const one = (index.facets.find(([f]) => f === facet) || ["", "", facet])[2];
    const meta = make("p", { class: "meta" }, make("span", { class: `chip f-${facet}` }, one), make("a", { href: `codes/${key}.html` }, label),
      make("span", { class: "status" }, index.statuses[status].replace(/_/g, " ")));
    if (check) meta.append(make("span", { class: "status check" }, "to check"));
    if (theme >= 0) meta.append(make("a", { href: `themes/${slug(index.themes[theme][0])}.html` }, index.themes[theme][1]));
    const source = [site, published].filter(Boolean).join(", ");
    const link = make("a", { href: `${file}#${where}` }, make("bdi", { class: "t" }, name));
    item.append(meta, make("p", { class: "meta" }, link, make("span", {}, source)));
    if (quote && navigator.clipboard) {
      const button = make("button", { type: "button", class: "quiet", "aria-label": `Copy with source: ${quote}` }, "Copy with source");
      button.onclick = () => navigator.clipboard.writeText(`“${before}${quote}${after}” (${name}${source ? `, ${source}` : ""}; ${path}, characters ${first}–${last})`)
        .then(() => { button.textContent = "Copied"; });
      item.lastChild.append(button);
    }
    return item;
  }
  const slug = (id) => id.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^\.+|\.+$/g, "") || "x";

  async function search() {
    const mine = ++run, wanted = test(), list = byId("q-list"), more = byId("q-more"), said = byId("q-said");
    const todo = index.chunks.flatMap((chunk, number) => wanted.chunk(chunk) ? [number] : []);
    const found = []; // [row, documents] of what fits in the files read so far
    let read = 0, shown = 0;
    const readOn = async () => {
      for (const stop = Math.min(todo.length, read + LOADED); read < stop; read++) {
        if (!data.has(todo[read])) said.textContent = "Searching …";
        const [documents, rows] = await load(todo[read]);
        if (mine !== run) return false;
        for (const row of rows) if (wanted.row(row, documents)) found.push([row, documents]);
      }
      return true;
    };
    const show = () => {
      const next = found.slice(shown, shown + SHOWN).map(([row, documents]) => result(row, documents, wanted.words));
      list.append(...next);
      if (shown && next.length) next[0].querySelector("a").focus();
      shown += next.length;
      const isAll = read === todo.length;
      const total = `${isAll ? "" : "at least "}${count(found.length, "mention")}`;
      said.textContent = !found.length && isAll ? "No mention fits. Take a filter away or try another word."
        : shown < found.length ? `${shown} of ${total} shown.` : isAll ? `${total} in all.` : `${shown} shown; more of the corpus is still to be searched.`;
      more.hidden = shown === found.length && isAll;
      more.textContent = shown < found.length ? "Show more" : "Search further";
    };
    more.onclick = async () => { if (shown < found.length || await readOn()) show(); };
    list.replaceChildren();
    more.hidden = true;
    try { if (await readOn()) show(); } catch { if (mine === run) said.textContent = "The data of the report could not be read. Keep its folder whole."; }
  }

  function start(given) {
    index = given;
    if (!byId("finder")) return;
    fill("facet", index.facets.map(([name, heading]) => [name, heading]));
    fill("status", [...index.statuses].sort().map((word) => [word, word.replace(/_/g, " ")]));
    fill("theme", index.themes.map(([key, label, n]) => [key, `${label} (${n.toLocaleString("en")} passages)`]));
    readHash();
    byId("finder").hidden = byId("found").hidden = false;
    const changed = soon(() => { writeHash(); search(); });
    for (const name of FIELDS) field(name).addEventListener("input", () => { if (name === "facet") fillCodes(); changed(); });
    byId("q-clear").onclick = () => { for (const name of FIELDS) { if (name === "check") field(name).checked = false; else field(name).value = ""; } fillCodes(); changed(); field("text").focus(); };
    addEventListener("hashchange", () => { readHash(); search(); });
    search();
  }

  // ---------------------------------------------------------------- documents
  let names = null;
  function findDocuments() {
    const finder = byId("doc-finder");
    if (!finder) return;
    finder.hidden = false;
    const rows = [...byId("doc-table").tBodies[0].rows], list = byId("d-list");
    byId("d-text").addEventListener("input", soon(() => {
      const wanted = fold(byId("d-text").value.trim());
      let shown = 0;
      if (!names) {
        for (const row of rows) { row.hidden = !fold(row.textContent).includes(wanted); shown += !row.hidden; }
      } else {
        list.replaceChildren();
        byId("doc-table").hidden = Boolean(wanted); list.hidden = !wanted;
        if (wanted) for (const [name, path, site, status, file] of names) {
          if (!fold(`${name} ${path} ${site}`).includes(wanted)) continue;
          if (++shown <= 200) list.append(make("li", {}, make("a", { href: file }, make("bdi", { class: "t" }, name)), make("p", { class: "meta" }, `${path} ${site} ${status.replace(/_/g, " ")}`)));
        }
      }
      byId("d-said").textContent = wanted ? `${count(shown, "document")} found${shown > 200 && names ? "; the first 200 are shown" : ""}.` : "";
    }));
  }

  // ---------------------------------------------------------------- map
  function captions() {
    const map = byId("map"), said = byId("map-said");
    if (!map) return;
    let on = null;
    map.addEventListener("pointerover", (event) => {
      const dot = event.target.closest("circle[data-n]");
      if (!dot) return;
      if (on) on.classList.remove("on");
      on = dot; on.classList.add("on");
      said.hidden = false;
      said.replaceChildren(...(dot.dataset.t ? [make("span", { class: "t" }, `${dot.dataset.t}${dot.dataset.t.length >= 160 ? " …" : ""} `)] : []), make("a", { href: dot.dataset.h }, make("bdi", { class: "t" }, dot.dataset.n)));
    });
    map.addEventListener("click", (event) => { const dot = event.target.closest("circle[data-n]"); if (dot) location.href = dot.dataset.h; });
  }

  document.addEventListener("DOMContentLoaded", () => { findDocuments(); captions(); });
  return {
    index: start,
    quotes: ([number, documents, rows]) => data.set(number, [documents, rows]),
    documents: (given) => { names = given; },
  };
})();

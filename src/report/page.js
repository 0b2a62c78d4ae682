"use strict";
(() => {
  // Whatever comes from documents reaches the page as text nodes only: `make` appends strings, never markup.
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };
  const named = (text) => make("bdi", { dir: "auto" }, text);
  const count = (n) => n.toLocaleString("en");
  const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;
  const percent = (x) => `${Math.round(100 * x)} %`;
  const score = (x) => x.toFixed(2);
  const index = JSON.parse(byId("index").textContent);

  // Texts and comparisons lie packed in the file; a cluster's are unpacked when it is opened.

  const unpacked = new Map();
  const unpack = (name) => {
    if (!unpacked.has(name)) unpacked.set(name, read(byId(`block-${name}`).textContent));
    return unpacked.get(name);
  };
  const read = async (base64) => {
    if (typeof DecompressionStream === "undefined") {
      throw new Error("This browser cannot unpack the texts. Any browser of 2023 or later can.");
    }
    const packed = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const length = new DataView(bytes.buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    let at = 4 + length;
    for (const shown of head.documents) {
      shown.text = bytes.subarray(at, at + shown.shown);
      at += shown.shown;
    }
    return head;
  };

  // A text, cut where a span begins or ends. Spans count the bytes of the original text.

  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const write = (into, bytes, { passages, changes, standing, other, numbers }) => {
    const edges = new Set([0, bytes.length]);
    for (const [start, end] of passages) edges.add(start).add(end);
    for (const [start, end] of changes) edges.add(start).add(end);
    for (const [start, end] of standing) edges.add(start).add(end);
    const cuts = [...edges].filter((edge) => edge <= bytes.length).sort((x, y) => x - y);
    const starts = passages.map((p, i) => [...p, i]).sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    let open = [], next = 0, change = 0, stands = 0;
    for (let i = 0; i + 1 < cuts.length; i += 1) {
      const [from, to] = [cuts[i], cuts[i + 1]];
      open = open.filter((p) => p[1] > from);
      for (; next < starts.length && starts[next][0] <= from; next += 1) {
        if (starts[next][1] <= from) continue;
        open.push(starts[next]);
        into.append(numbers(starts[next][2]));
      }
      while (change < changes.length && changes[change][1] <= from) change += 1;
      const changed = change < changes.length && changes[change][0] <= from;
      while (stands < standing.length && standing[stands][1] <= from) stands += 1;
      const said = decoder.decode(bytes.subarray(from, to));
      const text = stands < standing.length && standing[stands][0] <= from ? make("span", { class: "standing", title: "boilerplate" }, said) : said;
      if (open.length === 0) {
        into.append(other && said.trim() !== "" ? make(other, {}, text) : text);
        continue;
      }
      const which = open.map((p) => p[2]).join(" ");
      into.append(make("mark", { "data-passage": which, "data-start": from, "data-end": to }, changed ? make(other, {}, text) : text));
    }
  };

  const box = (label) => make("div", { class: "text", dir: "auto", tabindex: "0", role: "region", "aria-label": label });
  const cutShort = (shown) => shown.shown === shown.bytes ? null
    : make("p", { class: "note" }, `The first ${count(shown.shown)} of ${count(shown.bytes)} bytes are shown.`);

  // A number before a passage, which leads to its other place.
  const jumps = () => {
    const places = new Map();
    return (side, text) => (passage) => {
      const button = make("button", { type: "button", class: "jump", "aria-label": `Passage ${passage + 1}: go to its other place` }, String(passage + 1));
      places.set(`${side} ${passage}`, { button, text });
      button.addEventListener("click", () => {
        const target = places.get(`${1 - side} ${passage}`);
        for (const { button: each } of places.values()) each.classList.toggle("here", each === button || each === target.button);
        target.text.scrollTop = target.button.offsetTop - target.text.clientHeight / 3;
        target.button.focus({ preventScroll: target.text !== text });
        if (target.text !== text) target.text.scrollIntoView({ block: "nearest" });
      });
      return button;
    };
  };

  const svg = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  // Where and when a document was printed, and what it is among the others.

  const printed = (shown) => {
    const where = [shown.source === null ? null : named(shown.source), shown.date === null ? null : make("time", { datetime: shown.date }, shown.date)];
    const known = where.filter((each) => each !== null).flatMap((each, i) => (i === 0 ? [each] : [", ", each]));
    const marks = [shown.earliest ? "earliest" : null, shown.longest ? "longest" : null].filter((each) => each !== null);
    if (known.length + marks.length === 0) return null;
    return make("span", { class: "printed" }, ...known, ...marks.flatMap((mark) => [" ", make("strong", { class: "badge" }, mark)]));
  };
  const heading = (shown) => [named(shown.id), shown.title === "" ? null : make("span", { class: "headline", dir: "auto" }, shown.title), printed(shown)];

  // The dates of a cluster: one mark a date on a line, and who printed it then.

  const timeline = (documents) => {
    const dated = documents.filter((shown) => shown.date !== null);
    const dates = [...new Set(dated.map((shown) => shown.date))].sort();
    if (dates.length < 2) return null;
    const [first, last] = [Date.parse(dates[0]), Date.parse(dates[dates.length - 1])];
    const days = (date) => Math.round((Date.parse(date) - first) / 86400000);
    const picture = svg("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const date of dates) {
      picture.append(svg("rect", { x: (990 * (Date.parse(date) - first)) / (last - first), y: 0, width: 10, height: 10 }));
    }
    const places = (date) => dated.filter((shown) => shown.date === date).map((shown) => named(shown.source ?? shown.id));
    const entries = dates.map((date) => make("li", {}, make("time", { datetime: date }, date),
      date === dates[0] ? ": " : ` (${plural(days(date), "day", "days")} later): `,
      ...places(date).flatMap((place, i) => (i === 0 ? [place] : [", ", place]))));
    const undated = documents.length - dated.length;
    return make("details", { class: "timeline", open: dates.length <= 12 },
      make("summary", {}, `Timeline: ${plural(days(dates[dates.length - 1]), "day", "days")}, ${plural(dates.length, "date", "dates")}`),
      picture, make("ol", {}, ...entries),
      undated > 0 ? make("p", { class: "note" }, `${plural(undated, "document has", "documents have")} no date.`) : null);
  };

  // One member beside the representative.

  const comparison = (head, which) => {
    const [first, member, compared] = [head.documents[0], head.documents[which], head.compared[which - 1]];
    const number = jumps();
    const side = (shown, i, title, other) => {
      const text = box(`Text of ${shown.id}`);
      const passages = compared.passages.map((p) => p.slice(2 * i, 2 * i + 2));
      write(text, shown.text, { passages, changes: compared.changes[i], standing: shown.standing, other, numbers: number(i, text) });
      return make("div", {}, make("h5", {}, `${title} `, named(shown.id)), printed(shown), text, cutShort(shown));
    };
    const notes = [];
    if (compared.passages.length === 0 && compared.passages_left_out === 0) notes.push("The two share no passage: other members connect them.");
    if (compared.passages_left_out > 0) notes.push(`${plural(compared.passages_left_out, "passage lies", "passages lie")} beyond the part that is shown.`);
    return make("section", { class: "compare", "aria-label": `${member.id} beside the representative` },
      make("h4", {}, named(member.id), " beside the representative"),
      make("p", { class: "legend" },
        make("span", {}, make("mark", {}, "shared passage")),
        make("span", {}, make("del", {}, "only in the representative")),
        make("span", {}, make("ins", {}, "only in this document")),
        first.standing.length + member.standing.length > 0 ? make("span", {}, make("span", { class: "standing" }, "boilerplate"), ": the site’s, not the story’s") : null),
      ...notes.map((note) => make("p", { class: "note" }, note)),
      make("div", { class: "sides" }, side(first, 0, "Representative", "del"), side(member, 1, "Document", "ins")));
  };

  const bar = (length, spans, label) => {
    const picture = svg("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", role: "img", "aria-label": label });
    for (const [start, end] of spans) {
      const x = (1000 * start) / length;
      picture.append(svg("rect", { x, y: 0, width: Math.max(2, (1000 * (end - start)) / length), height: 10 }));
    }
    return picture;
  };

  const column = (name, attributes = {}) => make("th", { scope: "col", ...attributes }, name);
  // On a narrow screen a row is laid out as a grid, and then is a row to a screen reader only if it says so.
  const table = (name, caption, columns, body) => {
    const whole = make("table", { class: name, role: "table" }, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...columns)), body);
    const roles = { "thead, tbody": "rowgroup", tr: "row", td: "cell", "th[scope=row]": "rowheader", "th[scope=col]": "columnheader" };
    for (const [which, role] of Object.entries(roles)) {
      for (const element of whole.querySelectorAll(which)) element.setAttribute("role", role);
    }
    return whole;
  };
  const detail = (head, cluster) => {
    const all = make("div");
    const body = make("tbody");
    const first = head.documents[0];
    body.append(make("tr", {}, make("th", { scope: "row" }, ...heading(first)),
      make("td", {}, bar(1, [[0, 1]], "the whole text")), make("td", { class: "n", colspan: "3" }, "representative")));
    let shown = null;
    const rows = head.compared.map((compared, i) => {
      const which = i + 1;
      const button = make("button", { type: "button", class: "choose" }, named(head.documents[which].id));
      const keeps = percent(compared.coverage[0]);
      const row = make("tr", {},
        make("th", { scope: "row" }, button, ...heading(head.documents[which]).slice(1)),
        make("td", {}, bar(Math.max(1, first.bytes), compared.passages, `${keeps} of the representative, in ${plural(compared.passages.length, "passage", "passages")}`)),
        make("td", { class: "n" }, keeps),
        make("td", { class: "n" }, percent(1 - compared.coverage[1])),
        compared.score === null
          ? make("td", { class: "n" }, make("span", { "aria-hidden": "true" }, "–"), make("span", { class: "unseen" }, "not a match of its own"))
          : make("td", { class: "n" }, score(compared.score)));
      const choose = () => {
        rows.forEach(({ row: each, button: its }) => { each.removeAttribute("aria-current"); its.setAttribute("aria-pressed", "false"); });
        row.setAttribute("aria-current", "true");
        button.setAttribute("aria-pressed", "true");
        const next = comparison(head, which);
        if (shown === null) all.append(next); else shown.replaceWith(next);
        shown = next;
      };
      button.addEventListener("click", choose);
      body.append(row);
      return { row, button, choose };
    });
    all.append(table("members",
      "Members and their share of the story. Keeps: how much of the representative's text it shares. Adds: how much of its own text is new. Choose one to read both side by side.",
      [column("Document"), column("Along the representative", { class: "along" }), column("Keeps", { class: "n" }), column("Adds", { class: "n" }), column("Score", { class: "n" })],
      body));
    if (head.compared.some((compared) => compared.score === null)) {
      all.append(make("p", { class: "note" }, "–: not a match of the representative itself. The two were not compared, since others connect them, or are less alike than a match; the evidence below says who connects them."));
    }
    const dates = timeline(head.documents);
    if (dates !== null) all.append(dates);
    if (head.members_left_out > 0) all.append(make("p", { class: "note" }, `${plural(head.members_left_out, "more member is", "more members are")} not shown here.`));
    for (const repeat of index.repeating.filter((r) => r.cluster === cluster)) {
      all.append(make("p", {}, make("a", { href: `#repeat-${repeat.number}` }, named(repeat.id), " holds a passage twice")));
    }
    if (rows.length > 0) rows[0].choose();
    const name = (which) => named(typeof which === "number" ? head.documents[which].id : which);
    const links = make("tbody", {}, ...head.links.map((link) => make("tr", {},
      make("th", { scope: "row" }, name(link.a), " and ", name(link.b)),
      make("td", { class: "n" }, link.score.toFixed(3)), make("td", {}, link.evidence))));
    const evidence = make("details", {}, make("summary", {}, `Evidence of ${plural(head.links.length, "match", "matches")}`),
      table("links", "Why these documents are together.", [column("Documents"), column("Score", { class: "n" }), column("Evidence")], links));
    if (head.links_left_out > 0) evidence.append(make("p", { class: "note" }, `${plural(head.links_left_out, "more match is", "more matches are")} in the JSON report.`));
    evidence.open = head.links.length <= 10;
    all.append(evidence);
    return all;
  };

  // An entry that opens. `fill` gives what it opens into, and is asked once.

  const entry = (id, title, meta, fill) => {
    const button = make("button", { type: "button", class: "opener", "aria-expanded": "false", "aria-controls": `${id}-body` }, named(title || "(no text)"));
    const body = make("div", { id: `${id}-body`, hidden: true });
    let filled = false;
    const open = async (wanted) => {
      button.setAttribute("aria-expanded", String(wanted));
      body.hidden = !wanted;
      if (!wanted || filled) return;
      filled = true;
      try {
        body.append(await fill());
      } catch (error) {
        body.append(make("p", { class: "note" }, error.message));
      }
    };
    button.addEventListener("click", () => open(body.hidden));
    const element = make("li", { class: "cluster", id }, make("h3", {}, button), ...meta, body);
    return { element, open, button };
  };

  const list = byId("list");
  const entries = new Map();
  const clusterEntry = (c) => {
    if (!entries.has(c.cluster)) {
      const scores = c.scores[0] === c.scores[1] ? `score ${score(c.scores[0])}` : `scores ${score(c.scores[0])} to ${score(c.scores[1])}`;
      const names = make("p", { class: "meta" });
      c.ids.slice(0, 6).forEach((id, i) => names.append(i === 0 ? "" : ", ", named(id)));
      if (c.size > 6) names.append(` and ${count(c.size - 6)} more`);
      const dates = c.dates === null ? "" : c.dates[0] === c.dates[1] ? ` · ${c.dates[0]}` : ` · ${c.dates[0]} to ${c.dates[1]}`;
      const meta = make("p", { class: "meta" }, `${count(c.size)} documents${c.sources.length > 1 ? ` from ${count(c.sources.length)} sources` : ""}${dates} · ${scores} · `, make("a", { href: `#cluster-${c.cluster}` }, `cluster ${c.cluster}`));
      entries.set(c.cluster, entry(`cluster-${c.cluster}`, c.title, [meta, names], async () => {
        if (c.has_text) return detail(await unpack(`c${c.cluster}`), c.cluster);
        return make("p", { class: "note" }, "The texts and the evidence of this cluster were left out to keep the page small; the JSON report has its matches and passages.");
      }));
    }
    return entries.get(c.cluster);
  };

  // Search, filter, sort.

  const STEP = 50;
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const hay = new Map();
  const haystack = (c) => {
    if (!hay.has(c)) hay.set(c, plain([c.title, ...c.ids, ...c.sources].join("\n")));
    return hay.get(c);
  };
  const collator = new Intl.Collator();
  const orders = {
    size: (x, y) => y.size - x.size,
    weak: (x, y) => x.scores[0] - y.scores[0],
    strong: (x, y) => y.scores[0] - x.scores[0],
    date: (x, y) => (x.dates?.[0] ?? "~").localeCompare(y.dates?.[0] ?? "~", "en"),
    title: (x, y) => collator.compare(x.title, y.title),
    cluster: () => 0,
  };
  let chosen = [], drawn = 0;
  const number = (id, absent) => (byId(id).value === "" || Number.isNaN(Number(byId(id).value)) ? absent : Number(byId(id).value));
  const apply = () => {
    const words = plain(byId("search").value).split(/\s+/).filter((word) => word !== "");
    const [size, low, high] = [number("size", 0), number("low", -Infinity), number("high", Infinity)];
    chosen = index.clusters.filter((c) => c.size >= size && c.scores[0] >= low && c.scores[0] <= high
      && words.every((word) => haystack(c).includes(word)));
    chosen.sort((x, y) => orders[byId("sort").value](x, y) || x.cluster - y.cluster);
    list.replaceChildren();
    drawn = 0;
    draw(STEP);
  };
  const draw = (more) => {
    const to = Math.min(chosen.length, drawn + more);
    list.append(...chosen.slice(drawn, to).map((c) => clusterEntry(c).element));
    drawn = to;
    byId("more").hidden = drawn === chosen.length;
    byId("more").textContent = `Show ${Math.min(2 * STEP, chosen.length - drawn)} more`;
    const all = index.clusters.length;
    const of = chosen.length === all ? plural(all, "cluster", "clusters") : `${count(chosen.length)} of ${plural(all, "cluster", "clusters")}`;
    byId("status").textContent = all === 0 ? "No two documents match." : drawn < chosen.length ? `${of}, the first ${count(drawn)} are shown` : of;
  };
  byId("more").addEventListener("click", () => {
    const before = drawn;
    draw(2 * STEP);
    clusterEntry(chosen[before]).button.focus();
  });
  let waiting;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); };
  byId("filter").addEventListener("input", soon);
  byId("filter").addEventListener("reset", () => setTimeout(apply));
  byId("filter").addEventListener("submit", (event) => { event.preventDefault(); apply(); });

  // Documents that repeat themselves.

  const repeats = index.repeating.map((r, i) => {
    r.number = i + 1;
    const meta = make("p", { class: "meta" }, named(r.id), ` · ${plural(r.passages.length, "passage", "passages")} · ${count(r.bytes)} bytes`);
    if (r.cluster !== null) meta.append(" · ", make("a", { href: `#cluster-${r.cluster}` }, `cluster ${r.cluster}`));
    return entry(`repeat-${r.number}`, r.title, [meta], async () => {
      const head = await unpack(r.block);
      const shown = head.documents.find((each) => each.id === r.id);
      if (shown === undefined) return make("p", { class: "note" }, "The text of this document was left out to keep the page small.");
      const text = box(`Text of ${r.id}`);
      const half = r.passages.length;
      const number = jumps();
      const numbers = [number(0, text), number(1, text)];
      write(text, shown.text, {
        passages: [...r.passages.map((p) => p.slice(0, 2)), ...r.passages.map((p) => p.slice(2, 4))],
        changes: [], standing: shown.standing, other: null,
        numbers: (i) => (i < half ? numbers[0](i) : numbers[1](i - half)),
      });
      const figures = make("ul", { class: "soft" }, ...r.passages.map((p, i) =>
        make("li", {}, `Passage ${i + 1}: bytes ${count(p[0])} to ${count(p[1])} and ${count(p[2])} to ${count(p[3])}, ${plural(p[4], "letter", "letters")} shared`)));
      return make("div", { class: "whole" }, figures, text, cutShort(shown));
    });
  });
  if (repeats.length > 0) byId("repeat-list").append(...repeats.map((each) => each.element));

  // An address such as #cluster-12 opens that cluster.

  const follow = () => {
    const [, kind, which] = /^#(cluster|repeat)-(\d+)$/.exec(location.hash) ?? [];
    if (kind === undefined) return;
    let target;
    if (kind === "repeat") {
      target = repeats[Number(which) - 1];
    } else {
      const cluster = index.clusters.find((c) => c.cluster === Number(which));
      if (cluster === undefined) return;
      if (!chosen.includes(cluster)) { byId("filter").reset(); apply(); }
      draw(Math.max(0, chosen.indexOf(cluster) + 1 - drawn));
      target = clusterEntry(cluster);
    }
    if (target === undefined) return;
    target.open(true).then(() => { target.element.scrollIntoView(); target.button.focus({ preventScroll: true }); });
  };
  window.addEventListener("hashchange", follow);
  apply();
  follow();
})();

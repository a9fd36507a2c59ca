"use strict";
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const data = JSON.parse(document.getElementById("data").textContent);
  const waves = data.waves, FEW = 200, MOST = 60, SHORT = 10;
  const get = (id) => document.getElementById(id);
  const LEVELS = { low: "low", normal: "normal", high: "high", critical: "critical" };
  const ORDER = ["low", "normal", "high", "critical"];

  // A DAG is [id, owners, level, schedule, minutes, seed, fits, reasons]; `where` says in which wave.
  const dags = [], where = new Map(), info = new Map();
  waves.forEach((wave, place) => wave.dags.forEach((dag) => { dags.push({ dag, place }); where.set(dag[0], place); info.set(dag[0], dag); }));
  data.out.forEach(([id, status, owners, reasons]) => { dags.push({ dag: [id, owners, status, "", 0, 0, 1, reasons], place: -1, status }); });
  const status = new Map(data.out.map((one) => [one[0], one[1]]));
  const bridged = new Set(data.bridges.flatMap((one) => [one[0], one[1]]));
  const near = new Map();
  data.edges.forEach((edge) => [0, 1].forEach((end) => { if (!near.has(edge[end])) near.set(edge[end], []); near.get(edge[end]).push(edge); }));
  let chosen = 0, shown = FEW;

  function make(name, attributes, parent, text) {
    const node = document.createElement(name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }
  function svg(name, attributes, parent, text) {
    const node = document.createElementNS(NS, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }
  // Names between backticks are code; with an odd backtick a text stays as it is.
  function prose(text, parent) {
    const parts = text.split("`");
    if (parts.length % 2 === 0) parent.append(text);
    else parts.forEach((part, place) => { if (place % 2) make("code", {}, parent, part); else parent.append(part); });
    return parent;
  }
  const day = (text) => text.slice(0, 10);
  const clock = (text) => text.slice(11, 16);
  const cut = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const levelClass = (level) => LEVELS[level] || "normal";

  // Timeline: one bar a wave, its parts by level.
  function timeline() {
    const times = waves.map((wave) => Date.parse(wave.start)), first = times[0], last = times[times.length - 1];
    const given = Math.max(320, get("bars").clientWidth - 4), height = 190, top = 20, base = height - 46;
    const step = Math.max(26, Math.min(90, (given - 60) / Math.max(1, waves.length)));
    const width = Math.max(given, step * waves.length + 60);
    const most = Math.max(...waves.map((wave) => wave.dags.length), 1);
    const span = Math.max(1, last - first), room = width - 60 - step;
    // Bars stand by date where that leaves room for each, else side by side.
    const closest = Math.min(...times.slice(1).map((time, place) => time - times[place]), span);
    const even = closest / span * room < Math.min(step, 52);
    const x = (time) => 40 + (even ? index(time) * step : (time - first) / span * room);
    const index = (time) => { let at = times.findIndex((one) => one >= time); return at < 0 ? times.length : at; };
    const box = svg("svg", { width, height, role: "presentation" }, get("bars"));
    if (!even) data.policy.freeze.forEach((one) => {
      const from = Math.max(first, Date.parse(one.start)), to = Math.min(last, Date.parse(one.end));
      if (to > from) svg("title", {}, svg("rect", { class: "frozen", x: x(from) + step / 2, y: top, width: Math.max(3, x(to) - x(from)), height: base - top }, box), one.reason);
    });
    svg("line", { class: "axis", x1: 30, x2: width, y1: base, y2: base }, box);
    waves.forEach((wave, place) => {
      const left = x(times[place]), wide = Math.min(step - 6, 46);
      const label = `${wave.name}, ${day(wave.start)}, ${plural(wave.dags.length, "DAG")}`;
      const group = svg("g", { class: `bar${wave.state === "finished" ? " done" : ""}`, tabindex: place ? -1 : 0, role: "button", "aria-label": label, "data-place": place }, box);
      svg("title", {}, group, label);
      svg("rect", { class: "hit", x: left, y: top - 12, width: wide + 4, height: base - top + 50, rx: 6 }, group);
      let y = base;
      for (const level of ORDER) {
        const count = wave.dags.filter((dag) => levelClass(dag[2]) === level).length;
        if (!count) continue;
        const tall = count / most * (base - top);
        y -= tall;
        svg("rect", { class: level, x: left + 2, y, width: wide, height: tall }, group);
      }
      svg("text", { x: left + wide / 2 + 2, y: base + 15, "text-anchor": "middle" }, group, wave.number);
      if (step >= 44 || place % Math.ceil(44 / step) === 0) svg("text", { x: left + wide / 2 + 2, y: base + 31, "text-anchor": "middle" }, group, day(wave.start).slice(5));
      svg("text", { x: left + wide / 2 + 2, y: y - 3, "text-anchor": "middle" }, group, wave.dags.length);
      group.addEventListener("click", () => choose(place));
      group.addEventListener("keydown", (event) => {
        const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -waves.length, End: waves.length };
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(place); }
        if (event.key in moves) {
          event.preventDefault();
          const next = Math.min(waves.length - 1, Math.max(0, place + moves[event.key]));
          choose(next);
          get("bars").querySelector(`[data-place="${next}"]`).focus();
        }
      });
    });
  }

  function burndown() {
    const width = Math.max(220, Math.min(520, get("line").clientWidth)), height = 190, left = 40, right = 12, top = 14, base = height - 30;
    const total = dags.filter((one) => one.status !== "retire").length;
    const first = Date.parse(waves[0].start), span = Math.max(1, Date.parse(waves[waves.length - 1].start) - first);
    const x = (time) => left + (time - first) / span * (width - left - right), y = (count) => base - count / Math.max(1, total) * (base - top);
    const box = svg("svg", { width, height, role: "img", "aria-label": `From ${total} DAGs to ${total - where.size} after the last wave` }, get("line"));
    let rest = total, path = `M${x(first)} ${y(total)}`;
    waves.forEach((wave) => { const at = x(Date.parse(wave.start)); path += `L${at} ${y(rest)}`; rest -= wave.dags.length; path += `L${at} ${y(rest)}`; });
    path += `L${width - right} ${y(rest)}`;
    svg("path", { class: "area", d: `${path}L${width - right} ${base}L${x(first)} ${base}Z` }, box);
    svg("path", { class: "left", d: path }, box);
    svg("line", { class: "axis", x1: left, x2: width - right, y1: base, y2: base }, box);
    [[total, 4], [rest, rest < total * 0.9 ? 0 : 16]].forEach(([count, down]) => svg("text", { x: left - 6, y: y(count) + down, "text-anchor": "end" }, box, count));
    svg("text", { x: left, y: height - 10 }, box, day(waves[0].start));
    if (waves.length > 1) svg("text", { x: width - right, y: height - 10, "text-anchor": "end" }, box, day(waves[waves.length - 1].start));
  }

  // The chosen wave, or what the filters find in all of them.
  function filters() {
    const words = get("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const owner = get("owner").value, level = get("level").value;
    const flags = ["nogap", "seed", "bridged"].filter((id) => get(id).checked);
    return { words, owner, level, flags, any: words.length || owner || level || flags.length };
  }
  function matches({ dag }, wanted) {
    if (wanted.owner && !dag[1].split(", ").includes(wanted.owner)) return false;
    if (wanted.level && dag[2] !== wanted.level) return false;
    if (wanted.flags.includes("nogap") && dag[6]) return false;
    if (wanted.flags.includes("seed") && !dag[5]) return false;
    if (wanted.flags.includes("bridged") && !bridged.has(dag[0])) return false;
    const text = [dag[0], dag[1], dag[2], dag[3], ...dag[7]].join(" ").toLowerCase();
    return wanted.words.every((word) => text.includes(word));
  }
  function table() {
    const wanted = filters(), body = get("rows");
    const found = wanted.any ? dags.filter((one) => matches(one, wanted)) : dags.filter((one) => one.place === chosen && chosen >= 0);
    body.replaceChildren();
    found.slice(0, shown).forEach(({ dag, place, status: state }) => {
      const row = make("tr", {}, body), name = make("td", {}, row, dag[0]);
      if (dag[5]) make("span", { class: "pill" }, make("small", {}, name), "seed its last run");
      if (!dag[6]) make("span", { class: "pill high" }, make("small", {}, name), "no gap in the slot");
      const cell = make("td", { "data-label": "wave" }, row);
      if (place < 0) cell.textContent = state;
      else make("button", { class: "link", type: "button" }, cell, waves[place].number).addEventListener("click", () => { get("filters").reset(); choose(place); });
      make("span", { class: `pill ${levelClass(dag[2])}` }, make("td", { "data-label": "level" }, row), place < 0 ? "—" : dag[2]);
      make("td", { "data-label": "owners" }, row, dag[1]);
      make("code", {}, make("td", { "data-label": "schedule" }, row), dag[3] || "none");
      make("td", { class: "number", "data-label": "minutes" }, row, dag[4]);
      const why = make("ul", { class: "plain" }, make("td", {}, row));
      dag[7].forEach((reason) => prose(reason, make("li", {}, why)));
    });
    get("more").hidden = found.length <= shown;
    get("status").textContent = wanted.any ? `${plural(found.length, "DAG")} in all waves and lists` : plural(found.length, "DAG");
  }
  function about() {
    const wave = waves[chosen], box = get("about");
    box.replaceChildren();
    if (!wave) return;
    make("h3", {}, box, `${wave.name}${wave.state === "finished" ? " (finished)" : ""}`);
    const slot = wave.cutover ? `, cutover ${clock(wave.cutover.start)} to ${clock(wave.cutover.end)}` : "";
    make("p", {}, box, `${day(wave.start)} ${clock(wave.start)} ${data.policy.timezone}${slot}; ${(wave.minutes / 60).toFixed(1)} hours of work`);
    if (wave.load) {
      const of = (most) => (most === null ? "" : ` of ${most}`);
      make("p", { class: "soft" }, box, `Then on the new environment: ${wave.load.dags}${of(wave.load.dag_capacity)} DAGs, up to ${wave.load.busiest_concurrent_tasks}${of(wave.load.task_capacity)} tasks at a time`);
    }
    wave.skipped.forEach((text) => make("p", { class: "soft" }, box, `Not on ${text}`));
    const cuts = data.bridges.filter((one) => one[3] === wave.number || one[4] === wave.number);
    if (cuts.length) {
      make("h3", {}, box, plural(cuts.length, "bridge"));
      const list = make("ul", { class: "plain" }, box);
      cuts.slice(0, MOST).forEach(([source, target, kind, from, until]) => make("li", {}, list, `${from === wave.number ? "build" : "take down"}: ${kind} ${source} → ${target}${from === wave.number ? (until ? `, until wave ${until}` : ", until the other side has moved") : ""}`));
      if (cuts.length > MOST) make("li", {}, list, `and ${cuts.length - MOST} more`);
    }
  }

  // Dependencies of the chosen wave: what comes from elsewhere, the wave itself, where it leads.
  function picture() {
    const box = get("drawing"), wave = waves[chosen];
    box.replaceChildren();
    if (!wave) return;
    const own = new Set(wave.dags.map((dag) => dag[0])), edges = [], left = new Set(), right = new Set();
    wave.dags.forEach((dag) => (near.get(dag[0]) || []).forEach((edge) => { if (edge[0] === dag[0] || !own.has(edge[0])) edges.push(edge); }));
    edges.sort((a, b) => b[3] - a[3]);
    edges.forEach(([source, target]) => { if (!own.has(source)) left.add(source); if (!own.has(target) && !left.has(target)) right.add(target); });
    const tied = [...own].filter((id) => near.has(id)), alone = own.size - tied.length;
    const columns = [[...left], tied, [...right]].map((names) => names.slice(0, MOST));
    const hiddenCount = left.size + tied.length + right.size - columns.flat().length;
    get("picture-about").textContent = `${wave.name}: what it follows (left), its DAGs, what follows it (right). Red edges leave the wave and have a bridge; dotted ones do no harm.` + (alone ? ` ${plural(alone, "DAG")} without dependencies.` : "") + (hiddenCount ? ` ${plural(hiddenCount, "DAG")} not drawn.` : "");
    if (!tied.length) return;
    const W = 250, H = 30, GAP = 150, rows = Math.max(...columns.map((names) => names.length));
    const canvas = svg("svg", { width: 3 * W + 2 * GAP + 40, height: rows * (H + 8) + 16, role: "group", "aria-label": `Dependencies of ${wave.name}` }, box);
    const place = new Map(), drawn = [], layer = svg("g", edges.length > 40 ? { class: "many" } : {}, canvas);
    columns.forEach((names, column) => {
      const top = (rows - names.length) * (H + 8) / 2 + 8;
      names.forEach((id, row) => place.set(id, [20 + column * (W + GAP), top + row * (H + 8)]));
    });
    edges.forEach(([source, target, kind, hard]) => {
      const a = place.get(source), b = place.get(target);
      if (!a || !b) return;
      const same = a[0] === b[0], side = same ? a[0] : null;
      const from = [same ? side : a[0] + (a[0] < b[0] ? W : 0), a[1] + H / 2], to = [same ? side : b[0] + (a[0] < b[0] ? 0 : W), b[1] + H / 2];
      const bend = same ? -Math.min(70, 18 + Math.abs(to[1] - from[1]) / 5) : (to[0] - from[0]) / 2;
      const path = same ? `M${from}C${from[0] + bend} ${from[1]} ${to[0] + bend} ${to[1]} ${to}` : `M${from}C${from[0] + bend} ${from[1]} ${to[0] - bend} ${to[1]} ${to}`;
      const apart = hard && !(own.has(source) && own.has(target));
      const line = svg("path", { class: `edge ${apart ? "cut" : hard ? "" : "weak"}`, d: path }, layer);
      svg("title", {}, line, `${source} → ${target} (${kind})`);
      drawn.push([source, target, line]);
    });
    const point = (id) => {
      layer.classList.toggle("pointing", id !== null);
      drawn.forEach(([source, target, line]) => line.classList.toggle("own", id === source || id === target));
    };
    place.forEach(([x, y], id) => {
      const at = where.has(id) ? `wave ${waves[where.get(id)].number}` : status.get(id) || "outside";
      const group = svg("g", { class: `node${own.has(id) ? " own" : ""}`, tabindex: 0, role: "button", "aria-label": `${id}, ${at}` }, canvas);
      svg("title", {}, group, `${id} (${at})`);
      svg("rect", { x, y, width: W, height: H, rx: 6 }, group);
      svg("text", { class: "name", x: x + 8, y: y + 19 }, group, cut(id, own.has(id) ? 33 : 24));
      if (!own.has(id)) svg("text", { x: x + W - 8, y: y + 19, "text-anchor": "end" }, group, at);
      const open = () => { if (own.has(id) || !where.has(id)) { get("search").value = id; shown = FEW; table(); get("search").focus(); } else choose(where.get(id)); };
      group.addEventListener("click", open);
      ["pointerenter", "focus"].forEach((name) => group.addEventListener(name, () => point(id)));
      ["pointerleave", "blur"].forEach((name) => group.addEventListener(name, () => point(null)));
      group.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); } });
    });
  }

  // What blocks what: three lists, each with its first rows; a word narrows all of them.
  const blocked = data.out.filter((one) => one[1] === "blocked");
  const opened = new Set();
  function waiting(id) {
    const others = (near.get(id) || []).filter((edge) => edge[3]).map((edge) => (edge[0] === id ? edge[1] : edge[0]));
    return [...new Set(others)].map((other) => (where.has(other) ? `${other} (wave ${waves[where.get(other)].number}, by a bridge)` : other));
  }
  function reasonList(cell, reasons) {
    const list = make("ul", { class: "plain" }, cell);
    reasons.slice(0, 2).forEach((reason) => prose(reason, make("li", {}, list)));
    if (reasons.length <= 2) return;
    const more = make("details", {}, cell), rest = make("ul", { class: "plain" }, more);
    more.prepend(make("summary", {}, null, plural(reasons.length - 2, "more reason")));
    reasons.slice(2).forEach((reason) => prose(reason, make("li", {}, rest)));
  }
  function blockedTable(rows, box) {
    const table = make("table", {}, make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Blocked DAGs" }, box));
    const head = make("tr", {}, make("thead", {}, table)), body = make("tbody", {}, table);
    const waits = rows.some(([id]) => waiting(id).length);
    ["blocked DAG", "owners", "because", ...(waits ? ["who waits for it"] : [])].forEach((text) => make("th", { scope: "col" }, head, text));
    rows.forEach(([id, , owners, reasons]) => {
      const row = make("tr", {}, body);
      make("td", {}, row, id);
      make("td", { "data-label": "owners" }, row, owners);
      reasonList(make("td", { class: "reasons" }, row), reasons);
      if (waits) make("td", { "data-label": "who waits for it" }, row, waiting(id).join(", "));
    });
  }
  function plainList(texts, box) {
    const list = make("ul", { class: "plain" }, box);
    texts.forEach((text) => prose(text, make("li", {}, list)));
  }
  const bridgeText = ([source, target, kind, from, until]) => `${kind} ${source} → ${target}: from wave ${from} ${until ? `to wave ${until}` : "until the other side has moved"}`;
  const parts = [
    ["blocked DAG", blocked, (row) => [row[0], row[2], ...row[3], ...waiting(row[0])].join(" "), blockedTable],
    ["bridge", data.bridges.map(bridgeText), (text) => text, plainList],
    ["note", data.warnings, (text) => text, plainList],
  ].filter(([, rows]) => rows.length);
  function blocking() {
    const box = get("blocked"), words = get("blocking-search").value.toLowerCase().split(/\s+/).filter(Boolean);
    box.replaceChildren();
    get("blocking-filter").hidden = !parts.some(([, rows]) => rows.length > SHORT);
    if (!parts.length) make("p", {}, box, "Nothing: no DAG is blocked and no dependency is cut.");
    parts.forEach(([name, rows, text, draw]) => {
      const found = rows.filter((row) => { const whole = text(row).toLowerCase(); return words.every((word) => whole.includes(word)); });
      const shown = opened.has(name) ? found : found.slice(0, SHORT);
      make("h3", {}, box, found.length === rows.length ? plural(rows.length, name) : `${found.length} of ${plural(rows.length, name)}`);
      if (found.length) draw(shown, box);
      if (shown.length === found.length) return;
      make("button", { type: "button" }, make("p", {}, box), `Show all ${found.length}`).addEventListener("click", () => { opened.add(name); blocking(); });
    });
  }
  function quality() {
    const box = get("terms"), body = make("tbody", {}, make("table", {}, box));
    Object.entries(data.objective.terms).forEach(([name, value]) => { const row = make("tr", {}, body); make("td", { class: "number" }, row, value.toFixed(2)); make("td", {}, row, data.terms[name] || name); });
    const row = make("tr", {}, body);
    make("th", { class: "number" }, row, data.objective.total.toFixed(2));
    make("th", {}, row, "in all; smaller is better");
  }

  function choose(place) {
    chosen = place;
    shown = FEW;
    get("wave").value = place;
    get("previous").disabled = place <= 0;
    get("next").disabled = place >= waves.length - 1;
    get("bars").querySelectorAll(".bar").forEach((bar) => {
      const is = Number(bar.dataset.place) === place;
      bar.classList.toggle("chosen", is);
      bar.setAttribute("tabindex", is ? 0 : -1);
      bar.setAttribute("aria-pressed", is);
      if (is) get("bars").scrollLeft = bar.getBBox().x - get("bars").clientWidth / 2;
    });
    about();
    table();
    picture();
    if (waves[place]) history.replaceState(null, "", `#wave-${waves[place].number}`);
  }
  function fromAddress() {
    const number = Number((location.hash.match(/^#wave-(\d+)$/) || [])[1]);
    return Math.max(0, waves.findIndex((wave) => wave.number === number));
  }

  get("rhythm").textContent = `${data.policy.cadence}, ${data.policy.timezone}, ${data.policy.validation_days} days of watching between waves, at most ${data.policy.max_dags_per_wave} DAGs a wave`;
  waves.forEach((wave, place) => make("option", { value: place }, get("wave"), `${wave.number}: ${wave.name} (${wave.dags.length})`));
  [...new Set(dags.flatMap(({ dag }) => dag[1].split(", ")).filter(Boolean))].sort().forEach((owner) => make("option", { value: owner }, get("owner"), owner));
  [...new Set(dags.map(({ dag }) => dag[2]))].sort().forEach((level) => make("option", { value: level }, get("level"), level));
  get("wave").addEventListener("change", (event) => choose(Number(event.target.value)));
  get("previous").addEventListener("click", () => choose(Math.max(0, chosen - 1)));
  get("next").addEventListener("click", () => choose(Math.min(waves.length - 1, chosen + 1)));
  get("more").addEventListener("click", () => { shown += FEW; table(); });
  get("filters").addEventListener("input", () => { shown = FEW; table(); });
  get("filters").addEventListener("reset", () => setTimeout(table, 0));
  get("filters").addEventListener("submit", (event) => event.preventDefault());
  get("blocking-search").addEventListener("input", blocking);
  addEventListener("hashchange", () => { if (location.hash.startsWith("#wave-")) choose(fromAddress()); });
  if (waves.length) { timeline(); burndown(); }
  blocking();
  quality();
  choose(waves.length ? fromAddress() : -1);
})();

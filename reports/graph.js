"use strict";
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const data = JSON.parse(document.getElementById("data").textContent);
  const [W, H] = data.size;
  const CLOSED = [230, 64], GAP = 56, HITS = 30;
  const get = (id) => document.getElementById(id);
  const canvas = get("canvas"), world = get("world"), search = get("search"), hits = get("hits");
  const opened = new Set(data.open ? data.clusters.keys() : []);
  const hiddenKinds = new Set();
  let focus = data.focus, chosen = null, view = { x: 0, y: 0, k: 1 }, extent = [1, 1];

  const out = data.dags.map(() => []), into = data.dags.map(() => []);
  data.edges.forEach((edge, index) => { out[edge[0]].push(index); into[edge[1]].push(index); });

  function svg(name, attributes, parent) {
    const node = document.createElementNS(NS, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (parent) parent.appendChild(node);
    return node;
  }
  function label(parent, text, x, y, longest, kind) {
    const node = svg("text", kind ? { x, y, class: kind } : { x, y }, parent);
    node.textContent = text.length > longest ? text.slice(0, longest - 1) + "…" : text;
  }
  function title(parent, text) { svg("title", {}, parent).textContent = text; }

  function reach(start) {
    const column = new Map([[start, 0]]);
    for (const [edges, end, step] of [[out, 1, 1], [into, 0, -1]]) {
      let here = [start];
      for (let at = step; here.length; at += step) {
        const next = [];
        for (const dag of here) for (const index of edges[dag]) {
          const other = data.edges[index][end];
          if (!column.has(other)) { column.set(other, at); next.push(other); }
        }
        here = next;
      }
    }
    return column;
  }

  // Each drawing gives the place of every visible DAG and cluster.
  function focused() {
    const column = reach(focus), columns = new Map(), dags = new Map();
    for (const [dag, at] of column) columns.set(at, [...(columns.get(at) || []), dag]);
    const order = [...columns.keys()].sort((a, b) => a - b);
    let x = 0, tallest = 1;
    for (const at of order) {
      const members = columns.get(at), rows = Math.max(1, Math.min(members.length, 25));
      tallest = Math.max(tallest, rows);
    }
    for (const at of order) {
      const members = columns.get(at);
      for (let from = 0; from < members.length; from += 25) {
        const some = members.slice(from, from + 25);
        const top = (tallest - some.length) / 2 * (H + 14);
        some.forEach((dag, row) => dags.set(dag, [x, top + row * (H + 14)]));
        x += W + 90;
      }
    }
    return { dags, clusters: new Map(), width: x - 90, height: tallest * (H + 14) };
  }
  function whole() {
    const size = (index) => opened.has(index) ? data.clusters[index].slice(1, 3) : CLOSED;
    let area = 0, widest = 0;
    data.clusters.forEach((_, index) => {
      const [w, h] = size(index);
      area += (w + GAP) * (h + GAP);
      widest = Math.max(widest, w);
    });
    const limit = Math.max(widest, Math.sqrt(area * 1.8));
    const clusters = new Map(), dags = new Map();
    let x = 0, y = 0, shelf = 0, width = 0;
    data.clusters.forEach((_, index) => {
      const [w, h] = size(index);
      if (x && x + w > limit) { x = 0; y += shelf + GAP; shelf = 0; }
      clusters.set(index, [x, y, w, h]);
      width = Math.max(width, x + w);
      x += w + GAP;
      shelf = Math.max(shelf, h);
    });
    data.dags.forEach((dag, index) => {
      if (!opened.has(dag[1])) return;
      const [left, top] = clusters.get(dag[1]);
      dags.set(index, [left + dag[2], top + dag[3]]);
    });
    return { dags, clusters, width, height: y + shelf };
  }

  function draw(refit) {
    const drawn = focus === null ? whole() : focused();
    extent = [drawn.width, drawn.height];
    world.replaceChildren();
    const clusters = [...drawn.clusters];
    for (const [index, place] of clusters) if (opened.has(index)) drawCluster(index, place);
    drawEdges(drawn);
    for (const [index, place] of clusters) if (!opened.has(index)) drawCluster(index, place);
    for (const [index, place] of drawn.dags) drawDag(index, place);
    get("all").hidden = focus === null;
    get("open").hidden = get("close").hidden = focus !== null;
    get("status").textContent = focus === null
      ? `${data.dags.length} DAGs, ${data.edges.length} edges, ${data.clusters.length} clusters`
      : `${drawn.dags.size} DAGs around ${data.dags[focus][0]}`;
    if (refit) fit(); else place();
  }
  function drawCluster(index, [x, y, w, h]) {
    const [name, , , count] = data.clusters[index], open = opened.has(index);
    const group = svg("g", { class: open ? "cluster" : "cluster closed", "data-cluster": index, tabindex: 0, role: "button" }, world);
    svg("rect", { x, y, width: w, height: h, rx: 10 }, group);
    title(group, `${name}: ${count} DAGs, ${open ? "close" : "open"}`);
    label(group, (open ? "▾ " : "▸ ") + name, x + 12, y + 20, Math.floor(w / 8), "title");
    if (!open) label(group, `${count} DAG${count === 1 ? "" : "s"}`, x + 12, y + 46, 30);
  }
  function drawDag(index, [x, y]) {
    const [name, , , , path] = data.dags[index];
    const kind = (path ? "dag" : "dag outside") + (index === chosen ? " chosen" : "");
    const group = svg("g", { class: kind, "data-dag": index, tabindex: 0, role: "button" }, world);
    svg("rect", { x, y, width: W, height: H, rx: 6 }, group);
    title(group, path ? `${name} (${path})` : `${name} (no file defines it)`);
    label(group, name, x + 10, y + 18, 27);
  }
  function drawEdges(drawn) {
    const seen = new Map();
    for (const [source, target, kind, certain, at] of data.edges) {
      if (hiddenKinds.has(kind)) continue;
      const from = spot(drawn, source), to = spot(drawn, target);
      if (!from || !to || from.key === to.key) continue;
      const key = `${from.key} ${to.key} ${kind} ${certain}`, entry = seen.get(key);
      if (entry) { entry.count += 1; continue; }
      seen.set(key, { from, to, kind, certain, count: 1, text: `${data.dags[source][0]} → ${data.dags[target][0]}: ${data.kinds[kind][0]}, ${at}` });
    }
    world.classList.toggle("many", seen.size > 150);
    for (const { from, to, kind, certain, count, text } of seen.values()) {
      const [x1, y1, x2, y2] = [from.x + from.w, from.y + from.h / 2, to.x, to.y + to.h / 2];
      const bend = x2 > x1 ? Math.max(30, (x2 - x1) / 2) : 70;
      const path = svg("path", {
        "data-from": from.key, "data-to": to.key,
        class: certain ? "edge" : "edge soft", stroke: data.kinds[kind][1], "marker-end": `url(#a${kind})`,
        d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
      }, world);
      if (count > 1) path.setAttribute("stroke-width", Math.min(6, 1.5 + Math.log2(count)));
      title(path, count > 1 ? `${count} edges, one of them ${text}` : text);
    }
  }
  function spot(drawn, dag) {
    if (drawn.dags.has(dag)) {
      const [x, y] = drawn.dags.get(dag);
      return { x, y, w: W, h: H, key: "d" + dag };
    }
    const place = drawn.clusters.get(data.dags[dag][1]);
    return place && { x: place[0], y: place[1], w: place[2], h: place[3], key: "c" + data.dags[dag][1] };
  }

  function place() { world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.k})`); }
  function fit() {
    const { width, height } = canvas.getBoundingClientRect();
    const aside = width > 900 ? 350 : 0;
    view.k = Math.min(1.4, (width - aside - 40) / extent[0], (height - 40) / extent[1]);
    view.x = Math.max(20, (width - aside - extent[0] * view.k) / 2);
    view.y = Math.max(20, (height - extent[1] * view.k) / 2);
    place();
  }
  function zoom(factor, x, y) {
    const k = Math.min(4, Math.max(0.02, view.k * factor));
    view.x = x - (x - view.x) * k / view.k;
    view.y = y - (y - view.y) * k / view.k;
    view.k = k;
    place();
  }

  function choose(dag) {
    chosen = dag;
    const [name, , , , path, tasks, owners] = data.dags[dag];
    get("detail").hidden = false;
    get("detail-id").textContent = name;
    get("detail-place").textContent = path ? [path, `${tasks} tasks`, owners].filter(Boolean).join(" · ") : "no file of this estate defines it";
    const list = get("detail-edges");
    list.replaceChildren();
    const rows = [...into[dag].map((index) => [index, 0, "after "]), ...out[dag].map((index) => [index, 1, "before "])];
    for (const [index, end, word] of rows.slice(0, 200)) {
      const edge = data.edges[index], row = document.createElement("li"), button = document.createElement("button"), small = document.createElement("small");
      button.type = "button";
      button.textContent = word + data.dags[edge[end]][0];
      button.addEventListener("click", () => show(edge[end]));
      small.textContent = `${data.kinds[edge[2]][0]}${edge[3] ? "" : ", not certain"}, ${edge[4]}`;
      row.append(button, small);
      list.append(row);
    }
  }
  function show(dag) { focus = dag; choose(dag); draw(true); }
  function find() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits.replaceChildren();
    hits.hidden = words.length === 0;
    if (!words.length) return;
    let left = HITS;
    for (let index = 0; index < data.dags.length && left; index += 1) {
      const dag = data.dags[index], text = `${dag[0]} ${dag[4]} ${dag[6]}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      left -= 1;
      const row = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = dag[0];
      button.addEventListener("click", () => { hits.hidden = true; show(index); });
      row.append(button);
      hits.append(row);
    }
    if (left === HITS) hits.append(Object.assign(document.createElement("li"), { textContent: "no DAG has all these words" }));
  }
  function act(target) {
    const dag = target.closest("[data-dag]"), cluster = target.closest("[data-cluster]");
    if (dag) return show(Number(dag.dataset.dag));
    if (!cluster) return undefined;
    const index = Number(cluster.dataset.cluster);
    if (opened.has(index)) opened.delete(index); else opened.add(index);
    return draw(true);
  }

  data.kinds.forEach(([name, colour, meaning], index) => {
    const marker = svg("marker", { id: "a" + index, viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 9, markerHeight: 9, orient: "auto", markerUnits: "userSpaceOnUse" }, get("defs"));
    svg("path", { d: "M0 0L8 4L0 8z", fill: colour }, marker);
    const count = data.edges.filter((edge) => edge[2] === index).length;
    if (!count) return;
    const row = document.createElement("li"), text = document.createElement("label"), box = document.createElement("input");
    const swatch = svg("svg", { width: 28, height: 8, class: "swatch" });
    svg("path", { d: "M0 4h28", stroke: colour, "stroke-width": 3 }, swatch);
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => { if (box.checked) hiddenKinds.delete(index); else hiddenKinds.add(index); draw(false); });
    text.append(box, " ", swatch, `${name} (${count}): ${meaning}`);
    row.append(text);
    get("kinds").append(row);
  });
  if (data.edges.some((edge) => !edge[3])) {
    get("kinds").append(Object.assign(document.createElement("li"), { textContent: "Dashed: likely, not certain." }));
  }

  // Pointing at a box leaves only its own edges in full colour.
  canvas.addEventListener("pointerover", (event) => {
    const box = event.target.closest("[data-dag], [data-cluster]");
    const key = box && (box.dataset.dag === undefined ? "c" + box.dataset.cluster : "d" + box.dataset.dag);
    const own = key ? [...world.querySelectorAll(`[data-from="${key}"], [data-to="${key}"]`)] : [];
    world.querySelectorAll(".own").forEach((edge) => edge.classList.remove("own"));
    own.forEach((edge) => edge.classList.add("own"));
    world.classList.toggle("pointing", own.length > 0);
  });

  let grip = null;
  canvas.addEventListener("pointerdown", (event) => { grip = { x: event.clientX, y: event.clientY, moved: false, id: event.pointerId }; });
  canvas.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const dx = event.clientX - grip.x, dy = event.clientY - grip.y;
    if (!grip.moved && Math.hypot(dx, dy) < 4) return;
    if (!grip.moved) { grip.moved = true; canvas.setPointerCapture(grip.id); canvas.classList.add("moving"); }
    view.x += dx; view.y += dy; grip.x = event.clientX; grip.y = event.clientY;
    place();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (grip && !grip.moved) act(event.target);
    grip = null;
    canvas.classList.remove("moving");
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    const { dag, cluster } = event.target.closest("[data-dag], [data-cluster]")?.dataset || {};
    act(event.target);
    world.querySelector(dag === undefined ? `[data-cluster="${cluster}"]` : `[data-dag="${dag}"]`)?.focus();
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { left, top } = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 500), event.clientX - left, event.clientY - top);
  }, { passive: false });
  const middle = () => { const { width, height } = canvas.getBoundingClientRect(); return [width / 2, height / 2]; };
  get("in").addEventListener("click", () => zoom(1.4, ...middle()));
  get("out").addEventListener("click", () => zoom(1 / 1.4, ...middle()));
  get("fit").addEventListener("click", fit);
  const everything = () => { focus = null; chosen = null; get("detail").hidden = true; draw(true); };
  get("all").addEventListener("click", everything);
  get("open").addEventListener("click", () => { data.clusters.forEach((_, index) => opened.add(index)); draw(true); });
  get("close").addEventListener("click", () => { opened.clear(); draw(true); });
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") hits.querySelector("button")?.click();
  });
  search.parentElement.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || hits.hidden) return;
    event.preventDefault();
    const rows = [search, ...hits.querySelectorAll("button")];
    rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(document.activeElement) + step))].focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
    if (event.key !== "Escape") return;
    if (!hits.hidden) { hits.hidden = true; search.focus(); } else if (focus !== null) everything();
  });
  if (focus !== null) choose(focus);
  draw(true);
})();

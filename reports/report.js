"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 50;
  const VERDICTS = { ready: "Ready", auto_fixable: "Auto-fixable", needs_work: "Needs work", blocked: "Blocked" };
  const KINDS = { parse: "Breaks parsing", runtime: "Breaks the run", behaviour: "Changes silently", deprecation: "Deprecated" };
  const FIXES = { safe: "fixed by airshift fix", unsafe: "fixed with --unsafe-fixes", manual: "by hand" };
  const [PATH, LINE, COLUMN, RULE, KIND, SEVERITY, FIX, MESSAGE, ORIGIN] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const byId = (id) => document.getElementById(id);

  /* Every text goes in as a text node: nothing from the estate is ever read as markup. */
  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    for (const child of children) if (child !== null && child !== undefined) element.append(child);
    return element;
  }
  function withCode(text) {
    return text.split("`").map((part, index) => (index % 2 ? make("code", "", part) : part));
  }
  function button(label, className, action) {
    const element = make("button", className, label);
    element.type = "button";
    element.addEventListener("click", action);
    return element;
  }
  const bdi = (className, text) => make("bdi", className, text);
  const number = new Intl.NumberFormat("en");
  const plural = (count, word) => `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;
  function duration(minutes) {
    if (minutes < 60) return `${minutes} min`;
    const hours = minutes / 60;
    return `${hours < 10 ? hours.toFixed(1) : Math.round(hours)} h`;
  }
  const folderOf = (path) => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".");
  const wait = (action) => {
    let timer = 0;
    return () => { clearTimeout(timer); timer = setTimeout(action, 120); };
  };

  /* ---- theme, print, place in the page ---- */
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function remembered() {
    try { return localStorage.getItem("airshift-theme"); } catch { return null; }
  }
  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  byId("theme").addEventListener("click", () => {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    try { localStorage.setItem("airshift-theme", root.dataset.theme); } catch { /* private windows */ }
  });
  byId("print").addEventListener("click", () => print());
  const anchors = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const inView = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const anchor of anchors.values()) anchor.removeAttribute("aria-current");
      anchors.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  for (const id of anchors.keys()) inView.observe(byId(id));

  /* ---- where findings stand, found when first asked for ---- */
  let rulePlaces = null;
  function placesOf(rule) {
    if (!rulePlaces) {
      rulePlaces = data.rules.map(() => []);
      data.findings.forEach((finding, index) => rulePlaces[finding[RULE]].push(index));
    }
    return rulePlaces[rule];
  }
  const files = [];
  data.findings.forEach((finding, index) => {
    const last = files[files.length - 1];
    if (last && last.path === finding[PATH]) last.end = index + 1;
    else files.push({ path: finding[PATH], start: index, end: index + 1 });
  });

  function findingItem(index, withPath) {
    const finding = data.findings[index];
    const kind = data.kinds[finding[KIND]];
    const fix = data.fixes[finding[FIX]];
    const place = (withPath ? data.paths[finding[PATH]] + ":" : "line ") + finding[LINE] + (withPath ? ":" + finding[COLUMN] : ", column " + finding[COLUMN]);
    const head = make("div", "finding-head", bdi("place", place));
    if (!withPath) head.append(ruleLink(finding[RULE]));
    head.append(make("span", "soft", `${KINDS[kind]}, ${finding[ORIGIN] & 1 ? "reported by ruff" : FIXES[fix]}${finding[ORIGIN] & 2 ? ", ruff agrees" : ""}`));
    const item = make("li", "finding", head, make("div", "", ...withCode(data.messages[finding[MESSAGE]])));
    const line = data.excerpts[index];
    if (line) item.append(make("code", "line", bdi("", line)));
    return item;
  }
  function pages(list, more, items, draw, size) {
    let drawn = 0;
    function next(count) {
      const stop = Math.min(items.length, drawn + count);
      const batch = document.createDocumentFragment();
      for (; drawn < stop; drawn++) for (const node of [draw(items[drawn])].flat()) batch.append(node);
      list.append(batch);
      more.replaceChildren();
      const left = items.length - drawn;
      if (left > 0) {
        more.append(button(`Show ${number.format(Math.min(size, left))} more of ${number.format(left)}`, "button", () => next(size)));
      }
    }
    list.replaceChildren();
    next(size);
    return next;
  }
  function findingList(indexes, withPath) {
    const list = make("ul", "");
    const more = make("div", "more");
    pages(list, more, indexes, (index) => findingItem(index, withPath), PAGE);
    return make("div", "", list, more);
  }
  function ruleLink(rule) {
    const anchor = make("a", "code", data.codes[rule]);
    anchor.href = "#rule-" + data.codes[rule];
    anchor.title = data.rules[rule]?.title || "";
    return anchor;
  }
  function fold(className, summary, body) {
    const element = make("details", "card fold " + className, make("summary", "", ...summary));
    element.addEventListener("toggle", () => {
      if (element.open && !element.dataset.filled) {
        element.dataset.filled = "yes";
        element.append(body());
      }
    });
    return element;
  }

  /* ---- findings by rule ---- */
  function ruleBody(index) {
    const rule = data.rules[index];
    const body = make("div", "fold-body");
    for (const paragraph of rule.why.split(/\n\s*\n/)) {
      if (paragraph.trim()) body.append(make("p", "why", ...withCode(paragraph.replace(/\s+/g, " "))));
    }
    if (rule.reference) {
      const anchor = make("a", "", "Source upstream");
      anchor.href = rule.reference;
      anchor.rel = "noreferrer noopener";
      body.append(make("p", "", anchor));
    }
    const examples = make("div", "examples");
    for (const [title, text] of [["Before", rule.before], ["After", rule.after]]) {
      if (!text) continue;
      const block = make("pre", "", text);
      block.tabIndex = 0;
      examples.append(make("div", "example", make("div", "example-title", title), block));
    }
    if (examples.children.length) body.append(examples);
    body.append(findingList(placesOf(index), true));
    return body;
  }
  const ruleList = byId("rule-list");
  data.rules.forEach((rule, index) => {
    const kind = data.kinds[rule.kind];
    const facts = [plural(rule.findings, "finding"), plural(rule.files, "file"), plural(rule.dags, "DAG"), rule.minutes ? duration(rule.minutes) : null, rule.fixable ? `${number.format(rule.fixable)} fixable` : null];
    const element = fold("rule", [
      make("span", "code", data.codes[index]),
      make("span", "fold-title", ...withCode(rule.title)),
      make("span", "kind kind-" + kind, KINDS[kind]),
      make("span", "fold-facts", facts.filter(Boolean).join(" · ")),
    ], () => ruleBody(index));
    element.id = "rule-" + data.codes[index];
    ruleList.append(element);
  });
  if (!data.rules.length) ruleList.append(make("p", "card empty", "No findings."));
  function openTarget() {
    const target = location.hash.startsWith("#rule-") ? byId(decodeURIComponent(location.hash.slice(1))) : null;
    if (target) { target.open = true; target.scrollIntoView(); }
  }
  addEventListener("hashchange", openTarget);

  /* ---- DAGs ---- */
  const owners = (dag) => dag.owners.map((owner) => data.owners[owner]);
  const verdictOf = (dag) => data.verdicts[dag.verdict];
  data.dags.forEach((dag) => {
    dag.folder = folderOf(data.paths[dag.path]);
    dag.text = [dag.id, data.paths[dag.path], dag.schedule, ...dag.tags, ...owners(dag), ...dag.reasons.map((reason) => data.codes[reason[0]])].join("\n").toLowerCase();
  });
  const sorters = {
    id: (dag) => dag.id.toLowerCase(),
    verdict: (dag) => dag.verdict,
    owner: (dag) => owners(dag).join(" ").toLowerCase(),
    schedule: (dag) => dag.schedule.toLowerCase(),
    findings: (dag) => dag.findings,
    minutes: (dag) => dag.minutes,
  };
  const order = { key: "verdict", down: true };
  const wanted = new Set();
  const body = document.querySelector("#dag-table tbody");

  function reasonItem([rule, count, manual, blocking, path, line, message]) {
    const code = data.codes[rule];
    const known = data.rules[rule];
    const who = manual === 0 ? "rewritten" : manual === count ? "by hand" : `${manual} of ${count} by hand`;
    const words = make("div", "", ...withCode(known ? known.title : data.messages[message]));
    words.append(make("div", "who", `${count > 1 ? count + " places, first " : ""}`, bdi("place", `${data.paths[path]}:${line}`), `, ${who}`, blocking ? make("span", "stopper", ", needs another design") : null));
    return make("li", "", known ? ruleLink(rule) : make("span", "code", code), words);
  }
  function detailRow(dag) {
    const cell = make("td", "");
    cell.colSpan = 6;
    const inner = make("div", "detail-body");
    if (dag.reasons.length) inner.append(make("ul", "reasons", ...dag.reasons.map(reasonItem)));
    else inner.append(make("p", "", dag.findings ? "Only deprecations and notes; it runs as it is." : "Nothing was found."));
    const pairs = make("div", "pairs", make("span", "", make("b", "", plural(dag.tasks, "task"))));
    if (dag.tags.length) pairs.append(make("span", "", "tags ", bdi("", dag.tags.join(", "))));
    if (dag.paths.length > 1) pairs.append(make("span", "", "uses ", bdi("place", dag.paths.slice(1).map((path) => data.paths[path]).join(", "))));
    if (dag.unknown.length) pairs.append(make("span", "", "only running tells: ", bdi("", dag.unknown.join("; "))));
    inner.append(pairs);
    cell.append(inner);
    return make("tr", "detail", cell);
  }
  function labelled(label, className, ...children) {
    const cell = make("td", className, ...children);
    cell.dataset.label = label;
    return cell;
  }
  function dagRow(dag) {
    const verdict = verdictOf(dag);
    const name = button(bdi("", dag.id), "dag-id", () => {
      const open = name.getAttribute("aria-expanded") === "true";
      name.setAttribute("aria-expanded", String(!open));
      if (open) row.nextSibling.remove();
      else row.after(detailRow(dag));
    });
    name.setAttribute("aria-expanded", "false");
    const row = make("tr", "",
      make("td", "", name, bdi("sub", `${data.paths[dag.path]}:${dag.line}`)),
      make("td", "", make("span", "badge badge-" + verdict, VERDICTS[verdict]), ...(dag.proof ? [make("div", "proof", dag.proof)] : [])),
      labelled("Owner", "", bdi("", owners(dag).join(", ") || "–")),
      labelled("Schedule", "schedule", bdi("", dag.schedule)),
      labelled("Findings", "number", number.format(dag.findings)),
      labelled("Effort", "number", duration(dag.minutes)));
    return row;
  }
  let dagPages = null;
  function showDags() {
    const words = byId("dag-search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const owner = byId("dag-owner").value;
    const folder = byId("dag-folder").value;
    const kept = data.dags.filter((dag) =>
      (!wanted.size || wanted.has(verdictOf(dag))) &&
      (!owner || owners(dag).includes(owner)) &&
      (!folder || dag.folder === folder) &&
      words.every((word) => dag.text.includes(word)));
    const value = sorters[order.key];
    kept.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const sign = x < y ? -1 : x > y ? 1 : 0;
      return (order.down ? -sign : sign) || (a.id < b.id ? -1 : 1);
    });
    byId("dag-status").textContent = kept.length === data.dags.length ? `${plural(kept.length, "DAG")}` : `${number.format(kept.length)} of ${plural(data.dags.length, "DAG")}`;
    dagPages = pages(body, byId("dag-more"), kept, dagRow, PAGE);
  }
  function choose(verdict, only) {
    if (only) wanted.clear();
    if (wanted.has(verdict)) wanted.delete(verdict); else wanted.add(verdict);
    for (const chip of byId("dag-verdicts").children) chip.setAttribute("aria-pressed", String(wanted.has(chip.dataset.verdict)));
    showDags();
  }
  for (const chip of byId("dag-verdicts").children) chip.addEventListener("click", () => choose(chip.dataset.verdict, false));
  for (const entry of document.querySelectorAll(".verdict")) {
    entry.addEventListener("click", () => { choose(entry.dataset.verdict, true); byId("dags").scrollIntoView(); });
  }
  function fill(select, values) {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
    for (const value of [...counts.keys()].sort()) {
      const option = make("option", "", `${value} (${counts.get(value)})`);
      option.value = value;
      select.append(option);
    }
  }
  fill(byId("dag-owner"), data.dags.flatMap(owners));
  fill(byId("dag-folder"), data.dags.map((dag) => dag.folder));
  byId("dag-search").addEventListener("input", wait(showDags));
  byId("dag-owner").addEventListener("change", showDags);
  byId("dag-folder").addEventListener("change", showDags);
  function markOrder() {
    for (const sorter of document.querySelectorAll("#dag-table th button")) {
      const on = sorter.dataset.sort === order.key;
      sorter.parentElement.setAttribute("aria-sort", on ? (order.down ? "descending" : "ascending") : "none");
    }
  }
  for (const sorter of document.querySelectorAll("#dag-table th button")) {
    sorter.addEventListener("click", () => {
      const key = sorter.dataset.sort;
      order.down = order.key === key ? !order.down : ["findings", "minutes", "verdict"].includes(key);
      order.key = key;
      markOrder();
      showDags();
    });
  }

  /* ---- findings by file ---- */
  function showFiles() {
    const words = byId("file-search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const kind = byId("file-kind").value;
    const fix = byId("file-fix").value;
    let total = 0;
    const kept = [];
    for (const file of files) {
      const path = data.paths[file.path].toLowerCase();
      const indexes = [];
      for (let index = file.start; index < file.end; index++) {
        const finding = data.findings[index];
        if (kind && data.kinds[finding[KIND]] !== kind) continue;
        if (fix && data.fixes[finding[FIX]] !== fix) continue;
        if (words.length) {
          const text = `${path}\n${data.codes[finding[RULE]]}\n${data.messages[finding[MESSAGE]]}`.toLowerCase();
          if (!words.every((word) => text.includes(word))) continue;
        }
        indexes.push(index);
      }
      if (indexes.length) kept.push({ path: file.path, indexes });
      total += indexes.length;
    }
    byId("file-status").textContent = `${plural(total, "finding")} in ${plural(kept.length, "file")}`;
    pages(byId("file-list"), byId("file-more"), kept, (file) => fold("file", [
      bdi("fold-title place", data.paths[file.path]),
      make("span", "fold-facts", [plural(file.indexes.length, "finding"), ...data.fileOwners[file.path].map((owner) => data.owners[owner])].join(" · ")),
    ], () => make("div", "fold-body", findingList(file.indexes, false))), PAGE);
  }
  byId("file-search").addEventListener("input", wait(showFiles));
  byId("file-kind").addEventListener("change", showFiles);
  byId("file-fix").addEventListener("change", showFiles);

  addEventListener("beforeprint", () => dagPages?.(1000));
  markOrder();
  showDags();
  showFiles();
  openTarget();
})();

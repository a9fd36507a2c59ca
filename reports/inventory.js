"use strict";
(() => {
  const get = (id) => document.getElementById(id);
  const rows = JSON.parse(get("data").textContent).rows;
  const texts = rows.map((row) => row.flat().join(" ").toLowerCase());
  const STEP = 200;
  let limit = STEP, order = 0, down = false;
  const NAMES = ["DAG", "Schedule", "Tasks", "Owners", "Tags", "File"];
  const heads = NAMES.map((name, column) => {
    const head = document.createElement("th"), button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => { down = order === column && !down; order = column; draw(); });
    head.append(button);
    get("head").append(head);
    return head;
  });
  function compare(a, b) {
    const [x, y] = [rows[a][order], rows[b][order]];
    const found = typeof x === "number" ? x - y : x < y ? -1 : x > y ? 1 : 0;
    return (down ? -found : found) || a - b;
  }
  function draw() {
    const words = get("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [...rows.keys()].filter((index) =>
      words.every((word) => texts[index].includes(word)) && (!get("inexact").checked || rows[index][6].length));
    found.sort(compare);
    get("rows").replaceChildren(...found.slice(0, limit).map(line));
    get("more").hidden = found.length <= limit;
    get("status").textContent = found.length === rows.length ? `${rows.length} DAGs` : `${found.length} of ${rows.length} DAGs`;
    heads.forEach((head, column) => head.setAttribute("aria-sort", column !== order ? "none" : down ? "descending" : "ascending"));
  }
  function line(index) {
    const line = document.createElement("tr"), row = rows[index];
    row.slice(0, 6).forEach((value, column) => {
      const cell = Object.assign(document.createElement("td"), { textContent: value });
      cell.dataset.label = NAMES[column];
      line.append(cell);
    });
    for (const text of row[6].slice(0, 5)) line.firstChild.append(Object.assign(document.createElement("small"), { textContent: "unknown: " + text }));
    return line;
  }
  document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  get("search").addEventListener("input", () => { limit = STEP; draw(); });
  get("inexact").addEventListener("change", () => { limit = STEP; draw(); });
  get("more").addEventListener("click", () => { limit += STEP; draw(); });
  draw();
})();
